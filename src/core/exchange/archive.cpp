#include "core/exchange/archive.h"

#include <fmt/format.h>

#include "core/exchange/recover.h"

namespace tocsin::exchange {
namespace {

constexpr std::string_view kColumns =
    "digest, id, author, kind, time, received, agreement, label, realm, sender, onward, objects, size, retracted_by, "
    "in_reply_to, erased_reason, row";

Archived from_row(const store::Row& row) {
  Archived out;
  out.digest = row.digest(0);
  out.id = row.text(1);
  out.author = PartyId::parse(row.text(2)).value_or(PartyId{});
  out.kind = row.text(3);
  out.time = row.time(4);
  out.received = row.time(5);
  out.agreement = row.text(6);
  out.label = row.integer(7);
  out.realm = row.text(8);
  out.from = PartyId::parse(row.text(9)).value_or(PartyId{});
  out.onward = row.integer(10) != 0;
  out.objects = row.integer(11);
  out.size_bytes = row.integer(12);
  if (!row.is_null(13)) out.retracted_by = row.digest(13);
  if (!row.is_null(14)) out.in_reply_to = row.digest(14);
  out.erased_reason = row.text(15);
  return out;
}

// A second payload under one (author, id) is evidence, whoever the author is: whoever asked keeps it (evidence.h).
Result<Novelty> novelty(store::Transaction& tx, const VerifiedStatement& s) {
  if (TRY(tx.integer("SELECT 1 FROM statements WHERE digest = ?", s.digest()))) return Novelty::Known;
  if (!TRY(tx.integer("SELECT 1 FROM statements WHERE author = ? AND id = ?", s->author.text(), s->id)))
    return Novelty::New;
  return fail(ErrorCode::Conflict, "statement.two_of_one_id", {s->id});
}

Result<void> insert(store::Transaction& tx, const VerifiedStatement& s, const PartyId& from, bool onward,
                    trust::LabelId label, const std::string& epoch, Time now) {
  TRY(tx.run(
      "INSERT INTO statements (digest, id, author, kind, time, received, agreement, label, realm, epoch, sender, "
      "onward, objects, size, in_reply_to, jws, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      s.digest(), s->id, s->author.text(), s->kind, s->time, now, s->agreement, label, s->realm, epoch, from.text(),
      onward, s->objects.size(), s.signed_bytes().payload.size(), s->in_reply_to, s.signed_bytes().jws,
      base::as_bytes(s.signed_bytes().payload)));
  return {};
}

// Ours: a leaf of the present epoch, under a label of our own, found again by the objects it carried.
Result<void> say(store::Transaction& tx, const Self& self, const VerifiedStatement& s,
                 const std::set<trust::Person>& readers, Time now) {
  trust::Label label;
  label.voucher = self.party;
  label.agreement = s->agreement;
  label.tlp = s->handling.tlp;
  label.pap = s->handling.pap;
  label.onward = s->handling.onward;
  label.readers = readers;
  label.realm = s->realm;
  const trust::LabelId label_id = TRY(trust::intern(tx, label));
  const LeafPosition leaf = TRY(append_leaf(tx, s.digest(), s->kind, now));
  TRY_VOID(insert(tx, s, self.party, false, label_id, leaf.epoch, now));
  for (const std::string& object : s->objects)
    TRY(tx.run("INSERT INTO carried (author, stix_id, statement) VALUES (?, ?, ?)", self.party.text(),
               TRY(json::parse(object)).text("id"), s.digest()));
  return {};
}

}  // namespace

Result<VerifiedStatement> issue(store::Transaction& tx, const Self& self, Statement statement,
                                const std::set<trust::Person>& readers, Time now) {
  if (waits_for_recovery(statement.kind) && TRY(is_recovering(tx))) return fail(ErrorCode::Conflict, "recover.waiting");
  statement.author = self.party;
  statement.id = base::uuid7(now);
  statement.time = now;
  VerifiedStatement issued = sign_statement(*self.keys, std::move(statement));
  TRY_VOID(say(tx, self, issued, readers, now));
  return issued;
}

Result<Novelty> keep_own(store::Transaction& tx, const Self& self, const VerifiedStatement& s, Time now) {
  const Novelty found = TRY(novelty(tx, s));
  if (found == Novelty::New) TRY_VOID(say(tx, self, s, {}, now));
  return found;
}

Result<Novelty> keep(store::Transaction& tx, const VerifiedStatement& s, const PartyId& from, bool onward,
                     trust::LabelId label, Time now) {
  const Novelty found = TRY(novelty(tx, s));
  if (found == Novelty::New) TRY_VOID(insert(tx, s, from, onward, label, "", now));
  return found;
}

Result<Archived> archived(store::Transaction& tx, const Digest& digest) {
  std::optional<Archived> out;
  TRY_VOID(tx.each(
      "SELECT " + std::string(kColumns) + " FROM statements WHERE digest = ?",
      [&](const store::Row& row) { out = from_row(row); }, digest));
  if (!out) return fail(ErrorCode::NotFound, "statement.unknown", {digest.hex()});
  return *out;
}

Result<Signed> signed_bytes(store::Transaction& tx, const Digest& digest) {
  std::optional<Signed> out;
  bool erased = false;
  TRY_VOID(tx.each(
      "SELECT jws, payload, erased_reason FROM statements WHERE digest = ?",
      [&](const store::Row& row) {
        out = Signed{std::string(row.text(0)), std::string(base::as_text(row.blob(1)))};
        erased = !row.is_null(2);
      },
      digest));
  if (!out) return fail(ErrorCode::NotFound, "statement.unknown", {digest.hex()});
  if (erased) return fail(ErrorCode::NotFound, "statement.erased", {digest.hex()});
  return *out;
}

// An acknowledgement of a retraction of something is the longest such chain.
std::string readable(const trust::Scope& scope, std::string_view row) {
  return fmt::format(
      "({0}.label {1} AND NOT EXISTS (SELECT 1 FROM statements about LEFT JOIN statements about_that ON "
      "about_that.digest = about.in_reply_to WHERE about.digest = {0}.in_reply_to AND (NOT about.label {1} OR "
      "(about_that.label IS NOT NULL AND NOT about_that.label {1}))))",
      row, scope.sql());
}

Result<bool> is_readable(store::Transaction& tx, const Digest& statement, const trust::Scope& scope) {
  return TRY(tx.integer("SELECT 1 FROM statements s WHERE s.digest = ? AND " + readable(scope, "s"), statement))
      .has_value();
}

Result<std::vector<ArchivedRow>> list(store::Transaction& tx, const ArchiveQuery& query, const trust::Scope& scope,
                                      const PartyId& self) {
  std::vector<ArchivedRow> out;
  std::string sql = "SELECT " + std::string(kColumns) + " FROM statements s WHERE " + readable(scope, "s");
  std::vector<store::Cell> cells;
  if (query.direction == "out" || query.direction == "in") {
    sql += query.direction == "out" ? " AND author = ?" : " AND author <> ?";
    cells.push_back(store::cell(self.text()));
  }
  if (!query.kind.empty()) {
    sql += " AND kind = ?";
    cells.push_back(store::cell(query.kind));
  }
  if (query.before_row > 0) {
    sql += " AND row < ?";
    cells.push_back(store::cell(query.before_row));
  }
  sql += " ORDER BY row DESC LIMIT ?";
  cells.push_back(store::cell(query.limit));
  TRY_VOID(tx.query(sql, cells, [&](const store::Row& row) {
    out.push_back({row.integer(16), from_row(row)});
    return true;
  }));
  return out;
}

Result<std::int64_t> count_statements(store::Transaction& tx) {
  return TRY(tx.integer("SELECT COUNT(*) FROM statements")).value_or(0);
}

Result<std::vector<PartyId>> senders_under(store::Transaction& tx, const PartyId& self, trust::LabelId label) {
  std::vector<PartyId> out;
  TRY_VOID(tx.each(
      "SELECT sender FROM statements WHERE label = ? AND sender <> ? AND retracted_by IS NULL AND erased_reason IS "
      "NULL",
      [&](const store::Row& row) { out.push_back(PartyId::parse(row.text(0)).value_or(PartyId{})); }, label,
      self.text()));
  return out;
}

Result<std::optional<json::Value>> reply_of(store::Transaction& tx, const PartyId& author, const Digest& to,
                                            std::string_view kind) {
  std::optional<std::string> payload;
  TRY_VOID(tx.each(
      "SELECT payload FROM statements WHERE in_reply_to = ? AND author = ? AND kind = ? AND erased_reason IS NULL "
      "ORDER "
      "BY row",
      [&](const store::Row& row) { payload = std::string(base::as_text(row.blob(0))); }, to, author.text(), kind));
  if (!payload) return std::optional<json::Value>{};
  const json::Value statement = TRY(json::parse(*payload));
  const json::Value* body = statement.find("body");
  return body ? std::optional(*body) : std::nullopt;
}

Result<std::vector<Archived>> replies_to(store::Transaction& tx, const PartyId& author, const Digest& to,
                                         std::string_view kind) {
  std::vector<Digest> digests;
  TRY_VOID(tx.each(
      "SELECT digest FROM statements WHERE in_reply_to = ? AND author = ? AND kind = ? ORDER BY row",
      [&](const store::Row& row) { digests.push_back(row.digest(0)); }, to, author.text(), kind));
  std::vector<Archived> out;
  for (const Digest& digest : digests) out.push_back(TRY(archived(tx, digest)));
  return out;
}

Result<std::vector<Digest>> carrying(store::Transaction& tx, const PartyId& author, std::string_view stix_id) {
  std::vector<Digest> out;
  TRY_VOID(tx.each(
      "SELECT statement FROM carried WHERE author = ? AND stix_id = ? ORDER BY row",
      [&](const store::Row& row) { out.push_back(row.digest(0)); }, author.text(), stix_id));
  return out;
}

Result<void> mark_retracted(store::Transaction& tx, const Digest& target, const Digest& retraction) {
  TRY(tx.run("UPDATE statements SET retracted_by = ? WHERE digest = ? AND retracted_by IS NULL", retraction, target));
  return {};
}

Result<void> erase(store::Transaction& tx, const Digest& target, std::string_view reason) {
  TRY(tx.run("UPDATE statements SET payload = ?, erased_reason = ? WHERE digest = ?", Bytes{}, reason, target));
  TRY(tx.run("UPDATE log_leaves SET erased_reason = ? WHERE statement = ?", reason, target));
  return {};
}

Result<void> keep_author(store::Transaction& tx, const trust::VerifiedDescriptor& author) {
  TRY(tx.run(
      "INSERT INTO authors (party, version, jws, payload) VALUES (?, ?, ?, ?) ON CONFLICT (party) DO UPDATE SET "
      "version = excluded.version, jws = excluded.jws, payload = excluded.payload",
      author->party.text(), author->version, author.signed_bytes().jws, base::as_bytes(author.signed_bytes().payload)));
  return {};
}

Result<std::vector<trust::VerifiedDescriptor>> authors(store::Transaction& tx) {
  std::vector<Signed> kept;
  TRY_VOID(tx.each("SELECT jws, payload FROM authors", [&](const store::Row& row) {
    kept.push_back({std::string(row.text(0)), std::string(base::as_text(row.blob(1)))});
  }));
  std::vector<trust::VerifiedDescriptor> out;
  for (const Signed& object : kept) out.push_back(TRY(trust::verify_descriptor(object)));
  return out;
}

Result<Signed> author_descriptor(store::Transaction& tx, const PartyId& author) {
  if (const auto peer = trust::party(tx, author)) return peer->descriptor_signed;
  std::optional<Signed> out;
  TRY_VOID(tx.each(
      "SELECT jws, payload FROM authors WHERE party = ?",
      [&](const store::Row& row) {
        out = Signed{std::string(row.text(0)), std::string(base::as_text(row.blob(1)))};
      },
      author.text()));
  if (!out) return fail(ErrorCode::NotFound, "statement.unknown_author", {author.text()});
  return *out;
}

Result<void> keep_proof(store::Transaction& tx, const Digest& statement, const KeptProof& proof) {
  TRY(tx.run("INSERT INTO kept_proofs (statement, proof, checkpoint) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
             statement, proof.json, proof.checkpoint));
  return {};
}

Result<std::optional<KeptProof>> kept_proof(store::Transaction& tx, const Digest& statement) {
  std::optional<KeptProof> out;
  TRY_VOID(tx.each(
      "SELECT proof, checkpoint FROM kept_proofs WHERE statement = ?",
      [&](const store::Row& row) {
        out = KeptProof{std::string(row.text(0)), std::string(row.text(1))};
      },
      statement));
  return out;
}

Result<std::vector<std::string>> carried_by(store::Transaction& tx, const Digest& statement) {
  std::vector<std::string> out;
  TRY_VOID(tx.each(
      "SELECT stix_id FROM carried WHERE statement = ? ORDER BY row",
      [&](const store::Row& row) { out.emplace_back(row.text(0)); }, statement));
  return out;
}

}  // namespace tocsin::exchange
