#include "core/trust/labels.h"

namespace tocsin::trust {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto space = text.find(' ');
    out.emplace_back(text.substr(0, space));
    text = space == std::string_view::npos ? "" : text.substr(space + 1);
  }
  return out;
}

constexpr std::string_view kColumns = "label, voucher, agreement, agreement_version, tlp, pap, onward, readers, realm";

NumberedLabel from_row(const store::Row& row) {
  NumberedLabel out;
  out.id = row.integer(0);
  out.label.voucher = PartyId::parse(row.text(1)).value_or(PartyId{});
  out.label.agreement = row.text(2);
  out.label.agreement_version = static_cast<std::uint64_t>(row.integer(3));
  out.label.tlp = static_cast<stix::Tlp>(row.integer(4));
  out.label.pap = static_cast<stix::Pap>(row.integer(5));
  out.label.onward = static_cast<Onward>(row.integer(6));
  out.label.readers = split(row.text(7));
  out.label.realm = row.text(8);
  return out;
}

}  // namespace

Result<LabelId> intern(store::Transaction& tx, const Label& label) {
  const auto find = [&] {
    return tx.integer(
        "SELECT label FROM labels WHERE voucher = ? AND agreement = ? AND agreement_version = ? AND tlp = ? AND pap = "
        "? "
        "AND onward = ? AND readers = ? AND realm = ?",
        label.voucher.text(), label.agreement, label.agreement_version, static_cast<int>(label.tlp),
        static_cast<int>(label.pap), static_cast<int>(label.onward), join(label.readers), label.realm);
  };
  if (const auto known = TRY(find())) return *known;
  TRY(
      tx.run("INSERT INTO labels (voucher, agreement, agreement_version, tlp, pap, onward, readers, realm) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
             label.voucher.text(), label.agreement, label.agreement_version, static_cast<int>(label.tlp),
             static_cast<int>(label.pap), static_cast<int>(label.onward), join(label.readers), label.realm));
  return tx.last_id();
}

Result<Label> label(store::Transaction& tx, LabelId id) {
  std::optional<Label> found;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM labels WHERE label = ?",
      [&](const store::Row& row) { found = from_row(row).label; }, id));
  if (!found) return fail(ErrorCode::Corrupt, "release.no_label", {std::to_string(id)});
  return *found;
}

Result<std::vector<NumberedLabel>> all_labels(store::Transaction& tx) {
  std::vector<NumberedLabel> out;
  TRY_VOID(tx.each("SELECT " + std::string(kColumns) + " FROM labels ORDER BY label",
                   [&](const store::Row& row) { out.push_back(from_row(row)); }));
  return out;
}

}  // namespace tocsin::trust
