#include "journeys/retract.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/exchange/disowned.h"
#include "core/find/search.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "core/watch/hits.h"
#include "ground/base/log.h"
#include "journeys/alert.h"

namespace tocsin::journeys {
namespace {

// The next import of the same list does not bring back what we have taken back. What a newer version replaces makes
// room for it.
Result<void> bury_own(store::Transaction& tx, const Context& context, const std::string& stix_id,
                      const trust::Realm& realm, exchange::RetractReason reason, Time at) {
  if (reason == exchange::RetractReason::Superseded) return {};
  return intel::add_tombstone(tx, {context.self.party, stix_id, {}, realm}, exchange::name(reason), at);
}

bool concerns(const exchange::Retraction& retraction, const std::string& stix_id) {
  return retraction.objects.empty() ||
         std::find(retraction.objects.begin(), retraction.objects.end(), stix_id) != retraction.objects.end();
}

// Those who hold a statement, or may hold it, because we handed it to them.
Result<std::set<trust::PartyId>> holders_from_us(store::Transaction& tx, const std::vector<Digest>& targets) {
  std::set<trust::PartyId> out;
  for (const Digest& target : targets)
    for (const auto& row : TRY(exchange::recipients_of(tx, target)))
      if (exchange::may_be_there(row.state)) out.insert(row.party);
  return out;
}

// What an own retraction does to our own statements: marked, and emptied where its reason asks for it.
Result<void> note_own(store::Transaction& tx, const Context& context, const Digest& digest,
                      const exchange::Retraction& retraction) {
  TRY_VOID(exchange::keep_retraction(tx, digest, retraction, context.self.party, context.now()));
  for (const Digest& target : retraction.targets) {
    if (retraction.objects.empty()) TRY_VOID(exchange::mark_retracted(tx, target, digest));
    // Signed bytes cannot lose a part: what carried the object goes as a whole, its other objects stay as items.
    if (exchange::must_erase(retraction.reason))
      TRY_VOID(exchange::erase(tx, target, exchange::name(retraction.reason)));
  }
  return {};
}

// What was said to named persons is taken back apart: whoever else holds the object hears nothing of that. What was for
// everybody comes first.
Result<std::vector<exchange::Retraction>> by_readers(store::Transaction& tx, const exchange::Retraction& retraction) {
  std::map<std::set<trust::Person>, exchange::Retraction> out;
  for (const Digest& target : retraction.targets) {
    const trust::Label label = TRY(trust::label(tx, TRY(exchange::archived(tx, target)).label));
    const bool is_red = label.tlp == stix::Tlp::Red;
    auto [part, is_new] = out.try_emplace(is_red ? label.readers : std::set<trust::Person>{}, retraction);
    if (is_new) part->second.targets.clear();
    part->second.targets.push_back(target);
  }
  std::vector<exchange::Retraction> parts;
  for (auto& [readers, part] : out) parts.push_back(std::move(part));
  return parts;
}

Result<std::optional<Digest>> say_parts(store::Transaction& tx, const Context& context,
                                        const exchange::Retraction& retraction) {
  const std::set<trust::PartyId> holders = TRY(holders_from_us(tx, retraction.targets));
  std::optional<Digest> first;
  for (const exchange::Retraction& part : exchange::split(retraction)) {
    exchange::Statement statement;
    statement.kind = "retract";
    statement.in_reply_to = part.targets.front();
    statement.body = exchange::write_retraction(part);
    TRY(exchange::read_retraction(statement.body));  // what is signed and logged has to be readable for ever
    const auto issued = TRY(exchange::issue(tx, context.self, std::move(statement), {}, context.now()));
    TRY_VOID(note_own(tx, context, issued.digest(), part));
    for (const trust::PartyId& holder : holders) {
      TRY_VOID(exchange::expect_confirmation(tx, issued.digest(), holder));
      TRY_VOID(exchange::enqueue(tx, issued, "", holder, context.now()));
    }
    if (!first) first = issued.digest();
  }
  return first;
}

// Says it, in as many statements as its readers and their limits ask for, to everybody who holds something of it: each
// counts its own confirmations, and every holder is asked for each. The first one's digest.
Result<Digest> say_in_parts(store::Transaction& tx, const Context& context, const exchange::Retraction& retraction) {
  std::optional<Digest> first;
  for (const exchange::Retraction& part : TRY(by_readers(tx, retraction))) {
    const auto said = TRY(say_parts(tx, context, part));
    if (!first) first = said;
  }
  return *first;
}

// What we have said of an alert and not taken back; what has to be erased is taken back once more for that.
Result<std::vector<Digest>> said_of(store::Transaction& tx, alerts::AlertId alert, exchange::RetractReason reason) {
  std::vector<Digest> out;
  for (const alerts::Version& version : TRY(alerts::statements_about(tx, alert))) {
    const auto said = TRY(exchange::archived(tx, version.statement));
    const bool done = exchange::must_erase(reason) ? !said.erased_reason.empty() : said.retracted_by.has_value();
    if (!done) out.push_back(version.statement);
  }
  return out;
}

// Something is left of the alert, and somebody may still have to act on it.
bool is_worth_saying(const alerts::Alert& alert, Time now) {
  constexpr Duration kActedOn = base::hours(24);
  return !(alert.facts.indicators.empty() && alert.facts.values.empty()) &&
         (alert.state == alerts::State::Open || alert.acknowledged_at.value_or(now) >= now - kActedOn);
}

// Items end for one reason, and with them what has been said here because of them.
class Ending {
 public:
  Ending(store::Transaction& tx, const Context& context, exchange::RetractReason reason)
      : tx_(tx), context_(context), reason_(reason) {}

  Result<void> end(intel::ItemId item, const trust::PartyId& voucher, const std::string& stix_id,
                   const trust::Realm& realm) {
    const bool erase = exchange::must_erase(reason_);
    TRY_VOID(intel::retract(tx_, item, exchange::name(reason_), erase));
    TRY_VOID(relate::stop(tx_, item, erase));
    if (!erase) return {};
    TRY_VOID(find::remove(tx_, item));
    const auto hits = TRY(watch::erase_hits(tx_, item));
    std::set<alerts::AlertId> concerned(hits.alerts.begin(), hits.alerts.end());
    for (const alerts::AlertId alert : TRY(alerts::own_naming(tx_, stix_id, realm))) concerned.insert(alert);
    // What another party vouches for is another's ground, and so is what another indicator has shown on that host.
    std::vector<std::string> indicators;
    if (!TRY(intel::has_another_voucher(tx_, voucher, stix_id, realm))) indicators.push_back(stix_id);
    for (const alerts::AlertId alert : concerned) {
      std::vector<std::string> values;
      for (const std::string& value : hits.values)
        if (!TRY(watch::saw(tx_, alert, value))) values.push_back(value);
      if (TRY(alerts::erase(tx_, alert, indicators, values, context_.now()))) alerts_.insert(alert);
    }
    return {};
  }

  /// After the last. The alerts that named any of it are said anew without that, and what was said before is taken back
  /// from everybody who holds it.
  Result<void> finish() {
    for (const alerts::AlertId id : alerts_) {
      exchange::Retraction retraction;  // each its own: whoever holds one alert has no business with another
      retraction.reason = reason_;
      retraction.targets = TRY(said_of(tx_, id, reason_));
      if (retraction.targets.empty()) continue;
      const auto alert = TRY(alerts::by_statement(tx_, retraction.targets.back()));
      for (const Digest& said : retraction.targets)
        TRY_VOID(alerts::await_only_from(tx_, said, TRY(holders_from_us(tx_, {said}))));
      if (is_worth_saying(*alert, context_.now())) TRY_VOID(say_alert_again(tx_, context_, id));
      TRY(say_in_parts(tx_, context_, retraction));
    }
    return {};
  }

 private:
  store::Transaction& tx_;
  const Context& context_;
  const exchange::RetractReason reason_;
  std::set<alerts::AlertId> alerts_;
};

// The ack to a retraction: that it is applied here, and to whoever gave it first, how far it has come behind us.
// Counts, never names. Told to one only they add up to a tree: where two have given each other the target, progress
// would go in circles for ever.
Result<void> confirm(store::Transaction& tx, const Context& context, const Digest& retraction,
                     const trust::PartyId& to) {
  const auto stored = TRY(exchange::retraction(tx, retraction));
  if (!stored) return {};  // passed over: there is nothing to count
  std::int64_t holders = 0, confirmed = 0;
  const auto givers = TRY(exchange::givers_of(tx, retraction));
  const bool is_first = givers.empty() || givers.front() == to;
  for (const auto& holder : stored->holders) {
    if (!is_first || holder.party == to) continue;
    holders += 1 + holder.onward_holders;
    confirmed += (holder.confirmed_at ? 1 : 0) + holder.onward_confirmed;
  }
  exchange::Statement ack;
  ack.kind = "ack";
  ack.realm = TRY(exchange::archived(tx, retraction)).realm;
  ack.in_reply_to = retraction;
  json::Object body;
  body.set("of", "retract");
  body.set("applied", true);
  body.set("onward_holders", holders);
  body.set("onward_confirmed", confirmed);
  ack.body = std::move(body);
  const auto issued = TRY(exchange::issue(tx, context.self, std::move(ack), {}, context.now()));
  return exchange::enqueue(tx, issued, "", to, context.now());
}

// Who takes back a statement because its content is wrong or must not be had takes back that content, wherever it went
// and here. One that should not have gone there, or that a later one replaces, leaves the rest as it is.
bool concerns_content(exchange::RetractReason reason) {
  return reason == exchange::RetractReason::Wrong || exchange::must_erase(reason);
}

// Our copies of an object, and the statements that carried it, join the retraction.
Result<std::vector<intel::Item>> take_in(store::Transaction& tx, const Context& context, const std::string& stix_id,
                                         const trust::Scope& scope, exchange::Retraction& retraction) {
  std::vector<intel::Item> ours;
  for (intel::Item& copy : TRY(intel::copies(tx, stix_id, scope)))
    if (copy.voucher == context.self.party) ours.push_back(std::move(copy));
  retraction.objects.push_back(stix_id);
  for (const Digest& target : TRY(exchange::carrying(tx, context.self.party, stix_id)))
    if (std::find(retraction.targets.begin(), retraction.targets.end(), target) == retraction.targets.end())
      retraction.targets.push_back(target);
  return ours;
}

}  // namespace

Result<std::optional<Digest>> retract(const Context& context, const RetractRequest& request) {
  auto outcome = context.db->write_value([&](store::Transaction& tx) -> Result<std::optional<Digest>> {
    const trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{{context.self.party, request.by.account}}));
    exchange::Retraction retraction;
    retraction.reason = request.reason;
    retraction.note = request.note;
    std::vector<intel::Item> items;
    if (request.item) {
      const intel::Item item = TRY(intel::item(tx, *request.item, scope));
      if (item.voucher != context.self.party) return fail(ErrorCode::Forbidden, "retract.not_ours", {item.stix_id});
      items = TRY(take_in(tx, context, item.stix_id, scope, retraction));
    } else if (request.statement) {
      const auto statement = TRY(exchange::archived(tx, *request.statement));
      if (statement.author != context.self.party)
        return fail(ErrorCode::Forbidden, "retract.not_ours", {request.statement->hex()});
      if (!scope.contains(statement.label))
        return fail(ErrorCode::NotFound, "statement.unknown", {request.statement->hex()});
      retraction.targets = {*request.statement};
      const auto alert = TRY(alerts::by_statement(tx, *request.statement));
      if (alert && concerns_content(request.reason)) {
        for (const Digest& said : TRY(said_of(tx, alert->id, request.reason)))
          if (said != *request.statement) retraction.targets.push_back(said);
      }
      if (concerns_content(request.reason))
        for (const std::string& object : TRY(exchange::carried_by(tx, *request.statement)))
          for (intel::Item& ours : TRY(take_in(tx, context, object, scope, retraction)))
            items.push_back(std::move(ours));
    }
    Ending ending(tx, context, request.reason);
    for (const intel::Item& item : items) {
      const trust::Realm realm = TRY(trust::label(tx, item.label)).realm;
      TRY_VOID(ending.end(item.item, context.self.party, item.stix_id, realm));
      TRY_VOID(bury_own(tx, context, item.stix_id, realm, request.reason, context.now()));
    }
    TRY_VOID(ending.finish());
    if (retraction.targets.empty()) {  // never left this house
      TRY_VOID(
          note_deed(tx, context, request.by, "retract", retraction.objects.empty() ? "" : retraction.objects.front()));
      return std::optional<Digest>{};
    }

    const Digest first = TRY(say_in_parts(tx, context, retraction));
    TRY_VOID(note_deed(tx, context, request.by, "retract", first.hex()));
    return std::optional(first);
  });
  if (outcome) {
    context.changed("retraction");
    context.changed("intel");
    context.changed("send");
  }
  return outcome;
}

Result<void> retract_what_came_back(store::Transaction& tx, const Context& context,
                                    const exchange::IncomingStatement& in) {
  const Digest digest = in.statement.digest();
  if (!TRY(exchange::retractions_of(tx, digest, context.self.party)).empty()) return {};
  std::map<exchange::RetractReason, exchange::Retraction> said;
  for (const std::string& object : TRY(exchange::carried_by(tx, digest))) {
    const auto buried = TRY(intel::tombstone(tx, {context.self.party, object, {}, in.statement->realm}));
    const auto reason = buried ? exchange::retract_reason_from_name(buried->reason) : std::nullopt;
    if (!reason) continue;
    exchange::Retraction& retraction = said[*reason];
    retraction.reason = *reason;
    retraction.targets = {digest};
    retraction.objects.push_back(object);
  }
  for (const auto& [reason, retraction] : said) TRY(say_in_parts(tx, context, retraction));
  return {};
}

Result<void> apply_own_retraction(store::Transaction& tx, const Context& context,
                                  const exchange::IncomingStatement& in) {
  const exchange::Retraction retraction = TRY(exchange::read_retraction(in.statement->body));
  Ending ending(tx, context, retraction.reason);
  for (const std::string& object : retraction.objects) {
    for (const intel::ItemId item : TRY(intel::of_voucher(tx, context.self.party, object, in.statement->realm)))
      TRY_VOID(ending.end(item, context.self.party, object, in.statement->realm));
    TRY_VOID(bury_own(tx, context, object, in.statement->realm, retraction.reason, in.statement->time));
  }
  TRY_VOID(ending.finish());
  TRY_VOID(note_own(tx, context, in.statement.digest(), retraction));
  for (const trust::PartyId& holder : TRY(holders_from_us(tx, retraction.targets))) {
    TRY_VOID(exchange::expect_confirmation(tx, in.statement.digest(), holder));
    if (holder != in.sender) TRY_VOID(exchange::enqueue(tx, in.statement, "", holder, context.now()));
  }
  return {};
}

Result<void> apply_earlier_retractions(store::Transaction& tx, const Context& context, const Digest& statement,
                                       const trust::PartyId& author) {
  for (const auto& stored : TRY(exchange::retractions_of(tx, statement, author))) {
    const trust::Realm realm = TRY(exchange::archived(tx, statement)).realm;
    if (TRY(exchange::archived(tx, stored.digest)).realm != realm) continue;
    const exchange::Retraction& retraction = stored.retraction;
    Ending ending(tx, context, retraction.reason);
    for (const intel::Item& item : TRY(intel::of_statement(tx, statement)))
      if (concerns(retraction, item.stix_id)) TRY_VOID(ending.end(item.item, item.voucher, item.stix_id, realm));
    TRY_VOID(ending.finish());
    if (retraction.objects.empty()) TRY_VOID(exchange::mark_retracted(tx, statement, stored.digest));
    if (exchange::must_erase(retraction.reason))
      TRY_VOID(exchange::erase(tx, statement, exchange::name(retraction.reason)));
  }
  return {};
}

Result<void> take_retraction(store::Transaction& tx, const Context& context, const exchange::IncomingStatement& in) {
  const exchange::Retraction retraction = TRY(exchange::read_retraction(in.statement->body));
  const trust::PartyId& author = in.statement->author;
  const trust::Realm& realm = in.statement->realm;
  const Digest digest = in.statement.digest();
  const bool erases = exchange::must_erase(retraction.reason);
  for (const Digest& target : retraction.targets) {  // all are looked at before one is touched
    const auto known = exchange::archived(tx, target);
    if (known && known->author != author) return fail(ErrorCode::Forbidden, "retract.not_the_author");
    if (known && known->realm != realm) return fail(ErrorCode::Forbidden, "statement.other_realm");
  }
  Ending ending(tx, context, retraction.reason);
  for (const Digest& target : retraction.targets) {
    const bool known = exchange::archived(tx, target).has_value();
    for (const intel::Item& item : TRY(intel::of_statement(tx, target)))
      if (concerns(retraction, item.stix_id)) TRY_VOID(ending.end(item.item, item.voucher, item.stix_id, realm));
    if (retraction.objects.empty()) {
      TRY_VOID(intel::add_tombstone(tx, {author, "", target, realm}, exchange::name(retraction.reason), context.now()));
      if (known) TRY_VOID(exchange::mark_retracted(tx, target, digest));
    }
    if (known && erases) TRY_VOID(exchange::erase(tx, target, exchange::name(retraction.reason)));
  }
  if (retraction.objects.empty())
    for (const Digest& target : retraction.targets) TRY_VOID(take_alert_back(tx, context, target, erases));
  // The author's retraction of an object covers all statements of it, those that arrive later too.
  for (const std::string& object : retraction.objects) {
    TRY_VOID(intel::add_tombstone(tx, {author, object, {}, realm}, exchange::name(retraction.reason), context.now()));
    for (const intel::ItemId item : TRY(intel::of_voucher(tx, author, object, realm)))
      TRY_VOID(ending.end(item, author, object, realm));
  }
  TRY_VOID(ending.finish());
  TRY_VOID(exchange::keep_retraction(tx, digest, retraction, author, context.now()));
  const auto statement = TRY(exchange::archived(tx, digest));
  for (const trust::PartyId& holder : TRY(holders_from_us(tx, retraction.targets))) {
    if (holder == author) continue;
    TRY_VOID(exchange::expect_confirmation(tx, digest, holder));
    TRY_VOID(exchange::enqueue(tx, statement, "", holder, context.now()));
  }
  return confirm(tx, context, digest, in.sender);
}

Result<void> disown(store::Transaction& tx, const Context& context, const std::vector<exchange::Renewed>& renewed) {
  constexpr auto kReason = exchange::RetractReason::Wrong;
  for (const auto& [before, now] : renewed) {
    Ending ending(tx, context, kReason);
    for (const exchange::Archived& statement : TRY(exchange::disowned(tx, before, *now))) {
      for (const intel::Item& item : TRY(intel::of_statement(tx, statement.digest)))
        TRY_VOID(ending.end(item.item, item.voucher, item.stix_id, statement.realm));
      TRY_VOID(intel::add_tombstone(tx, {statement.author, "", statement.digest, statement.realm},
                                    exchange::name(kReason), context.now()));
      TRY_VOID(exchange::mark_retracted(tx, statement.digest, now.signed_bytes().digest()));
      TRY_VOID(take_alert_back(tx, context, statement.digest, false));
      base::log_warning("{} no longer stands for statement {}", statement.author.text(), statement.digest.hex());
    }
    TRY_VOID(ending.finish());
  }
  return {};
}

Result<void> confirm_again(store::Transaction& tx, const Context& context, const Digest& retraction,
                           const trust::PartyId& giver) {
  for (const auto& ack : TRY(exchange::replies_to(tx, context.self.party, retraction, "ack")))
    if (TRY(exchange::is_on_its_way(tx, ack.digest, giver))) return {};
  return confirm(tx, context, retraction, giver);
}

Result<void> take_retraction_ack(store::Transaction& tx, const Context& context,
                                 const exchange::IncomingStatement& in) {
  const Digest target = *in.statement->in_reply_to;
  const auto holder = TRY(exchange::read_confirmation(in.statement->body, in.statement->author, context.now()));
  if (!TRY(exchange::take_confirmation(tx, target, holder))) return fail(ErrorCode::NotFound, "retract.nobody_asked");
  // Where the retraction was somebody else's, they hear of the progress behind us.
  const auto statement = TRY(exchange::archived(tx, target));
  if (statement.author == context.self.party) return {};
  const auto givers = TRY(exchange::givers_of(tx, target));
  return givers.empty() ? Result<void>{} : confirm(tx, context, target, givers.front());
}

}  // namespace tocsin::journeys
