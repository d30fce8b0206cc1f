#include "journeys/reach.h"

#include <algorithm>
#include <functional>
#include <set>

#include "core/exchange/evidence_export.h"
#include "core/trust/agreements.h"
#include "duty/alerts/alerts.h"
#include "journeys/publish.h"

namespace tocsin::journeys {
namespace {

using exchange::DeliveryState;

// One statement in which it was said.
struct Saying {
  exchange::Archived statement;
  bool is_earlier = false;  ///< it said an earlier version
};

// What is asked about, as this reader may know of it.
struct Subject {
  std::vector<Saying> sayings;  ///< the newest first
  PublishRequest again;         ///< what would be published; nothing where it is of a kind that nobody publishes
  std::string gone;             ///< message id: taken back or erased, so that nothing of it goes out any more
  bool can_be_published() const { return !again.items.empty() || again.alert; }
};

class Explainer {
 public:
  Explainer(store::Transaction& tx, const Context& context, const ReachRequest& request, trust::Scope scope)
      : tx_(tx), context_(context), request_(request), scope_(std::move(scope)) {}

  Result<Reach> explain() {
    peer_ = TRY(trust::party(tx_, request_.party));
    if (peer_.own) return fail(ErrorCode::NotFound, "peers.unknown", {request_.party.text()});
    in_force_ = TRY(trust::in_force_between(tx_, context_.self.party, peer_.id, context_.now()));
    TRY_VOID(find());
    for (const Saying& saying : subject_.sayings) TRY_VOID(add_said(saying));
    TRY_VOID(add_not_said());
    out_.reached = TRY(verdict());
    return std::move(out_);
  }

 private:
  Result<void> find() {
    subject_.again.by = request_.by;
    if (const auto* item = std::get_if<intel::ItemId>(&request_.what)) return find_item(*item);
    if (const auto* alert = std::get_if<AlertNumber>(&request_.what)) return find_alert(alert->number);
    return find_statement(std::get<std::string>(request_.what));
  }

  Result<void> find_item(intel::ItemId id) {
    const intel::Item item = TRY(intel::item(tx_, id, scope_));
    subject_.again.items = {id};
    if (item.erased) subject_.gone = "release.erased";
    if (!item.retracted.empty()) subject_.gone = "release.retracted";
    for (const intel::Provenance& origin : TRY(intel::provenance(tx_, id)))
      if (origin.statement) TRY_VOID(add_saying(*origin.statement, [](const auto&) { return false; }));
    // Of our own statements it is written down which object they carried; which version of it, their time says.
    const auto is_earlier = [&](const exchange::Archived& statement) { return statement.received < item.received; };
    if (item.voucher == context_.self.party)
      for (const Digest& digest : TRY(exchange::carrying(tx_, context_.self.party, item.stix_id)))
        TRY_VOID(add_saying(digest, is_earlier));
    std::reverse(subject_.sayings.begin(), subject_.sayings.end());
    return {};
  }

  Result<void> find_alert(alerts::AlertId id) {
    TRY(alerts::alert(tx_, id, scope_));
    subject_.again.alert = id;
    std::set<Digest> newest;
    for (const alerts::Version& version : TRY(alerts::newest_statements(tx_, id, &scope_)))
      newest.insert(version.statement);
    for (const alerts::Version& version : TRY(alerts::statements_about(tx_, id, &scope_)))
      TRY_VOID(add_saying(version.statement, [&](const auto&) { return !newest.contains(version.statement); }));
    std::reverse(subject_.sayings.begin(), subject_.sayings.end());
    return {};
  }

  Result<void> find_statement(std::string_view beginning) {
    const exchange::Archived found = TRY(exchange::find_archived(tx_, beginning, scope_));
    subject_.sayings.push_back({found, false});
    if (!found.erased_reason.empty()) subject_.gone = "release.erased";
    if (found.retracted_by) subject_.gone = "release.retracted";
    if (found.author != context_.self.party) {
      for (const intel::Item& item : TRY(intel::of_statement(tx_, found.digest)))
        subject_.again.items.push_back(item.item);
    } else {
      for (const std::string& id : TRY(exchange::carried_by(tx_, found.digest)))
        for (const intel::ItemId item : TRY(intel::of_voucher(tx_, found.author, id, found.realm)))
          subject_.again.items.push_back(item);
    }
    if (const auto alert = TRY(alerts::by_statement(tx_, found.digest)); alert && scope_.contains(alert->label))
      subject_.again.alert = alert->id;
    return {};
  }

  using IsEarlier = std::function<bool(const exchange::Archived&)>;
  Result<void> add_saying(const Digest& digest, const IsEarlier& is_earlier) {
    const auto& had = subject_.sayings;
    const bool is_known =
        std::any_of(had.begin(), had.end(), [&](const Saying& one) { return one.statement.digest == digest; });
    if (is_known || !TRY(exchange::is_readable(tx_, digest, scope_))) return {};
    exchange::Archived statement = TRY(exchange::archived(tx_, digest));
    const bool earlier = is_earlier(statement);
    subject_.sayings.push_back({std::move(statement), earlier});
    return {};
  }

  Result<trust::Names> title_of(const trust::AgreementId& agreement) {
    if (agreement.empty()) return trust::Names{};
    return TRY(trust::latest_agreement(tx_, agreement)).agreement.terms.title;
  }

  // The ledger knows what was decided, the queue what was not.
  Result<void> add_said(const Saying& saying) {
    const exchange::Archived& statement = saying.statement;
    std::vector<Way> ways;
    for (const exchange::LedgerRow& row : TRY(exchange::sent_to(tx_, statement.digest, peer_.id))) {
      // The last word counts, but what may be there is not made undone by what was withheld later.
      std::erase_if(ways, [&](const Way& way) {
        return way.agreement == row.agreement &&
               (!exchange::may_be_there(*way.delivery) || exchange::may_be_there(row.state));
      });
      Way way{Way::State::Said,
              row.state,
              statement.digest,
              row.agreement,
              TRY(title_of(row.agreement)),
              row.reason,
              row.reason_args,
              row.receipted.value_or(row.at)};
      // A receipt is all that is missing of what has gone.
      if (row.state == DeliveryState::Sent)
        set_reason(way, TRY(exchange::what_keeps(tx_, {row.agreement, row.at}, statement.kind, peer_, context_.now())));
      ways.push_back(std::move(way));
    }
    for (const exchange::InQueue& place : TRY(exchange::in_queue(tx_, statement.digest, peer_.id)))
      if (auto way = TRY(waiting(statement, place))) ways.push_back(std::move(*way));
    for (Way& way : ways) {
      way.is_earlier = saying.is_earlier;
      add(std::move(way));
    }
    return {};
  }

  // As it will be decided when its turn comes; none where the stream is of an agreement of others.
  Result<std::optional<Way>> waiting(const exchange::Archived& statement, const exchange::InQueue& place) {
    Way way{Way::State::Waiting, {}, statement.digest, place.agreement, {}, "", {}, {}};
    std::optional<trust::StoredAgreement> agreement;
    bool is_in_force = true;
    if (!place.agreement.empty()) {
      agreement = TRY(trust::latest_agreement(tx_, place.agreement));
      if (!agreement->agreement.has(peer_.id)) return std::optional<Way>{};
      way.title = agreement->agreement.terms.title;
      const auto found = std::find_if(in_force_.begin(), in_force_.end(), [&](const trust::StoredAgreement& stored) {
        return stored.agreement.id == place.agreement;
      });
      is_in_force = found != in_force_.end();
      if (is_in_force) agreement = *found;
    }
    trust::Decision decision{false, "release.no_agreement", {}};
    if (is_in_force)
      decision = exchange::decide_to_send(context_.self, peer_, agreement ? &*agreement : nullptr, statement,
                                          TRY(trust::label(tx_, statement.label)));
    way.at = place.since;
    if (decision.permitted) {
      set_reason(way, TRY(exchange::what_keeps(tx_, place, statement.kind, peer_, context_.now())));
      return std::optional(std::move(way));
    }
    way.reason = decision.reason;
    way.args = decision.args;
    // Persons will compare the number, or lift the quarantine: until then it keeps its place.
    const bool keeps_its_place = decision.reason == "release.not_verified" || decision.reason == "release.quarantined";
    if (!keeps_its_place) way.state = Way::State::MayNotGo;
    if (keeps_its_place && peer_.state == trust::PeerState::Suspended) way.reason = "peers.suspended_here";
    return std::optional(std::move(way));
  }

  static void set_reason(Way& way, std::optional<Error> error) {
    if (!error) return;
    way.reason = std::move(error->id);
    way.args = std::move(error->args);
  }

  bool is_on_its_way(const trust::AgreementId& agreement) const {
    return std::any_of(out_.ways.begin(), out_.ways.end(), [&](const Way& way) {
      return !way.is_earlier && way.agreement == agreement &&
             (way.state == Way::State::Waiting || (way.delivery && exchange::may_be_there(*way.delivery)));
    });
  }

  // What publishing it now would do.
  Result<void> add_not_said() {
    if (!subject_.gone.empty()) {
      add({Way::State::MayNotGo, {}, {}, "", {}, subject_.gone, {}, {}});
      return {};
    }
    if (!subject_.can_be_published()) {
      if (out_.ways.empty()) add({Way::State::MayNotGo, {}, {}, "", {}, "reach.not_said_to_it", {}, {}});
      return {};
    }
    const PublishPlan plan = TRY(preview_within(tx_, context_, subject_.again));
    for (const PlannedRecipient& to : plan.recipients) {
      if (to.party != peer_.id || is_on_its_way(to.agreement_id)) continue;
      if (to.permitted > 0) add({Way::State::MayGo, {}, {}, to.agreement_id, to.agreement_title, "", {}, {}});
      for (const RefusedCount& refused : to.refused)
        add({Way::State::MayNotGo, {}, {}, to.agreement_id, to.agreement_title, refused.reason, refused.args, {}});
    }
    for (const NotARecipient& not_to : plan.not_recipients)
      if (not_to.party == peer_.id) add({Way::State::MayNotGo, {}, {}, "", {}, not_to.reason, not_to.args, {}});
    return {};
  }

  // One reason is said once.
  void add(Way way) {
    const bool is_known = std::any_of(out_.ways.begin(), out_.ways.end(), [&](const Way& known) {
      return !way.statement && !way.reason.empty() && known.agreement == way.agreement && known.reason == way.reason &&
             known.args == way.args;
    });
    if (!is_known) out_.ways.push_back(std::move(way));
  }

  Result<Reached> verdict() {
    const auto any = [&](auto holds) {
      return std::any_of(out_.ways.begin(), out_.ways.end(),
                         [&](const Way& way) { return !way.is_earlier && holds(way); });
    };
    if (any([](const Way& way) { return way.delivery == DeliveryState::Receipted; })) return Reached::There;
    if (any([](const Way& way) { return way.delivery && exchange::may_be_there(*way.delivery); })) return Reached::Gone;
    if (any([](const Way& way) { return way.state == Way::State::Waiting; })) return Reached::Waiting;
    // Our own words come back after a restore: that does not make them theirs.
    for (const Saying& saying : subject_.sayings) {
      if (saying.statement.author == context_.self.party) continue;
      const auto givers = TRY(exchange::givers_of(tx_, saying.statement.digest));
      if (std::find(givers.begin(), givers.end(), peer_.id) != givers.end()) return Reached::Source;
    }
    return Reached::NotThere;
  }

  store::Transaction& tx_;
  const Context& context_;
  const ReachRequest& request_;
  const trust::Scope scope_;
  trust::Party peer_;
  std::vector<trust::StoredAgreement> in_force_;  // with the peer
  Subject subject_;
  Reach out_;
};

}  // namespace

std::string_view name(Reached reached) {
  switch (reached) {
    case Reached::There:
      return "there";
    case Reached::Gone:
      return "gone";
    case Reached::Waiting:
      return "waiting";
    case Reached::Source:
      return "source";
    case Reached::NotThere:
      return "not_there";
  }
  return "";
}

std::string_view name(Way::State state) {
  switch (state) {
    case Way::State::Said:
      return "said";
    case Way::State::Waiting:
      return "waiting";
    case Way::State::MayGo:
      return "may_go";
    case Way::State::MayNotGo:
      return "may_not_go";
  }
  return "";
}

Result<Reach> reach(const Context& context, const ReachRequest& request) {
  return context.db->read_value([&](store::Transaction& tx) -> Result<Reach> {
    trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{{context.self.party, request.by.account}}));
    return Explainer(tx, context, request, std::move(scope)).explain();
  });
}

}  // namespace tocsin::journeys
