#include "core/trust/labels.h"

#include <algorithm>
#include <map>

namespace tocsin::trust {
namespace {

// What stands for the readers where labels are compared: names of any number would not fit into an index.
std::string readers_key(const std::set<Person>& readers) {
  if (readers.empty()) return "";
  crypto::Sha256Stream hash;
  for (const Person& reader : readers) hash.add(base::as_bytes(reader.text() + '\n'));
  return hash.finish().hex();
}

// Our own persons make as many groups as they like, and a group that is known is known under every label.
Result<void> refuse_another_group(store::Transaction& tx, const Label& label, std::string_view readers) {
  if (TRY(tx.integer("SELECT 1 FROM parties WHERE party = ? AND own = 1", label.voucher.text()))) return {};
  constexpr std::string_view kThere = "voucher = ? AND agreement = ? AND agreement_version = ? AND realm = ?";
  if (TRY(tx.integer("SELECT 1 FROM labels WHERE " + std::string(kThere) + " AND readers_key = ? LIMIT 1",
                     label.voucher.text(), label.agreement, label.agreement_version, label.realm, readers)))
    return {};
  const auto groups = TRY(tx.integer(
      "SELECT COUNT(DISTINCT readers_key) FROM labels WHERE " + std::string(kThere) + " AND readers_key <> ''",
      label.voucher.text(), label.agreement, label.agreement_version, label.realm));
  if (groups.value_or(0) < kMaxReaderGroups) return {};
  return fail(ErrorCode::TooLarge, "release.too_many_reader_groups", {std::to_string(kMaxReaderGroups)});
}

constexpr std::string_view kColumns = "label, voucher, agreement, agreement_version, tlp, pap, onward, realm";

NumberedLabel from_row(const store::Row& row) {
  NumberedLabel out;
  out.id = row.integer(0);
  out.label.voucher = PartyId::parse(row.text(1)).value_or(PartyId{});
  out.label.agreement = row.text(2);
  out.label.agreement_version = static_cast<std::uint64_t>(row.integer(3));
  out.label.tlp = static_cast<stix::Tlp>(row.integer(4));
  out.label.pap = static_cast<stix::Pap>(row.integer(5));
  out.label.onward = static_cast<Onward>(row.integer(6));
  out.label.realm = row.text(7);
  return out;
}

Person reader_from(const store::Row& row) {
  return {PartyId::parse(row.text(1)).value_or(PartyId{}), std::string(row.text(2))};
}

}  // namespace

void Label::restrict_by(const Label& other) {
  tlp = std::max(tlp, other.tlp);
  pap = std::max(pap, other.pap);
  onward = std::min(onward, other.onward);
}

Result<LabelId> intern(store::Transaction& tx, const Label& label) {
  const std::string readers = readers_key(label.readers);
  if (const auto known = TRY(tx.integer(
          "SELECT label FROM labels WHERE voucher = ? AND agreement = ? AND agreement_version = ? AND tlp = ? AND pap "
          "= ? AND onward = ? AND readers_key = ? AND realm = ?",
          label.voucher.text(), label.agreement, label.agreement_version, static_cast<int>(label.tlp),
          static_cast<int>(label.pap), static_cast<int>(label.onward), readers, label.realm)))
    return *known;
  if (!readers.empty()) TRY_VOID(refuse_another_group(tx, label, readers));
  TRY(
      tx.run("INSERT INTO labels (voucher, agreement, agreement_version, tlp, pap, onward, readers_key, realm) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
             label.voucher.text(), label.agreement, label.agreement_version, static_cast<int>(label.tlp),
             static_cast<int>(label.pap), static_cast<int>(label.onward), readers, label.realm));
  const LabelId id = tx.last_id();
  for (const Person& reader : label.readers)
    TRY(tx.run("INSERT INTO label_readers (label, party, account) VALUES (?, ?, ?)", id, reader.party.text(),
               reader.account));
  return id;
}

Result<Label> label(store::Transaction& tx, LabelId id) {
  std::optional<Label> found;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM labels WHERE label = ?",
      [&](const store::Row& row) { found = from_row(row).label; }, id));
  if (!found) return fail(ErrorCode::Corrupt, "release.no_label", {std::to_string(id)});
  TRY_VOID(tx.each(
      "SELECT label, party, account FROM label_readers WHERE label = ?",
      [&](const store::Row& row) { found->readers.insert(reader_from(row)); }, id));
  return *found;
}

Result<std::vector<NumberedLabel>> all_labels(store::Transaction& tx) {
  std::map<LabelId, std::set<Person>> readers;
  TRY_VOID(tx.each("SELECT label, party, account FROM label_readers",
                   [&](const store::Row& row) { readers[row.integer(0)].insert(reader_from(row)); }));
  std::vector<NumberedLabel> out;
  TRY_VOID(tx.each("SELECT " + std::string(kColumns) + " FROM labels ORDER BY label", [&](const store::Row& row) {
    out.push_back(from_row(row));
    if (const auto named = readers.find(out.back().id); named != readers.end())
      out.back().label.readers = std::move(named->second);
  }));
  return out;
}

}  // namespace tocsin::trust
