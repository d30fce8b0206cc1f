#include "core/intel/repository.h"

#include <algorithm>

namespace tocsin::intel {
namespace {

// Of texts that are part of a key: PostgreSQL indexes some 2,700 bytes of a row. The standard's types have 250 bytes,
// its times about 30; ids are bounded by their reader.
constexpr std::size_t kMaxKeyText = 300;

constexpr std::string_view kColumns =
    "item, stix_id, type, name, value, kind, label, voucher, modified, received, valid_until, current, revoked, "
    "retracted, erased";

Item from_row(const store::Row& row) {
  Item out;
  out.item = row.integer(0);
  out.stix_id = row.text(1);
  out.type = row.text(2);
  out.name = row.text(3);
  out.value = row.text(4);
  out.kind = row.text(5);
  out.label = row.integer(6);
  out.voucher = trust::PartyId::parse(row.text(7)).value_or(trust::PartyId{});
  out.modified = row.text(8);
  out.received = row.time(9);
  if (!row.is_null(10)) out.valid_until = row.time(10);
  out.current = row.integer(11) != 0;
  out.revoked = row.integer(12) != 0;
  out.retracted = row.text(13);
  out.erased = row.integer(14) != 0;
  return out;
}

Result<std::vector<Item>> select(store::Transaction& tx, const std::string& where, std::span<const store::Cell> cells) {
  std::vector<Item> out;
  TRY_VOID(
      tx.query("SELECT " + std::string(kColumns) + " FROM objects WHERE " + where, cells, [&](const store::Row& row) {
        out.push_back(from_row(row));
        return true;
      }));
  return out;
}

// In the place of a row's number: known to a dry run alone.
constexpr ItemId kForeseen = -1;

struct Known {
  ItemId item;
  std::string modified;
  std::optional<Time> modified_at;
  Digest digest;
  bool current, revoked;
};

Known known_from_row(const store::Row& row) {
  return {row.integer(0), std::string(row.text(1)), row.is_null(2) ? std::nullopt : std::optional(row.time(2)),
          row.digest(3),  row.integer(4) != 0,      row.integer(5) != 0};
}

// Those on which it depends what becomes of the object: this version, the current one, which no other is newer than,
// and one that revokes it. However many there are of one id.
Result<std::vector<Known>> known_versions(store::Transaction& tx, const stix::Object& object,
                                          const trust::PartyId& voucher, const trust::Realm& realm) {
  constexpr std::string_view kOfThisObject =
      "SELECT item, modified, modified_at, digest, current, revoked FROM objects WHERE stix_id = ? AND voucher = ? AND "
      "realm = ? AND ";
  std::vector<Known> out;
  const auto add = [&](const store::Row& row) {
    Known known = known_from_row(row);
    if (std::none_of(out.begin(), out.end(), [&](const Known& one) { return one.item == known.item; }))
      out.push_back(std::move(known));
  };
  TRY_VOID(tx.each(std::string(kOfThisObject) + "modified = ?", add, object.id, voucher.text(), realm,
                   object.modified.value_or("")));
  TRY_VOID(tx.each(std::string(kOfThisObject) + "current = 1", add, object.id, voucher.text(), realm));
  TRY_VOID(tx.each(std::string(kOfThisObject) + "revoked = 1 LIMIT 1", add, object.id, voucher.text(), realm));
  return out;
}

// What becomes of an object beside the versions of it that are known.
struct Judged {
  Outcome outcome = Outcome::Stored;
  ItemId same = 0;  // the row of this version, where there is one
  bool newest = true;
  std::vector<ItemId> superseded;
};

Judged judge(const stix::Object& object, const Digest& digest, const std::vector<Known>& versions) {
  Judged out;
  bool revoked_before = false;
  std::vector<ItemId> current;
  for (const Known& known : versions) {
    if (known.modified == object.modified.value_or("")) {
      out.same = known.item;
      out.outcome = known.digest == digest ? Outcome::Unchanged : Outcome::SameVersionOtherContent;
      return out;
    }
    if (known.revoked) revoked_before = true;
    if (known.current) current.push_back(known.item);
    if (known.modified_at && object.modified_time && *known.modified_at > *object.modified_time) out.newest = false;
  }
  // Revoked is final, whichever came first: a later version of that id by the same voucher is kept as evidence, never
  // as current.
  if (object.revoked) out.newest = true;
  if (revoked_before) out.newest = false;
  if (!out.newest) {
    out.outcome = revoked_before ? Outcome::RevokedBefore : Outcome::OlderVersion;
  } else if (!current.empty()) {
    out.outcome = Outcome::Updated;
    out.superseded = std::move(current);
  }
  return out;
}

Result<void> check_key(const stix::Object& object) {
  if (object.type.size() > kMaxKeyText || object.modified.value_or("").size() > kMaxKeyText)
    return fail(ErrorCode::Malformed, "intel.unusable", {object.id});
  return {};
}

Result<void> add_provenance(store::Transaction& tx, ItemId item, const Provenance& p) {
  TRY(
      tx.run("INSERT INTO provenance (item, voucher, statement, agreement, basis, source, received, import_id) VALUES "
             "(?, ?, ?, ?, ?, ?, ?, ?)",
             item, p.voucher.text(), p.statement, p.agreement, p.basis, p.source, p.received, p.import_id));
  return {};
}

// Of what an import finds unchanged: the first import that said it and the last, however often that list comes. One
// between them knows that it is no longer whole.
Result<void> note_again(store::Transaction& tx, ItemId item, const Provenance& p) {
  constexpr std::string_view kSameSource =
      " FROM provenance WHERE item = ? AND voucher = ? AND basis = ? AND source = ? AND statement IS NULL";
  if (!p.statement) {
    std::vector<std::int64_t> before;
    TRY_VOID(tx.each(
        "SELECT import_id" + std::string(kSameSource) + " ORDER BY import_id",
        [&](const store::Row& row) { before.push_back(row.integer(0)); }, item, p.voucher.text(), p.basis, p.source));
    if (std::find(before.begin(), before.end(), p.import_id) != before.end()) return {};
    for (std::size_t at = 1; at < before.size(); ++at) {
      TRY(tx.run("DELETE" + std::string(kSameSource) + " AND import_id = ?", item, p.voucher.text(), p.basis, p.source,
                 before[at]));
      TRY(tx.run("UPDATE imports SET repeated_by = ? WHERE import_id = ? AND repeated_by < ?", p.import_id, before[at],
                 p.import_id));
    }
  }
  return add_provenance(tx, item, p);
}

// The first thing an object indicates or shows: what lists print beside its name.
std::optional<observable::Value> headline(const stix::Object& object) {
  if (!object.indicated.empty()) return object.indicated.front().value;
  if (!object.values.empty()) return object.values.front();
  return std::nullopt;
}

}  // namespace

Result<Put> put(store::Transaction& tx, const stix::Object& object, std::string_view bytes, trust::LabelId label,
                const Provenance& provenance, Time now) {
  TRY_VOID(check_key(object));
  const trust::Realm realm = TRY(trust::label(tx, label)).realm;
  const Digest digest = crypto::sha256(bytes);
  const Judged judged = judge(object, digest, TRY(known_versions(tx, object, provenance.voucher, realm)));
  Put out{judged.outcome, judged.same, judged.superseded};
  if (out.outcome == Outcome::Unchanged) TRY_VOID(note_again(tx, judged.same, provenance));
  if (out.item != 0) return out;
  const auto shown = headline(object);
  TRY(tx.run(
      "INSERT INTO objects (stix_id, voucher, modified, modified_at, type, name, value, kind, bytes, digest, label, "
      "realm, received, valid_until, current, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      object.id, provenance.voucher.text(), object.modified.value_or(""), object.modified_time, object.type,
      object.name, shown ? shown->text : "", shown ? observable::name(shown->kind) : std::string_view(),
      base::as_bytes(bytes), digest, label, realm, now, object.valid_until, judged.newest, object.revoked));
  out.item = tx.last_id();
  TRY_VOID(add_provenance(tx, out.item, provenance));
  for (const ItemId old : judged.superseded) TRY(tx.run("UPDATE objects SET current = 0 WHERE item = ?", old));
  return out;
}

Result<Outcome> foresee(store::Transaction& tx, const stix::Object& object, std::string_view bytes,
                        const trust::Label& label, std::string_view run, const Digest& said) {
  TRY_VOID(check_key(object));
  const Digest digest = crypto::sha256(bytes);
  std::vector<Known> known = TRY(known_versions(tx, object, label.voucher, label.realm));
  TRY_VOID(tx.each(
      "SELECT -1, modified, modified_at, digest, current, revoked FROM foreseen WHERE run = ? AND stix_id = ?",
      [&](const store::Row& row) { known.push_back(known_from_row(row)); }, run, object.id));
  const Judged judged = judge(object, digest, known);
  if (judged.same == 0)
    TRY(tx.run(
        "INSERT INTO foreseen (run, stix_id, modified, modified_at, digest, said, current, revoked) VALUES (?, ?, ?, "
        "?, ?, ?, ?, ?)",
        run, object.id, object.modified.value_or(""), object.modified_time, digest, said, judged.newest,
        object.revoked));
  else if (judged.same != kForeseen)  // known here, and met in this file now
    TRY(tx.run(
        "INSERT INTO foreseen (run, stix_id, modified, modified_at, digest, said, current, revoked) SELECT ?, stix_id, "
        "modified, modified_at, digest, ?, current, revoked FROM objects WHERE item = ? ON CONFLICT DO NOTHING",
        run, said, judged.same));
  return judged.outcome;
}

Result<std::optional<Digest>> said_before(store::Transaction& tx, std::string_view run, std::string_view stix_id) {
  std::optional<Digest> out;
  TRY_VOID(tx.each(
      "SELECT said FROM foreseen WHERE run = ? AND stix_id = ? LIMIT 1",
      [&](const store::Row& row) { out = row.digest(0); }, run, stix_id));
  return out;
}

Result<void> forget_foreseen(store::Transaction& tx, std::string_view run) {
  TRY(tx.run("DELETE FROM foreseen WHERE run = ?", run));
  return {};
}

Result<Item> item(store::Transaction& tx, ItemId id, const trust::Scope& scope) {
  const store::Cell cells[] = {store::cell(id)};
  auto found = TRY(select(tx, "item = ? AND label " + scope.sql(), cells));
  if (found.empty()) return fail(ErrorCode::NotFound, "intel.not_found", {std::to_string(id)});
  return found.front();
}

Result<std::string> bytes(store::Transaction& tx, ItemId id, const trust::Scope& scope) {
  std::optional<std::string> out;
  bool erased = false;
  TRY_VOID(tx.each(
      "SELECT bytes, erased FROM objects WHERE item = ? AND label " + scope.sql(),
      [&](const store::Row& row) {
        out = std::string(base::as_text(row.blob(0)));
        erased = row.integer(1) != 0;
      },
      id));
  if (!out) return fail(ErrorCode::NotFound, "intel.not_found", {std::to_string(id)});
  if (erased) return fail(ErrorCode::NotFound, "intel.erased", {std::to_string(id)});
  return *out;
}

Result<std::string> stix_id_of(store::Transaction& tx, ItemId id) {
  std::string out;
  TRY_VOID(tx.each(
      "SELECT stix_id FROM objects WHERE item = ?", [&](const store::Row& row) { out = row.text(0); }, id));
  if (out.empty()) return fail(ErrorCode::NotFound, "intel.not_found", {std::to_string(id)});
  return out;
}

Result<trust::LabelId> label_of(store::Transaction& tx, ItemId id) {
  const auto label = TRY(tx.integer("SELECT label FROM objects WHERE item = ?", id));
  if (!label) return fail(ErrorCode::NotFound, "intel.not_found", {std::to_string(id)});
  return *label;
}

Result<void> relabel(store::Transaction& tx, ItemId id, trust::LabelId label) {
  TRY(tx.run("UPDATE objects SET label = ? WHERE item = ?", label, id));
  return {};
}

bool holds(const Item& item) {
  return item.retracted.empty() && !item.revoked;
}

Result<std::int64_t> count_items(store::Transaction& tx) {
  return TRY(tx.integer("SELECT COUNT(*) FROM objects")).value_or(0);
}

Result<std::vector<Item>> items(store::Transaction& tx, const std::vector<ItemId>& ids, const trust::Scope& scope) {
  std::vector<Item> out;
  for (const ItemId id : ids) {
    const store::Cell cells[] = {store::cell(id)};
    for (Item& found : TRY(select(tx, "item = ? AND label " + scope.sql(), cells))) out.push_back(std::move(found));
  }
  return out;
}

Result<std::vector<Item>> copies(store::Transaction& tx, std::string_view stix_id, const trust::Scope& scope) {
  const store::Cell cells[] = {store::cell(stix_id)};
  return select(tx, "stix_id = ? AND label " + scope.sql() + " ORDER BY current DESC, received DESC, item DESC", cells);
}

Result<std::vector<Item>> of_import(store::Transaction& tx, std::int64_t import_id) {
  const std::int64_t newest = TRY(newest_repetition(tx, import_id));
  if (newest != import_id)
    return fail(ErrorCode::Conflict, "intel.import_repeated", {std::to_string(import_id), std::to_string(newest)});
  const store::Cell cells[] = {store::cell(import_id)};
  return select(tx, "item IN (SELECT item FROM provenance WHERE import_id = ? AND import_id > 0) ORDER BY item", cells);
}

// By the item, of which an import holds at most a few: not by the import, of which there may be millions.
Result<bool> is_of_import(store::Transaction& tx, ItemId id, std::int64_t import_id) {
  return TRY(tx.integer("SELECT 1 FROM provenance WHERE item = ? AND import_id = ? LIMIT 1", id, import_id))
      .has_value();
}

Result<std::vector<Item>> of_statement(store::Transaction& tx, const Digest& statement) {
  const store::Cell cells[] = {store::cell(statement)};
  return select(tx, "item IN (SELECT item FROM provenance WHERE statement = ?) ORDER BY item", cells);
}

Result<std::vector<ItemId>> of_voucher(store::Transaction& tx, const trust::PartyId& voucher, std::string_view stix_id,
                                       const trust::Realm& realm) {
  std::vector<ItemId> out;
  TRY_VOID(tx.each(
      "SELECT item FROM objects WHERE stix_id = ? AND voucher = ? AND realm = ?",
      [&](const store::Row& row) { out.push_back(row.integer(0)); }, stix_id, voucher.text(), realm));
  return out;
}

Result<bool> has_another_voucher(store::Transaction& tx, const trust::PartyId& voucher, std::string_view stix_id,
                                 const trust::Realm& realm) {
  return TRY(tx.integer("SELECT 1 FROM objects WHERE stix_id = ? AND realm = ? AND voucher <> ? AND erased = 0 LIMIT 1",
                        stix_id, realm, voucher.text()))
      .has_value();
}

Result<std::vector<Provenance>> provenance(store::Transaction& tx, ItemId id) {
  std::vector<Provenance> out;
  TRY_VOID(tx.each(
      "SELECT voucher, statement, agreement, basis, source, received, import_id FROM provenance WHERE item = ? ORDER "
      "BY received",
      [&](const store::Row& row) {
        Provenance p;
        p.voucher = trust::PartyId::parse(row.text(0)).value_or(trust::PartyId{});
        if (!row.is_null(1)) p.statement = row.digest(1);
        p.agreement = row.text(2);
        p.basis = row.text(3);
        p.source = row.text(4);
        p.received = row.time(5);
        p.import_id = row.integer(6);
        out.push_back(std::move(p));
      },
      id));
  return out;
}

Result<void> retract(store::Transaction& tx, ItemId id, std::string_view reason, bool erase) {
  TRY(tx.run("UPDATE objects SET retracted = ? WHERE item = ?", reason, id));
  if (erase)
    TRY(tx.run("UPDATE objects SET bytes = ?, name = stix_id, value = '', erased = 1 WHERE item = ?", Bytes{}, id));
  return {};
}

Result<void> add_sighting(store::Transaction& tx, const Sighting& s, Time now) {
  if (s.stix_id.size() > kMaxKeyText) return fail(ErrorCode::Malformed, "sighting.malformed");
  TRY(tx.run(
      "INSERT INTO sightings (stix_id, party, statement, count, first_seen, last_seen, label, at) VALUES (?, ?, ?, ?, "
      "?, ?, ?, ?) "
      "ON CONFLICT (stix_id, party, statement) DO UPDATE SET count = CASE WHEN LENGTH(sightings.statement) = 0 THEN "
      "CASE WHEN sightings.count > 9007199254740991 - excluded.count THEN 9007199254740991 ELSE sightings.count + "
      "excluded.count END ELSE sightings.count END, "
      "first_seen = CASE WHEN excluded.first_seen < sightings.first_seen THEN excluded.first_seen ELSE "
      "sightings.first_seen END, "
      "last_seen = CASE WHEN excluded.last_seen > sightings.last_seen THEN excluded.last_seen ELSE sightings.last_seen "
      "END",
      s.stix_id, s.party.text(), s.statement ? store::cell(*s.statement) : store::cell(Bytes{}), s.count, s.first,
      s.last, s.label, now));
  return {};
}

namespace {
Sighting sighting_from(const store::Row& row) {
  Sighting s;
  s.stix_id = row.text(0);
  s.party = trust::PartyId::parse(row.text(1)).value_or(trust::PartyId{});
  s.count = row.integer(2);
  s.first = row.time(3);
  s.last = row.time(4);
  if (!row.blob(5).empty()) s.statement = row.digest(5);
  s.label = row.integer(6);
  return s;
}
}  // namespace

Result<std::vector<Sighting>> sightings_of(store::Transaction& tx, std::string_view stix_id,
                                           const trust::Scope& scope) {
  std::vector<Sighting> out;
  TRY_VOID(tx.each(
      "SELECT stix_id, party, count, first_seen, last_seen, statement, label FROM sightings WHERE stix_id = ? AND "
      "label " +
          scope.sql() + " ORDER BY last_seen DESC",
      [&](const store::Row& row) { out.push_back(sighting_from(row)); }, stix_id));
  return out;
}

Result<std::vector<Sighting>> sightings(store::Transaction& tx, const trust::Scope& scope, int limit) {
  std::vector<Sighting> out;
  TRY_VOID(tx.each(
      "SELECT stix_id, party, count, first_seen, last_seen, statement, label FROM sightings WHERE label " +
          scope.sql() + " ORDER BY at DESC LIMIT ?",
      [&](const store::Row& row) { out.push_back(sighting_from(row)); }, limit));
  return out;
}

}  // namespace tocsin::intel
