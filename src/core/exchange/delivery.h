// Delivery: what leaves for a peer, and what comes from one. Push and pull use the same two functions, and a courier
// with files could. The caller commits the transaction, then sends; whatever is durable can be served again after a
// crash. docs/protocol.md section 9.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/exchange/archive.h"
#include "core/exchange/delivery_state.h"
#include "core/exchange/envelope.h"
#include "core/exchange/evidence.h"
#include "core/exchange/record.h"
#include "core/trust/agreements.h"
#include "core/trust/release.h"

namespace tocsin::exchange {

// --- out

/// Puts a statement of the archive into a stream. `recipient` empty: for everybody of the agreement. Control streams
/// always name one. Nothing is decided here: the decision is asked when it is served.
Result<void> enqueue(store::Transaction& tx, const VerifiedStatement& statement, const AgreementId& stream_agreement,
                     const PartyId& recipient, Time now);
Result<void> enqueue(store::Transaction& tx, const Archived& statement, const AgreementId& stream_agreement,
                     const PartyId& recipient, Time now);

/// Whether a statement may go to a peer: how it is decided when it is served, and how a preview has to decide. `label`:
/// the statement's, or a narrower one. `agreement`: whose stream it stands in; null for the control stream.
trust::Decision decide_to_send(const Self& self, const trust::Party& peer, const trust::StoredAgreement* agreement,
                               const Archived& statement, const trust::Label& label);
/// A statement that has gone there, or was refused there for good, is not sent again: message id of the reason, or "".
Result<std::string> why_not_again(store::Transaction& tx, const Digest& statement, const PartyId& peer);
/// What is for this peer alone has gone there, was refused there for good, or waits in the queue: to queue it once more
/// would say nothing.
Result<bool> is_on_its_way(store::Transaction& tx, const Digest& statement, const PartyId& peer);

struct Delivery {
  std::string records;
  std::optional<Digest> envelope = {};  ///< none where nothing waits, and the peer lacks a proof of our log
  std::size_t statements = 0;
};

/// What should go to this peer next, its envelope signed and written down; nothing where there is nothing. One stream
/// at a time, so that the refusal of one keeps no other back: what is said between the two goes first, then the
/// agreements by turns. At most one open envelope per stream: an open one is served again, byte for byte.
Result<std::optional<Delivery>> next_delivery(store::Transaction& tx, const Self& self, const trust::Party& peer,
                                              Time now);
/// After our statement key has changed: what is sealed and not receipted is sealed anew when it is served, to all
/// peers.
Result<void> seal_anew(store::Transaction& tx);
/// A peer's receipt: closes its envelope, also one that had been set aside and arrived after all. False where it was
/// known. receipt.unknown_envelope, receipt.mismatch, trust.*.
Result<bool> take_receipt(store::Transaction& tx, const trust::Party& peer, const Signed& receipt, Time now);
/// The last checkpoint of ours that was proved to the peer, as it says with an answer: the next delivery proves from
/// there. Empty: what the last delivery showed was proved. checkpoint.* where the note is none of ours.
Result<void> take_proved(store::Transaction& tx, const PartyId& peer, std::string_view note);
/// The peer refused an envelope for good because of one statement: the statement stays here, marked with the reason;
/// the others are served again under a new envelope.
/// False where the envelope was receipted or set aside before, or is none of ours.
Result<bool> take_refusal(store::Transaction& tx, const trust::Party& peer, const Digest& envelope,
                          const std::optional<Digest>& statement, const Error& reason, Time now);
/// The peer takes nothing of this envelope's stream for now: it rests, and everything else for the peer goes on. False
/// where the envelope is no open one of ours.
Result<bool> rest_stream(store::Transaction& tx, const trust::Party& peer, const Digest& envelope, const Error& reason,
                         Time now);
/// Statements queued for a peer and not yet receipted.
struct Waiting {
  std::int64_t statements = 0;
  std::optional<Time> since;     ///< the oldest
  std::optional<Error> refused;  ///< why the peer does not take what waits in one of the streams
};
/// `scope`: as far as that reader may know of them; null: all, for whoever looks after the node.
Result<Waiting> waiting_for(store::Transaction& tx, const trust::Party& peer, const Self& self, Time now,
                            const trust::Scope* scope = nullptr);
/// Where a statement stands in the queue for this peer and has not been decided; the control stream is "".
struct InQueue {
  AgreementId agreement;  ///< in force or not
  Time since;
};
Result<std::vector<InQueue>> in_queue(store::Transaction& tx, const Digest& statement, const PartyId& peer);
/// What keeps a statement of this kind that may go, in this stream, since then; none where it goes by itself at once.
Result<std::optional<Error>> what_keeps(store::Transaction& tx, const InQueue& place, std::string_view kind,
                                        const trust::Party& peer, Time now);
/// Late is a peer that does not get what waits for it, or that cannot be asked. The reason is that of its last refusal,
/// where there was one since its last receipt.
Result<std::optional<Error>> why_late(store::Transaction& tx, const trust::Party& peer, const Self& self, Time now,
                                      const trust::Scope* scope = nullptr);

// --- in

struct IncomingStatement {
  VerifiedStatement statement;
  Basis basis = Basis::Direct;
  PartyId sender;
  PartyId voucher;  ///< who stands for it here: the author where it is our verified peer, else the sender
  trust::LabelId label = 0;
  trust::Label label_value;
  Digest envelope;  ///< in which it came
};

/// A party's descriptor, and the one that it follows.
struct Renewed {
  trust::Descriptor before;
  trust::VerifiedDescriptor now;
};

struct Incoming {
  std::vector<IncomingStatement> fresh;  ///< not seen before, in stream order: to be applied in the same transaction
  std::map<Digest, std::string> known;   ///< had before, from another or otherwise: applied then; with the kind
  std::vector<Signed> receipts;          ///< for all envelopes, also repeated ones
  std::size_t repetitions = 0;           ///< envelopes that had been taken before
  std::vector<Renewed> renewed;          ///< descriptors that follow those that were known here
  std::string unproved_since;  ///< our last proved checkpoint of the sender's log, where no proof led on from it
};

/// Why a delivery was refused, and because of what, so that the sender can set that aside.
struct Refusal {
  Error error;
  std::optional<Digest> envelope = {}, statement = {};
  std::optional<TwoStatements> two_statements = {};  ///< to be kept although the transaction is rolled back
  std::optional<TwoHistories> two_histories = {};    ///< this, too
  std::optional<Signed> held = {};  ///< with envelope.gap: our receipt for the last envelope of this stream
};

/// Verifies everything and writes it down; applies nothing. On refusal the caller rolls back.
tl::expected<Incoming, Refusal> open_delivery(store::Transaction& tx, const Self& self, const trust::Party& sender,
                                              std::string_view records, Time now);

// --- the ledger

struct LedgerRow {
  std::int64_t row = 0;
  PartyId party;
  std::string direction;  ///< "out", "in"
  Digest statement;
  std::string kind;
  AgreementId agreement;
  std::optional<std::int64_t> position;
  DeliveryState state = DeliveryState::Received;
  std::string reason;  ///< message id
  std::vector<std::string> reason_args;
  Time at;
  std::optional<Time> receipted;
  std::int64_t size_bytes = 0;
  bool onward = false;
};
/// `scope`: of statements that reader may read; null: all of it.
Result<std::vector<LedgerRow>> ledger(store::Transaction& tx, const PartyId& party, std::int64_t before_row, int limit,
                                      const trust::Scope* scope = nullptr);
/// Statements that the party has from us, or may have, each once, the newest first; and how many there are. `scope`: of
/// those that reader may read; null: all.
Result<std::vector<LedgerRow>> may_be_with(store::Transaction& tx, const PartyId& party, int limit,
                                           const trust::Scope* scope = nullptr);
Result<std::int64_t> count_may_be_with(store::Transaction& tx, const PartyId& party,
                                       const trust::Scope* scope = nullptr);
/// Everybody a statement went (or should go) to.
Result<std::vector<LedgerRow>> recipients_of(store::Transaction& tx, const Digest& statement);
/// How far it came on its ways to one of them, the oldest first.
Result<std::vector<LedgerRow>> sent_to(store::Transaction& tx, const Digest& statement, const PartyId& party);
/// Everybody who handed it to us, the first of them first.
Result<std::vector<PartyId>> givers_of(store::Transaction& tx, const Digest& statement);
/// The agreements under which it went, or waits to go; control streams have none.
Result<std::vector<AgreementId>> streams_of(store::Transaction& tx, const Digest& statement);

}  // namespace tocsin::exchange
