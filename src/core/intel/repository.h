// The repository of intelligence: STIX objects as the exact bytes that came, versions per voucher, provenance,
// sightings. Columns beside the bytes are derived from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/release.h"
#include "formats/stix/stix.h"
#include "ground/store/store.h"

namespace tocsin::intel {

extern const store::Migrations kMigrations;

/// A row of the repository: one version of one object as one voucher gave it.
using ItemId = std::int64_t;

/// Where a copy came from.
struct Provenance {
  trust::PartyId voucher;
  std::optional<Digest> statement;  ///< absent: imported here
  trust::AgreementId agreement;
  std::string basis;   ///< "import", "direct", "onward", "returned"
  std::string source;  ///< file name of an import
  Time received;
  std::int64_t import_id = 0;
  trust::PartyId author = {};  ///< whose words it is; empty: the voucher's. Not kept: the statement says it
};

struct Item {
  ItemId item = 0;
  std::string stix_id, type, name, value, kind;  ///< value and kind: of the first thing indicated or shown
  trust::LabelId label = 0;
  trust::PartyId voucher;
  std::string modified;  ///< as written, empty where the object has no versions
  Time received;
  std::optional<Time> valid_until;
  bool current = true;  ///< newest version of this voucher
  bool revoked = false;
  std::string retracted;  ///< reason class, empty where not retracted
  bool erased = false;
};

enum class Outcome { Stored, Updated, Unchanged, OlderVersion, SameVersionOtherContent, RevokedBefore };

struct Put {
  Outcome outcome = Outcome::Stored;
  ItemId item = 0;                 ///< of the row that now stands for it
  std::vector<ItemId> superseded;  ///< rows that are no longer current
};

/// Stores one object under a label. Versions and revocation are kept per voucher: another voucher's copy never changes.
/// Revoked is final. intel.unusable {id}: a type or a version that is far too long; the transaction is still good.
Result<Put> put(store::Transaction& tx, const stix::Object& object, std::string_view bytes, trust::LabelId label,
                const Provenance& provenance, Time now);

/// What put() would make of an object in a file of which a dry run has foreseen the objects before it. Remembers the
/// object for those after it, with what its line says (`said`, see said_before); the repository stays as it is.
Result<Outcome> foresee(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                        const trust::Label& label, std::string_view run, const Digest& said);
/// What the first line about this object said in a dry run.
Result<std::optional<Digest>> said_before(store::Transaction& tx, std::string_view run, std::string_view stix_id);
Result<void> forget_foreseen(store::Transaction& tx, std::string_view run);

Result<Item> item(store::Transaction& tx, ItemId id, const trust::Scope& scope);  ///< intel.not_found
Result<std::string> bytes(store::Transaction& tx, ItemId id,
                          const trust::Scope& scope);  ///< intel.not_found, intel.erased
/// For decisions about the item's label, not for showing anything. intel.not_found.
Result<trust::LabelId> label_of(store::Transaction& tx, ItemId id);
Result<std::string> stix_id_of(store::Transaction& tx, ItemId id);  ///< likewise
Result<void> relabel(store::Transaction& tx, ItemId id, trust::LabelId label);
/// In the order given; rows out of scope are left out.
Result<std::vector<Item>> items(store::Transaction& tx, const std::vector<ItemId>& ids, const trust::Scope& scope);
/// Its voucher stands by it: neither retracted nor revoked.
bool holds(const Item& item);
/// All rows, whoever may see them.
Result<std::int64_t> count_items(store::Transaction& tx);
/// All rows of one STIX id within scope: versions and vouchers, the current ones first, then the newest.
Result<std::vector<Item>> copies(store::Transaction& tx, std::string_view stix_id, const trust::Scope& scope);
/// What an import brought, or found unchanged. intel.import_repeated {import, newest}: later imports of the same
/// name have found some of it again, and of what stays unchanged only the first import and the last are kept.
Result<std::vector<Item>> of_import(store::Transaction& tx, std::int64_t import_id);
Result<bool> is_of_import(store::Transaction& tx, ItemId id, std::int64_t import_id);
Result<std::vector<Item>> of_statement(store::Transaction& tx, const Digest& statement);
/// Whether another party vouches for this object, too, and its copy is still to be had.
Result<bool> has_another_voucher(store::Transaction& tx, const trust::PartyId& voucher, std::string_view stix_id,
                                 const trust::Realm& realm);
/// All rows of one object that this voucher stands for in one realm, whatever their labels: for retraction.
Result<std::vector<ItemId>> of_voucher(store::Transaction& tx, const trust::PartyId& voucher, std::string_view stix_id,
                                       const trust::Realm& realm);
/// A row for each statement that carried it; of an imported file of one name, the first time and the last.
Result<std::vector<Provenance>> provenance(store::Transaction& tx, ItemId id);

/// Ends this voucher's grounds for an item. `erase` also removes the bytes.
Result<void> retract(store::Transaction& tx, ItemId id, std::string_view reason, bool erase);

// --- tombstones (tombstones.cpp)

/// What its author has withdrawn in a realm: this object, or this statement as a whole where `stix_id` is empty.
struct Withdrawn {
  trust::PartyId author;
  std::string stix_id;
  std::optional<Digest> statement;
  trust::Realm realm{trust::kReal};
};
/// Tombstones may come before their target.
Result<void> add_tombstone(store::Transaction& tx, const Withdrawn& what, std::string_view reason, Time now);
struct Tombstone {
  std::string reason;
  Time at;
};
/// Where the author has withdrawn this object, or this statement as a whole.
Result<std::optional<Tombstone>> tombstone(store::Transaction& tx, const Withdrawn& what);
/// The author has said this object again, in a later version.
Result<void> remove_tombstone(store::Transaction& tx, const Withdrawn& what);

// --- sightings

struct Sighting {
  std::string stix_id;
  trust::PartyId party;  ///< who saw it
  std::int64_t count = 0;
  Time first, last;
  std::optional<Digest> statement;  ///< absent: our own hits
  trust::LabelId label = 0;
};
/// Adds up per (object, party); the same statement counts once. sighting.malformed.
Result<void> add_sighting(store::Transaction& tx, const Sighting& sighting, Time now);
Result<std::vector<Sighting>> sightings_of(store::Transaction& tx, std::string_view stix_id, const trust::Scope& scope);
Result<std::vector<Sighting>> sightings(store::Transaction& tx, const trust::Scope& scope, int limit);

// --- imports (imports.cpp)

struct ImportCounts {
  std::int64_t stored = 0, updated = 0, unchanged = 0, refused = 0;
};
struct Import {
  std::int64_t import_id = 0;
  std::string name, format, by;
  Time time;
  ImportCounts counts = {};       ///< within the reader's scope
  std::string state = "running";  ///< "running", "done", "interrupted"
  std::int64_t repeated_by = 0;   ///< the import that took over something of what this one found unchanged
};
Result<std::int64_t> begin_import(store::Transaction& tx, const Import& import);
Result<void> note_state(store::Transaction& tx, std::int64_t import_id, std::string_view state);
/// Of what came, or would have come, under this label.
Result<void> add_counts(store::Transaction& tx, std::int64_t import_id, trust::LabelId label, const ImportCounts& more);
/// When a node starts, nothing runs: what stands as running was cut off, and of dry runs nothing is needed any more.
Result<void> end_cut_off_imports(store::Transaction& tx);
/// Who asks of imports: those that brought something within scope, with the counts of that, and those of this account.
struct ImportReader {
  const trust::Scope& scope;
  std::string account;
};
Result<std::vector<Import>> imports(store::Transaction& tx, std::int64_t before, int limit, const ImportReader& reader);
/// intel.no_import {import}
Result<void> check_import(store::Transaction& tx, std::int64_t import_id, const ImportReader& reader);
/// The last of those that repeated this import, each the one before it; itself where none did.
Result<std::int64_t> newest_repetition(store::Transaction& tx, std::int64_t import_id);

}  // namespace tocsin::intel
