#include "journeys/candidates.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/trust/agreements.h"

namespace tocsin::journeys {

trust::Label as_published(trust::Label label, const PublishRequest& request, const trust::PartyId& self) {
  if (label.tlp != stix::Tlp::Red) label.readers.clear();
  if (request.tlp) label.tlp = std::max(label.tlp, *request.tlp);
  if (label.voucher != self || label.tlp != stix::Tlp::Red) return label;
  label.readers.insert(request.readers.begin(), request.readers.end());
  label.readers.insert({self, request.by.account});
  return label;
}

Result<void> check_named(store::Transaction& tx, const PublishRequest& request, const trust::Scope& scope) {
  if (!request.agreement.empty()) TRY(trust::latest_agreement(tx, request.agreement));
  if (request.import_id != 0) TRY_VOID(intel::check_import(tx, request.import_id, {scope, request.by.account}));
  for (const intel::ItemId item : request.items) TRY(intel::item(tx, item, scope));
  return {};
}

Result<std::vector<intel::Item>> chosen(store::Transaction& tx, const PublishRequest& request,
                                        const trust::Scope& scope) {
  std::vector<intel::Item> items = TRY(intel::items(tx, request.items, scope));
  if (request.import_id != 0)
    for (intel::Item& item : TRY(intel::of_import(tx, request.import_id)))
      if (scope.contains(item.label)) items.push_back(std::move(item));
  std::set<intel::ItemId> seen;
  std::erase_if(items, [&](const intel::Item& item) {
    return item.erased || !item.retracted.empty() || !seen.insert(item.item).second;
  });
  return items;
}

Result<std::vector<Candidate>> collect(store::Transaction& tx, const PublishRequest& request, const trust::Scope& scope,
                                       const trust::PartyId& self, bool with_bytes) {
  std::map<trust::LabelId, trust::Label> labels;
  std::vector<Candidate> out;
  for (intel::Item& item : TRY(chosen(tx, request, scope))) {
    if (!labels.contains(item.label))
      labels.emplace(item.label, as_published(TRY(trust::label(tx, item.label)), request, self));
    std::string bytes = TRY(intel::bytes(tx, item.item, scope));
    const auto size = static_cast<std::int64_t>(bytes.size());
    const bool is_i_json = json::parse(bytes).has_value();
    if (!with_bytes) bytes = {};
    const trust::Label& label = labels.at(item.label);
    out.push_back({std::move(item), label, size, is_i_json, std::move(bytes), {}});
  }
  return out;
}

}  // namespace tocsin::journeys
