#include "core/intel/repository.h"

namespace tocsin::intel {

Result<void> add_tombstone(store::Transaction& tx, const Withdrawn& what, std::string_view reason, Time now) {
  TRY(
      tx.run("INSERT INTO tombstones (author, stix_id, statement, realm, reason, at) VALUES (?, ?, ?, ?, ?, ?) "
             "ON CONFLICT DO NOTHING",
             what.author.text(), what.stix_id, what.statement ? store::cell(*what.statement) : store::cell(Bytes{}),
             what.realm, reason, now));
  return {};
}

Result<std::optional<Tombstone>> tombstone(store::Transaction& tx, const Withdrawn& what) {
  std::optional<Tombstone> out;
  TRY_VOID(tx.each(
      "SELECT reason, at FROM tombstones WHERE author = ? AND realm = ? AND ((stix_id = ? AND stix_id <> '') OR "
      "(statement = ? AND stix_id = '')) LIMIT 1",
      [&](const store::Row& row) {
        out = Tombstone{std::string(row.text(0)), row.time(1)};
      },
      what.author.text(), what.realm, what.stix_id,
      what.statement ? store::cell(*what.statement) : store::cell(Bytes{1})));
  return out;
}

Result<void> remove_tombstone(store::Transaction& tx, const Withdrawn& what) {
  TRY(tx.run("DELETE FROM tombstones WHERE author = ? AND realm = ? AND stix_id = ? AND stix_id <> ''",
             what.author.text(), what.realm, what.stix_id));
  return {};
}

}  // namespace tocsin::intel
