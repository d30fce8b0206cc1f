// The archive of statements: what we said and what we accepted, as signed bytes with what is derived from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/log.h"
#include "core/exchange/statement.h"
#include "core/trust/release.h"

namespace tocsin::exchange {

extern const store::Migrations kMigrations;

struct Archived {
  Digest digest;
  std::string id;
  PartyId author;
  std::string kind;
  Time time, received;  ///< author's clock; ours
  AgreementId agreement;
  trust::LabelId label = 0;
  trust::Realm realm;
  PartyId from;         ///< who handed it to us; ourselves for our own
  bool onward = false;  ///< not from its author
  std::int64_t objects = 0, size_bytes = 0;
  std::optional<Digest> retracted_by, in_reply_to;
  std::string erased_reason;  ///< set: the payload is gone
};

/// Signs, stores, appends to the log. The label of our own statement: we vouch, with the statement's handling.
/// `readers`, for TLP:RED: whom it is meant for at its receivers, and who of ours may read it besides.
Result<VerifiedStatement> issue(store::Transaction& tx, const Self& self, Statement statement,
                                const std::set<trust::Person>& readers, Time now);

enum class Novelty { New, Known };
/// A statement of ours that came back after a restore: as issue(), with its own signature and time.
Result<Novelty> keep_own(store::Transaction& tx, const Self& self, const VerifiedStatement& statement, Time now);
/// Stores a peer's statement. A second payload under one (author, id) is refused, as evidence for the caller to
/// keep: statement.two_of_one_id.
Result<Novelty> keep(store::Transaction& tx, const VerifiedStatement& statement, const PartyId& from, bool onward,
                     trust::LabelId label, Time now);

Result<Archived> archived(store::Transaction& tx, const Digest& digest);    ///< statement.unknown
Result<Signed> signed_bytes(store::Transaction& tx, const Digest& digest);  ///< statement.unknown, statement.erased
/// Condition on `row`, a row of statements: the reader may read it, and what it answers or takes back. What a receipt,
/// an acknowledgement or a retraction is about was not written by whoever labelled it, and names it all the same.
std::string readable(const trust::Scope& scope, std::string_view row);
/// False also where there is no such statement.
Result<bool> is_readable(store::Transaction& tx, const Digest& statement, const trust::Scope& scope);
struct ArchiveQuery {
  std::string direction;  ///< "in", "out" or empty
  std::string kind;       ///< or empty
  std::int64_t before_row = 0;
  int limit = 50;
};
struct ArchivedRow {
  std::int64_t row;
  Archived statement;
};
Result<std::vector<ArchivedRow>> list(store::Transaction& tx, const ArchiveQuery& query, const trust::Scope& scope,
                                      const PartyId& self);

/// Ours and theirs, erased ones too.
Result<std::int64_t> count_statements(store::Transaction& tx);
/// Of each statement under this label that others handed us and nobody has retracted: who handed it over.
Result<std::vector<PartyId>> senders_under(store::Transaction& tx, const PartyId& self, trust::LabelId label);

/// The body of a statement of this author and kind in reply to another, if there is one.
Result<std::optional<json::Value>> reply_of(store::Transaction& tx, const PartyId& author, const Digest& to,
                                            std::string_view kind);

/// All statements of this author and kind in reply to another, oldest first.
Result<std::vector<Archived>> replies_to(store::Transaction& tx, const PartyId& author, const Digest& to,
                                         std::string_view kind);

/// The objects that an intel statement of ours carried; none where it is no such statement.
Result<std::vector<std::string>> carried_by(store::Transaction& tx, const Digest& statement);
/// Our intel statements that carried this object, oldest first.
Result<std::vector<Digest>> carrying(store::Transaction& tx, const PartyId& author, std::string_view stix_id);

Result<void> mark_retracted(store::Transaction& tx, const Digest& target, const Digest& retraction);
/// Removes the payload, keeps digest and reason: the log's leaf then says "erased".
Result<void> erase(store::Transaction& tx, const Digest& target, std::string_view reason);

/// The inclusion proof with which a statement came, for passing it onward.
struct KeptProof {
  std::string json, checkpoint;
};
Result<void> keep_proof(store::Transaction& tx, const Digest& statement, const KeptProof& proof);
Result<std::optional<KeptProof>> kept_proof(store::Transaction& tx, const Digest& statement);

/// Descriptors of authors who are no peers of ours, so that what they wrote can be passed onward and checked again. The
/// caller has seen that it may take the place of the one that is kept (trust::supersedes).
Result<void> keep_author(store::Transaction& tx, const trust::VerifiedDescriptor& author);
Result<std::vector<trust::VerifiedDescriptor>> authors(store::Transaction& tx);
Result<Signed> author_descriptor(store::Transaction& tx, const PartyId& author);  ///< statement.unknown_author

}  // namespace tocsin::exchange
