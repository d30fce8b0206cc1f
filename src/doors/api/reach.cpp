#include "journeys/reach.h"

#include "doors/api/call.h"

namespace tocsin::api {
namespace {

Result<journeys::ReachRequest> request_of(const Call& call) {
  journeys::ReachRequest out;
  out.party = TRY(party_from(call.request.parameter("party").value_or("")));
  out.by = call.doer();
  const auto item = call.request.parameter("item"), alert = call.request.parameter("alert"),
             statement = call.request.parameter("statement");
  if (int{item.has_value()} + int{alert.has_value()} + int{statement.has_value()} != 1)
    return fail(ErrorCode::Malformed, "reach.one_thing");
  if (item) out.what = intel::ItemId{TRY(number_from(*item))};
  if (alert) out.what = journeys::AlertNumber{TRY(number_from(*alert))};
  if (statement) out.what = *statement;
  return out;
}

json::Value way_json(const Call& call, const journeys::Way& way) {
  json::Object out;
  out.set("state", way.delivery ? arrival(*way.delivery) : journeys::name(way.state));
  out.set("statement", way.statement ? json::Value(way.statement->hex()) : json::Value());
  out.set("agreement", way.agreement.empty() ? json::Value() : json::Value(way.agreement));
  out.set("title", way.agreement.empty() ? json::Value() : json::Value(way.title.in(call.language)));
  out.set("reason", way.reason.empty() ? json::Value() : call.reason(way.reason, way.args));
  out.set("at", or_null(way.at));
  out.set("earlier", way.is_earlier);
  return json::Value(std::move(out));
}

// "Why did X not reach Y?"
Result<Reply> explain(Call& call) {
  const journeys::ReachRequest request = TRY(request_of(call));
  TRY_VOID(people::permit(call.who, people::Action::SeeParties));  // it speaks of agreements and of how peers are
  const journeys::Reach found = TRY(journeys::reach(call.context(), request));
  json::Object out;
  const PartyNames names =
      TRY(call.db().read_value([&](store::Transaction& tx) { return PartyNames::load(tx, call.language); }));
  out.set("party", names.brief(request.party));
  out.set("reached", journeys::name(found.reached));
  out.set("says", call.say(fmt::format("reach.{}", journeys::name(found.reached)), {names.name(request.party)}));
  json::Array ways;
  for (const journeys::Way& way : found.ways) ways.push_back(way_json(call, way));
  out.set("ways", std::move(ways));
  return reply(json::Value(std::move(out)));
}

}  // namespace

void add_reach_endpoints(Endpoints& out) {
  out.push_back({"GET", "/api/reach", people::Action::SeeIntelligence, explain});
}

}  // namespace tocsin::api
