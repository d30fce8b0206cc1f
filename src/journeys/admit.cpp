#include "journeys/admit.h"

#include <algorithm>
#include <map>

#include "core/find/search.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"

namespace tocsin::journeys {
namespace {

constexpr std::size_t kObjectsPerCommit = 2000;
constexpr std::size_t kMaxListed = 200;

// One run of an import: objects read ahead, stored in one transaction.
struct Pending {
  std::int64_t at;
  std::string bytes;
};

trust::Label import_label(const Context& context, const ImportRequest& request, const stix::Object& object) {
  trust::Label label;
  label.voucher = context.self.party;
  label.tlp = object.tlp.value_or(request.tlp.value_or(stix::Tlp::Amber));
  label.pap = object.pap.value_or(request.pap);
  label.onward = trust::Onward::Free;  // ours to give; what receivers may do is said when it is published
  if (object.unknown_marking)
    label.tlp = std::max(label.tlp, stix::Tlp::Amber);  // a marking nobody here understands: do not widen
  if (label.tlp == stix::Tlp::Red) label.readers = {request.by};
  return label;
}

class Importer {
 public:
  Importer(const Context& context, const ImportRequest& request, ImportReport& report)
      : context_(context), request_(request), report_(report) {}

  Result<void> begin() {
    if (request_.dry_run) return {};
    report_.import_id = TRY(context_.db->write_value([&](store::Transaction& tx) -> Result<std::int64_t> {
      intel::Import import;
      import.name = request_.name;
      import.format = lists::name(report_.format);
      import.by = request_.by;
      import.time = context_.now();
      return intel::begin_import(tx, import);
    }));
    return {};
  }

  Result<void> add(std::int64_t at, std::string bytes) {
    pending_.push_back({at, std::move(bytes)});
    return pending_.size() >= kObjectsPerCommit ? flush() : Result<void>{};
  }

  void refuse(std::int64_t at, std::string text, Error error) {
    ++report_.refused_count;
    if (report_.refused.size() < kMaxListed) report_.refused.push_back({at, std::move(text), std::move(error)});
  }

  Result<void> flush() {
    if (pending_.empty()) return {};
    if (request_.dry_run) {
      for (const Pending& entry : pending_) look_at(entry);
      pending_.clear();
      return {};
    }
    // The function may run twice (group commit): what it adds to the report is collected afresh each time.
    std::vector<std::pair<std::size_t, Result<Admitted>>> outcomes;
    TRY_VOID(context_.db->write([&](store::Transaction& tx) -> Result<void> {
      outcomes.clear();
      for (std::size_t i = 0; i < pending_.size(); ++i) outcomes.emplace_back(i, store_one(tx, pending_[i]));
      for (auto& [index, outcome] : outcomes)
        if (!outcome && !is_input_fault(outcome.error())) return tl::unexpected(outcome.error());
      return {};
    }));
    for (auto& [index, outcome] : outcomes) {
      if (!outcome) {
        refuse(pending_[index].at, pending_[index].bytes.substr(0, 80), outcome.error());
        continue;
      }
      note(outcome->object);
      switch (outcome->put.outcome) {
        case intel::Outcome::Stored:
          ++report_.stored;
          break;
        case intel::Outcome::Updated:
        case intel::Outcome::OlderVersion:
          ++report_.updated;
          break;
        case intel::Outcome::Unchanged:
          ++report_.unchanged;
          break;
        case intel::Outcome::SameVersionOtherContent:
          refuse(pending_[index].at, outcome->object.id,
                 Error{ErrorCode::Conflict, "intel.same_version_other_content", {outcome->object.id}, {}});
          break;
        case intel::Outcome::RevokedBefore:
          refuse(pending_[index].at, outcome->object.id,
                 Error{ErrorCode::Conflict, "intel.revoked_before", {outcome->object.id}, {}});
          break;
      }
    }
    pending_.clear();
    return {};
  }

  Result<void> finish() {
    TRY_VOID(flush());
    if (request_.dry_run) return {};
    return context_.db->write([&](store::Transaction& tx) -> Result<void> {
      intel::Import import;
      import.import_id = report_.import_id;
      import.stored = report_.stored;
      import.updated = report_.updated;
      import.unchanged = report_.unchanged;
      import.refused = report_.refused_count;
      return intel::finish_import(tx, import);
    });
  }

 private:
  static bool is_input_fault(const Error& error) {
    return error.code == ErrorCode::Malformed || error.code == ErrorCode::TooLarge || error.code == ErrorCode::Conflict;
  }

  Result<Admitted> store_one(store::Transaction& tx, const Pending& entry) {
    const stix::Object object = TRY(stix::read_object(entry.bytes));
    intel::Provenance provenance{context_.self.party, {}, "", "import", request_.name, context_.now(),
                                 report_.import_id};
    return admit_object(tx, entry.bytes, import_label(context_, request_, object), provenance, context_.now());
  }

  void look_at(const Pending& entry) {
    const auto object = stix::read_object(entry.bytes);
    if (!object) return refuse(entry.at, entry.bytes.substr(0, 80), object.error());
    note(*object);
    ++report_.stored;
  }

  void note(const stix::Object& object) {
    if (!object.tlp && !request_.tlp) report_.needs_tlp = true;
    for (const stix::Finding& finding : object.findings) {
      auto& counted = by_rule_[finding.rule];
      if (counted == 0) {
        report_.findings.push_back({finding, object.id, 0});
        counted = report_.findings.size();
      }
      ++report_.findings[counted - 1].count;
    }
  }

  const Context& context_;
  const ImportRequest& request_;
  ImportReport& report_;
  std::vector<Pending> pending_;
  std::map<std::string, std::size_t> by_rule_;  // rule -> place in report_.findings, counted from 1
};

Result<void> import_bundle(Importer& importer, const ImportRequest& request, ImportReport& report) {
  Result<void> outcome{};
  const char* start = request.content.data();
  TRY(stix::for_each_object(request.content, [&](std::string_view bytes, std::size_t index) {
    ++report.objects;
    outcome = importer.add(static_cast<std::int64_t>(index), std::string(bytes));
    if (request.on_progress && index % 500 == 0) request.on_progress(static_cast<std::uint64_t>(bytes.data() - start));
    return outcome.has_value();
  }));
  return outcome;
}

Result<void> import_list(const Context& context, Importer& importer, const ImportRequest& request,
                         ImportReport& report) {
  Result<void> outcome{};
  const Time now = context.now();
  lists::Sink sink;
  sink.entry = [&](const lists::Entry& entry) {
    ++report.objects;
    const std::string source = entry.source.empty() ? request.name : entry.source;
    outcome = importer.add(static_cast<std::int64_t>(entry.line),
                           stix::indicator_for(entry.value, source, entry.description, now));
    return outcome.has_value();
  };
  sink.refusal = [&](const lists::Refusal& refusal) {
    importer.refuse(static_cast<std::int64_t>(refusal.line), refusal.text,
                    Error{ErrorCode::Malformed, refusal.reason, {std::to_string(refusal.line)}, {}});
  };
  TRY_VOID(lists::read(report.format, request.content, sink));
  return outcome;
}

}  // namespace

Result<Admitted> admit_object(store::Transaction& tx, std::string_view bytes, const trust::Label& label,
                              const intel::Provenance& provenance, Time now) {
  Admitted out;
  out.object = TRY(stix::read_object(bytes));
  const stix::Object& object = out.object;
  const trust::LabelId label_id = TRY(trust::intern(tx, label));
  const trust::PartyId& author = provenance.author.empty() ? label.voucher : provenance.author;
  const auto buried = TRY(intel::tombstone(tx, author, object.id, provenance.statement));
  if (buried) return fail(ErrorCode::Conflict, "intel.retracted_before", {object.id, *buried});
  out.put = TRY(intel::put(tx, object, bytes, label_id, provenance, now));
  for (const intel::ItemId old : out.put.superseded) TRY_VOID(relate::stop(tx, old, false));
  const bool counts = out.put.outcome == intel::Outcome::Stored || out.put.outcome == intel::Outcome::Updated;
  if (out.put.outcome == intel::Outcome::Unchanged || out.put.outcome == intel::Outcome::SameVersionOtherContent)
    return out;

  if (counts && !object.revoked) {
    std::vector<relate::Posting> postings;
    for (const stix::Indicated& indicated : object.indicated)
      postings.push_back({indicated.value, object.pattern_is_simple ? relate::Role::Indicates : relate::Role::Shows});
    for (const observable::Value& value : object.values) postings.push_back({value, relate::Role::Shows});
    TRY_VOID(relate::post(tx, out.put.item, label_id, postings, object.valid_until));
  }
  find::Document document{out.put.item,
                          label_id,
                          object.type,
                          label.voucher.text(),
                          std::string(stix::name(label.tlp)),
                          {object.name, object.id}};
  for (const auto& indicated : object.indicated) document.texts.push_back(indicated.value.text);
  for (const auto& value : object.values) document.texts.push_back(value.text);
  for (const auto& word : object.labels) document.texts.push_back(word);
  TRY_VOID(find::index(tx, document));
  return out;
}

Result<ImportReport> import_file(const Context& context, const ImportRequest& request) {
  ImportReport report;
  report.format = request.format ? *request.format : TRY(lists::recognise(request.content.substr(0, 1u << 16)));
  report.tlp = request.tlp.value_or(stix::Tlp::Amber);
  Importer importer(context, request, report);
  TRY_VOID(importer.begin());
  if (report.format == lists::Format::StixBundle)
    TRY_VOID(import_bundle(importer, request, report));
  else
    TRY_VOID(import_list(context, importer, request, report));
  TRY_VOID(importer.finish());
  if (!request.dry_run) context.changed("intel", std::to_string(report.import_id));
  return report;
}

}  // namespace tocsin::journeys
