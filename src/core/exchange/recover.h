// Recovery: a node restored from a backup asks its peers for what happened after it, and they give it back. What it had
// said itself comes as statements of its own, proved by its own earlier log; what it had been sent comes again.
// docs/protocol.md section 13, docs/decisions/0011-restore.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/archive.h"
#include "core/exchange/envelope.h"

namespace tocsin::exchange {

/// How far the backup reaches, told to one peer: the body of a `recover` statement.
struct RecoverRequest {
  struct KnownEpoch {
    std::string epoch;
    std::uint64_t size = 0;  ///< leaves of it that the backup holds
    /// What was handed to the peer in it is not known beyond `sent`: the backup was made in it, or in a later one
    /// before the peer had answered what was asked at the end of it.
    bool open = false;
    bool operator==(const KnownEpoch&) const = default;
  };
  struct KnownStream {
    Stream stream;
    std::uint64_t position = 0;  ///< of the first statement that the backup does not know of
    bool operator==(const KnownStream&) const = default;
  };
  std::vector<KnownEpoch> epochs;
  std::vector<KnownStream> streams;  ///< of the peer, to us
  std::vector<KnownStream> sent;     ///< ours, to the peer
  bool operator==(const RecoverRequest&) const = default;
};
/// How many statements one answer names as held; what is more is said in several, all but the last with `more`. And how
/// many in all of them: the newest.
inline constexpr std::size_t kMaxHeldInOne = 5000, kMaxHeld = 50'000;
json::Value write_recover(const RecoverRequest& request);
Result<RecoverRequest> read_recover(const json::Value& body);  ///< recover.malformed {field}

// --- the restored node

/// Closes the streams of the epoch before, and asks every peer that persons have ever verified. Called once, right
/// after the new epoch has opened: the recover statements are its first leaves. What was asked before goes no more.
Result<void> ask_peers(store::Transaction& tx, const Self& self, Time now);

/// A peer that persons here verify only after the restore may have spoken with the node that was lost: it is asked
/// once, and nobody waits for it. Nothing where this node was never restored, or has asked the peer before.
Result<void> ask_late(store::Transaction& tx, const Self& self, const PartyId& peer, std::string_view by, Time now);

/// One of our own statements, given back by a peer, which thereby says that it holds it: kept as said by us, as a leaf
/// of the present epoch, and written down as received there.
Result<Novelty> take_back(store::Transaction& tx, const Self& self, const VerifiedStatement& statement,
                          const PartyId& from, Time now);

/// Whether a stream of this peer is for the node that we are now: in the epoch of its log in which the peer has
/// answered our recover statement, a stream has to name it. Before, and in a later epoch, it need not: what comes then
/// in order is taken, and comes again after the answer.
Result<bool> is_present(store::Transaction& tx, const PartyId& peer, const Stream& stream);
/// Whether the peer has been asked anew since this recover statement of ours: it goes no more.
Result<bool> is_asked_anew(store::Transaction& tx, const PartyId& peer, const Digest& statement);

/// The peer's word that it has given back all it holds. The last checkpoints of ours that it has seen stay in it. What
/// we had handed to it, and may not know of any more, is written down, so that retractions reach it.
/// recover.malformed, recover.nobody_asked.
Result<void> take_recover_ack(store::Transaction& tx, const Self& self, const PartyId& peer, const Digest& asked,
                              const json::Value& body, Time now);

/// Where the recovery from one peer stands.
struct Recovery {
  PartyId peer;
  Time asked;
  std::optional<Time> answered;
  std::int64_t returned = 0;  ///< statements of ours that came back and that the backup did not hold
  std::string waived_by;      ///< who decided not to wait for this peer
  std::optional<Time> waived;
  bool waiting = false;  ///< for this one: it has not answered, nobody waived it, and it is no less than verified
};
Result<std::vector<Recovery>> recoveries(store::Transaction& tx);

/// True while a verified peer has neither answered nor been waived. Until then only kinds leave that cannot contradict,
/// and issue() refuses what could contradict something said before (recover.waiting).
Result<bool> is_recovering(store::Transaction& tx);
bool waits_for_recovery(std::string_view kind);  ///< whether issue() refuses this kind meanwhile

/// A named person goes on without those that are silent; what they give back later is taken all the same.
Result<void> stop_waiting(store::Transaction& tx, std::string_view by, Time now);

// --- its peer

/// How our stream to this peer under an agreement is named now.
Result<Stream> stream_to(store::Transaction& tx, const trust::Party& peer, const AgreementId& agreement);
/// Answers a recover statement: our streams to its author begin anew, its own statements are queued for it, what it had
/// received from us and lost is queued again, and an ack says that this is all. Once per epoch of the peer.
Result<void> give_back(store::Transaction& tx, const Self& self, const PartyId& peer, const VerifiedStatement& asked,
                       Time now);

/// The highest checkpoint of each epoch of a peer is kept, proved or not: it says where the epoch ended.
Result<std::string> peer_checkpoint(store::Transaction& tx, const PartyId& party, std::string_view epoch);
Result<void> keep_peer_checkpoint(store::Transaction& tx, const PartyId& peer, std::string_view epoch,
                                  std::uint64_t size, std::string_view note, Time now);

}  // namespace tocsin::exchange
