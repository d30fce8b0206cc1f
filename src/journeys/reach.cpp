#include "journeys/reach.h"

#include <algorithm>

#include "core/exchange/evidence_export.h"
#include "core/trust/agreements.h"
#include "duty/alerts/alerts.h"
#include "journeys/publish.h"

namespace tocsin::journeys {
namespace {

using exchange::DeliveryState;

// What is asked about, as this reader may know of it.
struct Subject {
  std::vector<Digest> statements;  ///< in which it was said, the newest first
  PublishRequest again;            ///< what would be published; nothing where it is of a kind that nobody publishes
  std::string gone;                ///< message id: taken back or erased, so that nothing of it goes out any more
  bool can_be_published() const { return !again.items.empty() || again.alert; }
};

class Explainer {
 public:
  Explainer(store::Transaction& tx, const Context& context, const ReachRequest& request, trust::Scope scope)
      : tx_(tx), context_(context), request_(request), scope_(std::move(scope)) {}

  Result<Reach> explain() {
    peer_ = TRY(trust::party(tx_, request_.party));
    if (peer_.own) return fail(ErrorCode::NotFound, "peers.unknown", {request_.party.text()});
    TRY_VOID(find());
    bool from_there = false;
    for (const Digest& statement : subject_.statements) {
      TRY_VOID(add_said(statement));
      for (const trust::PartyId& giver : TRY(exchange::givers_of(tx_, statement)))
        from_there = from_there || giver == peer_.id;
    }
    TRY_VOID(add_not_said());
    out_.reached = from_there ? Reached::Source : verdict();
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
      if (origin.statement) TRY_VOID(add_statement(*origin.statement));
    if (item.voucher == context_.self.party)
      for (const Digest& digest : TRY(exchange::carrying(tx_, context_.self.party, item.stix_id)))
        TRY_VOID(add_statement(digest));
    std::reverse(subject_.statements.begin(), subject_.statements.end());
    return {};
  }

  Result<void> find_alert(alerts::AlertId id) {
    TRY(alerts::alert(tx_, id, scope_));
    subject_.again.alert = id;
    for (const alerts::Version& version : TRY(alerts::statements_about(tx_, id, &scope_)))
      TRY_VOID(add_statement(version.statement));
    std::reverse(subject_.statements.begin(), subject_.statements.end());
    return {};
  }

  Result<void> find_statement(std::string_view beginning) {
    const exchange::Archived found = TRY(exchange::find_archived(tx_, beginning, scope_));
    subject_.statements = {found.digest};
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

  Result<void> add_statement(const Digest& statement) {
    const auto& had = subject_.statements;
    if (std::find(had.begin(), had.end(), statement) == had.end() && TRY(exchange::is_readable(tx_, statement, scope_)))
      subject_.statements.push_back(statement);
    return {};
  }

  Result<trust::Names> title_of(const trust::AgreementId& agreement) {
    if (agreement.empty()) return trust::Names{};
    return TRY(trust::latest_agreement(tx_, agreement)).agreement.terms.title;
  }

  // The ledger knows what was decided, the queue what was not.
  Result<void> add_said(const Digest& statement) {
    std::vector<Way> ways;
    for (const exchange::LedgerRow& row : TRY(exchange::recipients_of(tx_, statement))) {
      if (row.party != peer_.id) continue;
      std::erase_if(ways, [&](const Way& way) { return way.agreement == row.agreement; });  // the last word counts
      ways.push_back({Way::State::Said, row.state, statement, row.agreement, TRY(title_of(row.agreement)), row.reason,
                      row.reason_args, row.receipted.value_or(row.at)});
    }
    for (const trust::AgreementId& stream :
         TRY(exchange::waits_in(tx_, statement, peer_, context_.self, context_.now()))) {
      Way way{Way::State::Waiting, {}, statement, stream, TRY(title_of(stream)), "", {}, {}};
      set_reason(way, TRY(exchange::what_keeps(tx_, stream, peer_, context_.self, context_.now(), &scope_)));
      ways.push_back(std::move(way));
    }
    for (Way& way : ways) {
      // A receipt is all that is missing of what has gone.
      if (way.delivery == DeliveryState::Sent)
        set_reason(way, TRY(exchange::what_keeps(tx_, way.agreement, peer_, context_.self, context_.now(), &scope_)));
      out_.ways.push_back(std::move(way));
    }
    return {};
  }

  static void set_reason(Way& way, std::optional<Error> error) {
    if (!error) return;
    way.reason = std::move(error->id);
    way.args = std::move(error->args);
  }

  bool is_on_its_way(const trust::AgreementId& agreement) const {
    return std::any_of(out_.ways.begin(), out_.ways.end(), [&](const Way& way) {
      return way.agreement == agreement &&
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
      return !way.reason.empty() && known.agreement == way.agreement && known.reason == way.reason &&
             known.args == way.args;
    });
    if (!is_known) out_.ways.push_back(std::move(way));
  }

  Reached verdict() const {
    const auto any = [&](auto holds) { return std::any_of(out_.ways.begin(), out_.ways.end(), holds); };
    if (any([](const Way& way) { return way.delivery == DeliveryState::Receipted; })) return Reached::There;
    if (any([](const Way& way) { return way.delivery && exchange::may_be_there(*way.delivery); })) return Reached::Gone;
    if (any([](const Way& way) { return way.state == Way::State::Waiting; })) return Reached::Waiting;
    return Reached::NotThere;
  }

  store::Transaction& tx_;
  const Context& context_;
  const ReachRequest& request_;
  const trust::Scope scope_;
  trust::Party peer_;
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
