#include "journeys/publish.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/trust/agreements.h"
#include "journeys/alert.h"
#include "journeys/candidates.h"
#include "journeys/pieces.h"

namespace tocsin::journeys {
namespace {

constexpr std::size_t kObjectsPerStatement = 1000;
constexpr std::size_t kBytesPerStatement = 2u << 20;

// A statement of somebody else. It goes on whole or not at all, so it is decided under the narrowest of its own label
// and those of the objects in it.
struct Carrier {
  exchange::Archived statement;
  trust::Label label;
};

void count_refusal(std::vector<RefusedCount>& refused, const trust::Decision& decision, const std::string& example) {
  for (RefusedCount& entry : refused)
    if (entry.reason == decision.reason && entry.args == decision.args) {
      ++entry.count;
      return;
    }
  refused.push_back({1, decision.reason, decision.args, example});
}

trust::Onward onward_of_ours(const trust::Terms& terms, const PublishRequest& request) {
  return std::min(request.onward.value_or(terms.onward), terms.onward);
}

exchange::Handling handling_for(const trust::Terms& terms, const trust::Label& label, const PublishRequest& request) {
  exchange::Handling handling;
  handling.tlp = label.tlp;
  handling.pap = label.pap;
  handling.onward = onward_of_ours(terms, request);
  handling.retain_days = terms.retention_days;
  return handling;
}

Result<trust::Scope> scope_of(store::Transaction& tx, const Context& context, const PublishRequest& request) {
  return trust::scope(tx, trust::PersonReader{{context.self.party, request.by.account}});
}

class Planner {
 public:
  Planner(store::Transaction& tx, const Context& context, const PublishRequest& request, bool apply)
      : tx_(tx), context_(context), request_(request), apply_(apply) {}

  Result<PublishPlan> plan() {
    TRY_VOID(check_readers());
    const trust::Scope scope = TRY(scope_of(tx_, context_, request_));
    candidates_ = TRY(collect(tx_, request_, scope, context_.self.party, apply_));
    TRY_VOID(find_carriers(scope));
    if (request_.alert) {
      alert_ = TRY(alerts::alert(tx_, *request_.alert, scope));
      alert_label_ = as_published(TRY(trust::label(tx_, alert_->label)), request_, context_.self.party);
      if (alert_->origin != alerts::Origin::Own)
        alert_statement_ =
            TRY(exchange::archived(tx_, TRY(alerts::newest_statements(tx_, alert_->id)).back().statement));
    }
    plan_.objects = static_cast<std::int64_t>(candidates_.size()) + (alert_ ? 1 : 0);
    for (const Candidate& candidate : candidates_) plan_.bytes += candidate.size_bytes;

    std::vector<trust::StoredAgreement> agreements;
    for (auto& stored : TRY(trust::all_in_force(tx_, context_.now())))
      if (request_.agreement.empty() || request_.agreement == stored.agreement.id)
        agreements.push_back(std::move(stored));
    std::map<trust::PartyId, bool> reached;
    for (const auto& stored : agreements) TRY_VOID(plan_agreement(stored, reached));
    for (const trust::Party& peer : TRY(trust::peers(tx_))) {
      if (reached[peer.id]) continue;
      if (std::any_of(plan_.recipients.begin(), plan_.recipients.end(),
                      [&](const auto& r) { return r.party == peer.id; }))
        continue;
      plan_.not_recipients.push_back(
          {peer.id, request_.agreement.empty() ? "release.no_agreement" : "release.not_in_this_agreement", {}});
    }
    return std::move(plan_);
  }

 private:
  // What goes to somebody under an agreement: places of candidates and of carriers.
  struct Going {
    std::set<std::size_t> own, onward;
    std::vector<trust::PartyId> alerted;
  };

  Result<void> check_readers() {
    if (request_.readers.size() > exchange::kMaxReaders)
      return fail(ErrorCode::TooLarge, "publish.too_many_readers", {std::to_string(exchange::kMaxReaders)});
    for (const trust::Person& reader : request_.readers) {
      const auto peer = trust::party(tx_, reader.party);
      if (!peer || peer->own) return fail(ErrorCode::Malformed, "publish.reader_of_no_peer", {reader.text()});
    }
    return {};
  }

  std::vector<NamedReader> named_at(const trust::Party& peer) const {
    std::vector<NamedReader> out;
    for (const std::string& account : trust::accounts_of(peer.id, request_.readers)) {
      NamedReader reader{account, ""};
      for (const trust::Signatory& known : peer.descriptor.signatories)
        if (known.name == account) reader.display_name = known.display_name;
      out.push_back(std::move(reader));
    }
    return out;
  }

  bool is_own(const Candidate& candidate) const { return candidate.label.voucher == context_.self.party; }

  // In which statements the chosen things of others came, as far as the person may read those.
  Result<void> find_carriers(const trust::Scope& scope) {
    std::map<Digest, std::size_t> places;
    for (Candidate& candidate : candidates_) {
      if (is_own(candidate)) continue;
      for (const intel::Provenance& origin : TRY(intel::provenance(tx_, candidate.item.item))) {
        if (!origin.statement) continue;
        const auto [place, is_new] = places.try_emplace(*origin.statement, carriers_.size());
        if (is_new) {
          Carrier carrier{TRY(exchange::archived(tx_, *origin.statement)), {}};
          carrier.label = TRY(narrowest_label(carrier.statement));
          carriers_.push_back(std::move(carrier));
        }
        if (scope.contains(carriers_[place->second].statement.label)) candidate.carriers.push_back(place->second);
      }
    }
    return {};
  }

  Result<trust::Label> narrowest_label(const exchange::Archived& statement) {
    trust::Label out = TRY(trust::label(tx_, statement.label));
    std::set<trust::LabelId> of_objects;
    for (const intel::Item& item : TRY(intel::of_statement(tx_, statement.digest))) of_objects.insert(item.label);
    for (const trust::LabelId id : of_objects) {
      const trust::Label label = TRY(trust::label(tx_, id));
      out.tlp = std::max(out.tlp, label.tlp);
      out.pap = std::max(out.pap, label.pap);
    }
    return as_published(std::move(out), request_, context_.self.party);
  }

  trust::Decision decide(const trust::Party& peer, const trust::StoredAgreement& agreement,
                         const Carrier& carrier) const {
    return exchange::decide_to_send(context_.self, peer, &agreement, carrier.statement, carrier.label);
  }

  // The statement in which something goes on under an agreement: the oldest that may go to anybody there, or else the
  // oldest, which says why not.
  std::optional<std::size_t> carrier_for(const Candidate& candidate, const trust::StoredAgreement& agreement,
                                         const std::vector<trust::Party>& peers) const {
    for (const std::size_t place : candidate.carriers)
      for (const trust::Party& peer : peers)
        if (decide(peer, agreement, carriers_[place]).permitted) return place;
    return candidate.carriers.empty() ? std::nullopt : std::optional(candidate.carriers.front());
  }

  Result<void> plan_agreement(const trust::StoredAgreement& stored, std::map<trust::PartyId, bool>& reached) {
    const trust::Agreement& agreement = stored.agreement;
    std::vector<trust::Party> peers;
    for (const trust::PartyId& id : agreement.parties)
      if (id != context_.self.party)
        if (auto peer = trust::party(tx_, id)) peers.push_back(std::move(*peer));
    std::vector<std::optional<std::size_t>> carrier_of;
    for (const Candidate& candidate : candidates_) carrier_of.push_back(carrier_for(candidate, stored, peers));

    Going going;
    for (const trust::Party& peer : peers) {
      PlannedRecipient recipient{peer.id, agreement.id, agreement.terms.title, agreement.version, 0, 0, {}, {}};
      bool gets_red = false;
      std::map<std::size_t, trust::Decision> carried;
      for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const Candidate& candidate = candidates_[i];
        trust::Decision decision{false, "release.onward_none", {}};
        if (is_own(candidate)) {
          decision =
              trust::decide(trust::PeerReader{peer.id, peer.state, &stored}, candidate.label, context_.self.party);
          if (decision.permitted && !candidate.is_i_json) decision = {false, "publish.not_i_json", {}};
          if (decision.permitted) {
            ++recipient.permitted;
            going.own.insert(i);
            gets_red = gets_red || candidate.label.tlp == stix::Tlp::Red;
            note_onward(agreement.terms, candidate.label);
          }
        } else if (const auto place = carrier_of[i]) {
          const Carrier& carrier = carriers_[*place];
          if (!carried.contains(*place)) {
            carried[*place] = TRY(decide_once(peer, stored, carrier.statement, carrier.label));
            if (carried[*place].permitted) {
              recipient.permitted += carrier.statement.objects;
              recipient.along += carrier.statement.objects;
              going.onward.insert(*place);
            }
          }
          decision = carried[*place];
          if (decision.permitted) --recipient.along;
        }
        if (!decision.permitted) count_refusal(recipient.refused, decision, candidate.item.name);
      }
      if (alert_) {
        const auto decision =
            alert_statement_ ? TRY(decide_once(peer, stored, *alert_statement_, alert_label_))
                             : trust::decide(trust::PeerReader{peer.id, peer.state, &stored, "alert", alert_->realm},
                                             alert_label_, context_.self.party);
        if (decision.permitted) {
          ++recipient.permitted;
          going.alerted.push_back(peer.id);
          gets_red = gets_red || alert_label_.tlp == stix::Tlp::Red;
          note_onward(agreement.terms, alert_label_);
        } else {
          count_refusal(recipient.refused, decision, alert_->facts.host_name);
        }
      }
      if (gets_red) recipient.readers = named_at(peer);
      reached[peer.id] = true;
      plan_.recipients.push_back(std::move(recipient));
    }
    return apply_ ? state(stored, going) : Result<void>{};
  }

  // As decided when it is served, where it is not sent twice either.
  Result<trust::Decision> decide_once(const trust::Party& peer, const trust::StoredAgreement& agreement,
                                      const exchange::Archived& statement, const trust::Label& label) {
    trust::Decision decision = exchange::decide_to_send(context_.self, peer, &agreement, statement, label);
    if (!decision.permitted) return decision;
    const std::string settled = TRY(exchange::why_not_again(tx_, statement.digest, peer.id));
    return settled.empty() ? decision : trust::Decision{false, settled, {}};
  }

  void note_onward(const trust::Terms& terms, const trust::Label& label) {
    if (label.voucher == context_.self.party && onward_of_ours(terms, request_) == trust::Onward::WithConsent)
      plan_.nobody_may_pass_on = true;
  }

  // Our own objects become statements of ours, one handling and one set of readers each; what others vouch for goes on
  // as their statement, whole.
  Result<void> state(const trust::StoredAgreement& stored, const Going& going) {
    std::map<std::tuple<stix::Tlp, stix::Pap, std::set<trust::Person>>, std::vector<const Candidate*>> own;
    for (const std::size_t place : going.own) {
      const Candidate& candidate = candidates_[place];
      own[{candidate.label.tlp, candidate.label.pap, candidate.label.readers}].push_back(&candidate);
    }
    for (const auto& [handling, members] : own) TRY_VOID(state_own(stored, members));
    for (const std::size_t place : going.onward) {
      const exchange::Archived& statement = carriers_[place].statement;
      TRY_VOID(exchange::enqueue(tx_, statement, stored.agreement.id, {}, context_.now()));
      plan_.statements.push_back({statement.digest, stored.agreement.id, statement.kind, statement.objects, true});
    }
    return going.alerted.empty() ? Result<void>{} : state_alert(stored, going.alerted);
  }

  Result<void> state_own(const trust::StoredAgreement& stored, const std::vector<const Candidate*>& members) {
    exchange::Statement statement;
    std::size_t bytes = 0;
    const auto flush = [&]() -> Result<void> {
      if (statement.objects.empty()) return {};
      const auto count = static_cast<std::int64_t>(statement.objects.size());
      const auto issued = TRY(
          exchange::issue(tx_, context_.self, std::move(statement), members.front()->label.readers, context_.now()));
      TRY_VOID(exchange::enqueue(tx_, issued, stored.agreement.id, {}, context_.now()));
      plan_.statements.push_back({issued.digest(), stored.agreement.id, "intel", count, false});
      statement = {};
      bytes = 0;
      return {};
    };
    for (const Candidate* member : members) {
      if (statement.objects.size() >= kObjectsPerStatement || bytes + member->bytes.size() > kBytesPerStatement)
        TRY_VOID(flush());
      statement.kind = "intel";
      statement.agreement = stored.agreement.id;
      statement.terms = stored.terms;
      statement.handling = handling_for(stored.agreement.terms, member->label, request_);
      statement.body = json::Object{};
      statement.objects.push_back(member->bytes);
      bytes += member->bytes.size();
    }
    return flush();
  }

  Result<void> state_alert(const trust::StoredAgreement& stored, const std::vector<trust::PartyId>& receivers) {
    const AlertTo to{stored, receivers, request_.by.account};
    if (alert_statement_) {
      plan_.statements.push_back({alert_statement_->digest, stored.agreement.id, "alert", 0, true});
      return pass_alert_on(tx_, context_, *alert_, to, *alert_statement_);
    }
    const exchange::Handling handling = handling_for(stored.agreement.terms, alert_label_, request_);
    const auto before =
        TRY(said_before(tx_, context_, alert_->id, stored.agreement.id, handling, alert_label_.readers));
    const Digest said = TRY(say_alert(tx_, context_, *alert_, to, handling, alert_label_.readers, before));
    plan_.statements.push_back({said, stored.agreement.id, "alert", 0, false});
    return {};
  }

  store::Transaction& tx_;
  const Context& context_;
  const PublishRequest& request_;
  const bool apply_;
  std::vector<Candidate> candidates_;
  std::vector<Carrier> carriers_;
  std::optional<alerts::Alert> alert_;
  std::optional<exchange::Archived> alert_statement_;  // of an alert of others
  trust::Label alert_label_;
  PublishPlan plan_;
};

Result<void> note_publishing(store::Transaction& tx, const Context& context, const PublishRequest& request,
                             const PublishPlan& made) {
  const bool alert_alone = request.alert && request.items.empty() && request.import_id == 0;
  if (alert_alone) return note_deed(tx, context, request.by, "alert_share", std::to_string(*request.alert));
  return note_deed(tx, context, request.by, "publish", std::to_string(made.statements.size()) + " statements");
}

}  // namespace

Result<PublishPlan> preview(const Context& context, const PublishRequest& request) {
  return context.db->read_value([&](store::Transaction& tx) -> Result<PublishPlan> {
    TRY_VOID(check_named(tx, request, TRY(scope_of(tx, context, request))));
    return preview_within(tx, context, request);
  });
}

Result<PublishPlan> preview_within(store::Transaction& tx, const Context& context, const PublishRequest& request) {
  return Planner(tx, context, request, false).plan();
}

Result<PublishPlan> publish_within(store::Transaction& tx, const Context& context, const PublishRequest& request) {
  return Planner(tx, context, request, true).plan();
}

Result<PublishPlan> publish(const Context& context, const PublishRequest& request) {
  const auto items = TRY(context.db->read_value([&](store::Transaction& tx) -> Result<std::vector<intel::ItemId>> {
    const trust::Scope scope = TRY(scope_of(tx, context, request));
    TRY_VOID(check_named(tx, request, scope));
    std::vector<intel::ItemId> out;
    for (const intel::Item& item : TRY(chosen(tx, request, scope))) out.push_back(item.item);
    return out;
  }));
  if (items.size() > kItemsPerPiece) return publish_in_pieces(context, request, items);
  auto plan = context.db->write_value([&](store::Transaction& tx) -> Result<PublishPlan> {
    auto made = TRY(publish_within(tx, context, request));
    if (made.statements.empty()) return fail(ErrorCode::Conflict, "publish.nothing");
    TRY_VOID(note_publishing(tx, context, request, made));
    return made;
  });
  if (plan) {
    context.changed("log");
    context.changed("send");
  }
  return plan;
}

Result<std::int64_t> share_alert_automatically(store::Transaction& tx, const Context& context, std::int64_t alert) {
  std::int64_t sent = 0;
  for (const auto& stored : TRY(trust::all_in_force(tx, context.now()))) {
    if (!stored.agreement.terms.sends_automatically("alert")) continue;
    PublishRequest request;
    request.alert = alert;
    request.agreement = stored.agreement.id;
    sent += static_cast<std::int64_t>(TRY(Planner(tx, context, request, true).plan()).statements.size());
  }
  return sent;
}

}  // namespace tocsin::journeys
