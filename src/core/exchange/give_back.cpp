#include <algorithm>
#include <map>

#include "core/exchange/delivery.h"
#include "core/exchange/proof.h"
#include "core/exchange/recover.h"

namespace tocsin::exchange {
namespace {

constexpr std::int64_t kMostADay = 10;

// Answers one recover statement. What leaves is decided when it is served, like everything else.
class GivingBack {
 public:
  GivingBack(store::Transaction& tx, const Self& self, const PartyId& peer, RecoverRequest request, Time now)
      : tx_(tx), self_(self), peer_(peer), now_(now) {
    for (auto& known : request.epochs) epochs_.emplace(known.epoch, known);
    for (auto& known : request.streams)
      received_.emplace(std::pair(known.stream.generation(), known.stream.agreement), known.position);
    for (auto& known : request.sent)
      sent_.emplace(std::pair(known.stream.generation(), known.stream.agreement), known.position);
  }

  Result<void> give(const Digest& asked, const std::string& peer_epoch) {
    const auto first =
        TRY(tx_.run("INSERT INTO recoveries_served (party, epoch, statement, at) VALUES (?, ?, ?, ?) ON CONFLICT DO "
                    "NOTHING",
                    peer_.text(), peer_epoch, asked, now_));
    if (first == 0) return {};  // answered before
    // Each answer may bring gigabytes on their way, and epochs cost their owner nothing.
    const auto lately = TRY(tx_.integer("SELECT COUNT(*) FROM recoveries_served WHERE party = ? AND at > ? AND at <= ?",
                                        peer_.text(), now_ - base::days(1), now_));
    if (lately.value_or(0) > kMostADay)
      return fail(ErrorCode::TooFast, "recover.too_often", {std::to_string(kMostADay)});
    const std::int64_t returned = TRY(queue_its_own(peer_epoch));
    const std::int64_t again = TRY(queue_what_it_lost());
    TRY(tx_.run("UPDATE envelopes SET state = 'void' WHERE recipient = ? AND state = 'ready'", peer_.text()));
    TRY(tx_.run("DELETE FROM resting WHERE recipient = ?", peer_.text()));
    const std::vector<json::Value> held = TRY(what_it_handed_us());
    for (std::size_t at = 0; at == 0 || at < held.size(); at += kMaxHeldInOne) {
      const std::size_t end = std::min(held.size(), at + kMaxHeldInOne);
      const bool more = end < held.size();
      Statement ack;
      ack.kind = "ack";
      ack.in_reply_to = asked;
      json::Object body;
      body.set("of", "recover");
      body.set("returned", returned);
      body.set("again", again);
      body.set("checkpoints", more ? json::Array{} : TRY(last_checkpoints(peer_epoch)));
      body.set("held", json::Array(held.begin() + static_cast<std::ptrdiff_t>(at),
                                   held.begin() + static_cast<std::ptrdiff_t>(end)));
      body.set("more", more);
      ack.body = std::move(body);
      TRY_VOID(enqueue(tx_, TRY(issue(tx_, self_, std::move(ack), {}, now_)), "", peer_, now_));
    }
    return {};
  }

 private:
  bool knows(const InclusionProof& leaf) const {
    const auto known = epochs_.find(leaf.epoch);
    return known != epochs_.end() && leaf.index < known->second.size;
  }
  using Positions = std::map<std::pair<std::string, AgreementId>, std::uint64_t>;  // by generation and agreement
  static bool reaches(const Positions& positions, const std::string& generation, const AgreementId& agreement,
                      std::int64_t position) {
    const auto known = positions.find({generation, agreement});
    return known != positions.end() && static_cast<std::uint64_t>(position) < known->second;
  }
  // Whether its backup knows that it handed us this.
  bool knows_that_it_sent(const std::string& generation, const AgreementId& agreement, std::int64_t position) const {
    const auto epoch = epochs_.find(Stream::of(generation, agreement).epoch);
    return reaches(sent_, generation, agreement, position) || (epoch != epochs_.end() && !epoch->second.open);
  }

  // Statements of the peer that we hold and its backup does not, whoever brought them to us.
  Result<std::int64_t> queue_its_own(const std::string& peer_epoch) {
    struct Held {
      Digest digest;
      std::string proof;
    };
    std::vector<Held> held;
    TRY_VOID(tx_.each(
        "SELECT s.digest, p.proof FROM statements s JOIN kept_proofs p ON p.statement = s.digest WHERE s.author = ? "
        "AND s.erased_reason IS NULL ORDER BY s.row",
        [&](const store::Row& row) {
          held.push_back({row.digest(0), std::string(row.text(1))});
        },
        peer_.text()));
    std::int64_t count = 0;
    for (const Held& entry : held) {
      const auto proof = TRY(read_proof(entry.proof)).inclusion;
      if (!proof || proof->epoch == peer_epoch || knows(*proof)) continue;
      // It may have had it back after an earlier restore, and lost it once more.
      TRY(
          tx_.run("UPDATE ledger SET state = ?, envelope = NULL WHERE party = ? AND statement = ? AND direction = "
                  "'out' AND state" +
                      in_states(has_gone),
                  name(DeliveryState::Lost), peer_.text(), entry.digest));
      TRY_VOID(enqueue(tx_, TRY(archived(tx_, entry.digest)), "", peer_, now_));
      ++count;
    }
    return count;
  }

  Result<std::int64_t> queue_what_it_lost() {
    struct Sent {
      std::int64_t row;
      Digest statement;
      AgreementId agreement;
    };
    std::vector<Sent> lost;
    // Of what we asked it ourselves after a restore it needs only what it has not answered.
    TRY_VOID(tx_.each(
        "SELECT l.row, l.statement, l.agreement, l.generation, l.position, l.state FROM ledger l JOIN statements s ON "
        "s.digest = l.statement WHERE l.party = ? AND l.direction = 'out' AND l.state" +
            in_states(has_gone) +
            " AND s.author <> ? AND (s.kind <> 'recover' OR EXISTS (SELECT 1 FROM recoveries r WHERE r.party = l.party "
            "AND r.statement = s.digest AND r.answered IS NULL)) ORDER BY l.row",
        [&](const store::Row& row) {
          const bool signed_for = delivery_state_from_name(row.text(5)) == DeliveryState::Receipted;
          const AgreementId agreement(row.text(2));
          if (!signed_for || row.is_null(4) || !reaches(received_, std::string(row.text(3)), agreement, row.integer(4)))
            lost.push_back({row.integer(0), row.digest(1), agreement});
        },
        peer_.text(), peer_.text()));
    for (const Sent& entry : lost) {
      TRY(tx_.run("UPDATE ledger SET state = ?, envelope = NULL WHERE row = ?", name(DeliveryState::Lost), entry.row));
      TRY_VOID(enqueue(tx_, TRY(archived(tx_, entry.statement)), entry.agreement, peer_, now_));
    }
    return static_cast<std::int64_t>(lost.size());
  }

  // What it handed us, its own words and those of others, and may not know of any more: retractions have to reach us.
  Result<std::vector<json::Value>> what_it_handed_us() {
    std::vector<json::Value> out;
    constexpr std::string_view kNewestFirst =
        "SELECT l.statement, s.author, s.kind, l.generation, l.agreement, l.position FROM ledger l JOIN statements s "
        "ON s.digest = l.statement WHERE l.party = ? AND l.direction = 'in' AND l.agreement <> '' AND s.retracted_by "
        "IS "
        "NULL AND s.erased_reason IS NULL ORDER BY l.row DESC";
    const store::Cell cells[] = {store::cell(peer_.text())};
    TRY_VOID(tx_.query(kNewestFirst, cells, [&](const store::Row& row) {
      if (knows_that_it_sent(std::string(row.text(3)), AgreementId(row.text(4)), row.integer(5))) return true;
      json::Object entry;
      entry.set("statement", row.digest(0).base64url());
      entry.set("author", row.text(1));
      entry.set("kind", row.text(2));
      entry.set("agreement", row.text(4));
      out.emplace_back(std::move(entry));
      return out.size() < kMaxHeld;
    }));
    return out;
  }

  Result<json::Array> last_checkpoints(const std::string& peer_epoch) {
    json::Array out;
    TRY_VOID(tx_.each(
        "SELECT note FROM peer_checkpoints WHERE party = ? AND epoch <> ? ORDER BY at DESC LIMIT 100",
        [&](const store::Row& row) { out.emplace_back(std::string(row.text(0))); }, peer_.text(), peer_epoch));
    return out;
  }

  store::Transaction& tx_;
  const Self& self_;
  const PartyId& peer_;
  const Time now_;
  std::map<std::string, RecoverRequest::KnownEpoch> epochs_;
  Positions received_, sent_;
};

}  // namespace

Result<Stream> stream_to(store::Transaction& tx, const trust::Party& peer, const AgreementId& agreement) {
  Stream out{TRY(current_epoch(tx)).id, agreement};
  TRY_VOID(tx.each(
      "SELECT statement FROM recoveries_served WHERE party = ? AND epoch = ?",
      [&](const store::Row& row) { out.recovery = row.digest(0); }, peer.id.text(), peer.descriptor.log.id));
  return out;
}

Result<void> give_back(store::Transaction& tx, const Self& self, const PartyId& peer, const VerifiedStatement& asked,
                       Time now) {
  RecoverRequest request = TRY(read_recover(asked->body));
  const std::string peer_epoch = TRY(trust::party(tx, peer)).descriptor.log.id;
  return GivingBack(tx, self, peer, std::move(request), now).give(asked.digest(), peer_epoch);
}

Result<std::string> peer_checkpoint(store::Transaction& tx, const PartyId& party, std::string_view epoch) {
  std::string note;
  TRY_VOID(tx.each(
      "SELECT note FROM peer_checkpoints WHERE party = ? AND epoch = ?",
      [&](const store::Row& row) { note = row.text(0); }, party.text(), epoch));
  return note;
}

Result<void> keep_peer_checkpoint(store::Transaction& tx, const PartyId& peer, std::string_view epoch,
                                  std::uint64_t size, std::string_view note, Time now) {
  TRY(
      tx.run("INSERT INTO peer_checkpoints (party, epoch, size, note, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (party, "
             "epoch) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at WHERE excluded.size > "
             "peer_checkpoints.size",
             peer.text(), epoch, size, note, now));
  return {};
}

}  // namespace tocsin::exchange
