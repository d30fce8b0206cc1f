#include "doors/api/call.h"

#include "core/exchange/archive.h"

namespace tocsin::api {

json::Value Call::reason(std::string_view id, const std::vector<std::string>& args) const {
  json::Object out;
  out.set("id", id);
  out.set("message", say(id, args));
  return out;
}

Result<int> Call::limit() const {
  const auto given = request.parameter("limit");
  if (!given) return 50;
  const auto number = number_from(*given);
  if (!number || *number < 1 || *number > 500) return fail(ErrorCode::Malformed, "api.bad_limit");
  return static_cast<int>(*number);
}

Result<std::int64_t> Call::cursor() const {
  const auto given = request.parameter("cursor");
  if (!given || given->empty()) return std::int64_t{0};
  const auto number = number_from(*given);
  if (!number) return fail(ErrorCode::Malformed, "api.bad_cursor");
  return *number;
}

json::Value page(json::Array items, std::optional<std::string> next, std::optional<std::int64_t> total) {
  json::Object out;
  out.set("items", std::move(items));
  out.set("next", next ? json::Value(*next) : json::Value());
  out.set("total", total ? json::Value(*total) : json::Value());
  return out;
}

json::Value names_of(const trust::Names& names) {
  json::Object out;
  out.set("en", names.in("en"));
  out.set("fr", names.in("fr"));
  out.set("vi", names.in("vi"));
  return out;
}

json::Array words(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

json::Value or_null(const std::optional<Time>& time) {
  return time ? json::Value(base::to_rfc3339(*time)) : json::Value();
}

Result<PartyNames> PartyNames::load(store::Transaction& tx, std::string_view language) {
  PartyNames out;
  const auto own = TRY(trust::own_party(tx));
  out.names_[own.id] = own.descriptor.name.in(language);
  for (const auto& peer : TRY(trust::peers(tx))) out.names_[peer.id] = peer.descriptor.name.in(language);
  for (const auto& author : TRY(exchange::authors(tx)))
    out.names_.try_emplace(author->party, author->name.in(language));
  return out;
}

std::string PartyNames::name(const trust::PartyId& id) const {
  const auto found = names_.find(id);
  return found != names_.end() ? found->second : id.text().substr(0, 8);
}

json::Value PartyNames::brief(const trust::PartyId& id) const {
  json::Object out;
  out.set("party_id", id.text());
  out.set("name", name(id));
  return out;
}

std::string_view arrival(exchange::DeliveryState state) {
  return name(state == exchange::DeliveryState::Receipted ? exchange::DeliveryState::Received : state);
}

Result<trust::PartyId> party_from(std::string_view text) {
  const auto id = trust::PartyId::parse(text);
  if (!id) return fail(ErrorCode::Malformed, "peers.bad_id", {std::string(text.substr(0, 60))});
  return *id;
}

Result<Digest> digest_from(std::string_view hex) {
  const auto digest = Digest::from_hex(hex);
  if (!digest) return fail(ErrorCode::Malformed, "api.bad_digest");
  return *digest;
}

Result<std::int64_t> number_from(std::string_view text) {
  std::int64_t out = 0;
  if (text.empty() || text.size() > 18) return fail(ErrorCode::Malformed, "api.bad_number");
  for (char c : text) {
    if (c < '0' || c > '9') return fail(ErrorCode::Malformed, "api.bad_number");
    out = out * 10 + (c - '0');
  }
  return out;
}

Result<void> audit(store::Transaction& tx, const Call& call, std::string_view action, std::string_view target) {
  return journeys::note_deed(tx, call.context(), call.doer(), action, target);
}

}  // namespace tocsin::api
