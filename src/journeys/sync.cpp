#include "journeys/sync.h"

#include "core/exchange/refusal.h"
#include "ground/base/log.h"
#include "ground/net/status.h"
#include "journeys/introduce.h"
#include "journeys/receive.h"

namespace tocsin::journeys {
namespace {

std::optional<ErrorCode> code_from_name(std::string_view text) {
  for (ErrorCode code : {ErrorCode::Malformed, ErrorCode::Unauthenticated, ErrorCode::Forbidden, ErrorCode::NotFound,
                         ErrorCode::Conflict, ErrorCode::TooLarge, ErrorCode::TooFast, ErrorCode::Timeout,
                         ErrorCode::Unavailable, ErrorCode::Corrupt, ErrorCode::Internal})
    if (base::name(code) == text) return code;
  return std::nullopt;
}

PeerAnswer refuse(const exchange::Refusal& refusal) {
  return {net::http_status(refusal.error.code), "application/json", write_refusal(refusal)};
}

struct PeerRefusal {
  Error error;
  std::optional<Digest> envelope = {}, statement = {};
  std::optional<trust::Signed> held = {};
};

// A peer's error is foreign text: only words of our own protocol are taken from it.
PeerRefusal read_refusal(int status, std::string_view body) {
  PeerRefusal out{Error{ErrorCode::Unavailable, "sync.peer_error", {std::to_string(status)}, {}}};
  const auto value = json::parse(body, {.bytes = 1u << 16, .depth = 8});
  const json::Value* error = value ? value->find("error") : nullptr;
  if (!error) return out;
  const auto code = code_from_name(error->text("code"));
  const std::string id = error->text("id");
  const bool plain = !id.empty() && id.size() <= 64 &&
                     id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.0123456789") == std::string::npos;
  if (!code || !plain) return out;
  out.error = Error{*code, id, {}, {}};
  if (const json::Value* args = error->find("args"); args && args->array())
    for (const auto& arg : *args->array())
      if (arg.string() && arg.string()->size() <= 200 && out.error.args.size() < 8)
        out.error.args.push_back(*arg.string());
  out.envelope = Digest::from_hex(error->text("envelope"));
  out.statement = Digest::from_hex(error->text("statement"));
  if (const json::Value* held = error->find("held")) out.held = trust::Signed{held->text("jws"), held->text("payload")};
  return out;
}

Result<Exchanged> failed(const Context& context, const trust::PartyId& peer, const Error& error) {
  TRY_VOID(
      context.db->write([&](store::Transaction& tx) { return trust::note_failure(tx, peer, error, context.now()); }));
  context.changed("peer");
  return tl::unexpected(error);
}

Result<void> note_undelivered(const Context& context, const trust::PartyId& peer, const Error& error) {
  TRY_VOID(context.db->write([&](store::Transaction& tx) { return trust::note_undelivered(tx, peer, error); }));
  context.changed("peer");
  return {};
}

// What the recipient's refusal changes here: a statement is set aside, its stream rests, or an envelope proves to have
// arrived after all. False where nothing changes, so that the same would be refused again.
Result<bool> take(const Context& context, const trust::PartyId& peer_id, const PeerRefusal& refusal) {
  if (!refusal.envelope) return false;
  const exchange::Consequence consequence = exchange::consequence_of(refusal.error);
  const bool changed = TRY(context.db->write_value([&](store::Transaction& tx) -> Result<bool> {
    const trust::Party peer = TRY(trust::party(tx, peer_id));
    if (consequence == exchange::Consequence::SetAside)
      return exchange::take_refusal(tx, peer, *refusal.envelope, refusal.statement, refusal.error, context.now());
    if (refusal.held && TRY(exchange::take_receipt(tx, peer, *refusal.held, context.now()))) return true;
    return consequence == exchange::Consequence::StreamRests &&
           TRY(exchange::rest_stream(tx, peer, *refusal.envelope, refusal.error, context.now()));
  }));
  if (!changed) return false;
  base::log_warning("{} refused {}: {}", peer_id.text(),
                    consequence == exchange::Consequence::SetAside ? "a statement for good" : "a stream",
                    base::describe(refusal.error));
  context.changed("peer");
  return true;
}

// Through the endpoint that worked last, else through the next that does. Nothing is applied twice, wherever it
// arrives: a request whose answer was lost may go to another endpoint again.
Result<net::ClientResponse> send(net::Client& client, Route& route, std::string_view method, std::string_view path,
                                 const net::Headers& headers, std::string_view body) {
  CHECK(!route.endpoints.empty());
  std::optional<Error> first;  // what the page shows where nothing works
  for (std::size_t tried = 0; tried < route.endpoints.size(); ++tried) {
    auto response = client.send(method, route.endpoints[route.at] + std::string(path), headers, body);
    if (response || response.error().id == "net.response_too_large") return response;
    if (!first) first = std::move(response).error();
    route.at = (route.at + 1) % route.endpoints.size();
  }
  return tl::unexpected(*first);
}

// The peer does not know the key of our line any more: our descriptor names it, and our root has signed that.
Result<void> introduce_ourselves(const Context& context, net::Client& client, Route& route) {
  const net::Headers headers = {{"content-type", std::string(kRecordsType)}};
  const auto answer = TRY(send(client, route, "POST", kDescriptorPath, headers, TRY(own_descriptor(context))));
  return answer.status == 204 ? Result<void>{} : tl::unexpected(read_refusal(answer.status, answer.body).error);
}

// As send(); where our key is unknown there, once more after we have said who we are.
Result<net::ClientResponse> ask(const Context& context, net::Client& client, Route& route, std::string_view method,
                                std::string_view path, const net::Headers& headers, std::string_view body) {
  auto response = TRY(send(client, route, method, path, headers, body));
  if (response.status != 401 || !introduce_ourselves(context, client, route)) return response;
  return send(client, route, method, path, headers, body);
}

const net::Headers kHeaders = {{"content-type", std::string(kRecordsType)}};

Result<Exchanged> push(const Context& context, const trust::PartyId& peer_id, net::Client& client, Route& route,
                       const std::string& records) {
  const auto response = TRY(ask(context, client, route, "POST", kDeliverPath, kHeaders, records));
  // Without a new receipt the same would be sent again at once.
  if (response.status == 200)
    return TRY(receive_receipts(context, peer_id, response.body)) ? Exchanged::Something : Exchanged::Nothing;
  const PeerRefusal refusal = read_refusal(response.status, response.body);
  if (!TRY(take(context, peer_id, refusal))) return tl::unexpected(refusal.error);
  return Exchanged::Something;
}

}  // namespace

std::string write_refusal(const exchange::Refusal& refusal) {
  json::Object error;
  error.set("code", base::name(refusal.error.code));
  error.set("id", refusal.error.id);
  error.set("args", json::Array(refusal.error.args.begin(), refusal.error.args.end()));
  if (refusal.envelope) error.set("envelope", refusal.envelope->hex());
  if (refusal.statement) error.set("statement", refusal.statement->hex());
  if (refusal.held) {
    json::Object held;
    held.set("jws", refusal.held->jws);
    held.set("payload", refusal.held->payload);
    error.set("held", std::move(held));
  }
  json::Object out;
  out.set("error", std::move(error));
  return json::write(json::Value(std::move(out)));
}

net::ClientOptions client_options(const trust::OwnKeys& keys, const trust::Party& peer, const std::string& proxy) {
  net::ClientOptions options;
  options.identity = keys.peer_tls;
  options.pinned_keys = peer.descriptor.tls_pins;
  options.max_response_bytes = trust::kOwnLimits.delivery_bytes;
  options.proxy = proxy;
  if (!peer.allowed_address.empty()) options.allowed_private_addresses = {peer.allowed_address};
  return options;
}

Result<Exchanged> push_once(const Context& context, const trust::PartyId& peer_id, net::Client& client, Route& route) {
  const auto delivery =
      TRY(context.db->write_value([&](store::Transaction& tx) -> Result<std::optional<exchange::Delivery>> {
        return exchange::next_delivery(tx, context.self, TRY(trust::party(tx, peer_id)), context.now());
      }));
  if (!delivery) return Exchanged::Nothing;
  const auto pushed = push(context, peer_id, client, route, delivery->records);
  if (!pushed) TRY_VOID(note_undelivered(context, peer_id, pushed.error()));
  return pushed;
}

Result<Exchanged> pull_once(const Context& context, const trust::PartyId& peer_id, net::Client& client, Route& route) {
  const auto response = ask(context, client, route, "GET", kPullPath, {}, "");
  if (!response) return failed(context, peer_id, response.error());
  if (response->status == 204) {
    TRY_VOID(
        context.db->write([&](store::Transaction& tx) { return trust::note_contact(tx, peer_id, context.now()); }));
    return Exchanged::Nothing;
  }
  if (response->status != 200) return failed(context, peer_id, read_refusal(response->status, response->body).error);
  const auto taken = receive(context, peer_id, response->body);
  const std::string body = taken ? taken->answer : write_refusal(taken.error());
  const net::Headers headers = {{"content-type", taken ? std::string(kRecordsType) : "application/json"}};
  const auto answered = send(client, route, "POST", kReceiptsPath, headers, body);
  if (!answered) return failed(context, peer_id, answered.error());
  if (!taken) return tl::unexpected(taken.error().error);
  // Whoever did not take the receipts, or serves the same in spite of them, is asked again when it is time.
  return answered->status == 204 && !taken->is_repetition ? Exchanged::Something : Exchanged::Nothing;
}

PeerAnswer answer_delivery(const Context& context, const trust::PartyId& peer, std::string_view records) {
  auto taken = receive(context, peer, records);
  if (!taken) {
    base::log_warning("delivery from {} refused: {}", peer.text(), base::describe(taken.error().error));
    return refuse(taken.error());
  }
  return {200, std::string(kRecordsType), std::move(taken->answer)};
}

PeerAnswer answer_pull(const Context& context, const trust::PartyId& peer_id) {
  auto delivery = context.db->write_value([&](store::Transaction& tx) -> Result<std::optional<exchange::Delivery>> {
    TRY_VOID(trust::note_contact(tx, peer_id, context.now()));
    return exchange::next_delivery(tx, context.self, TRY(trust::party(tx, peer_id)), context.now());
  });
  if (!delivery) return refuse({delivery.error()});
  if (!*delivery) return {204, "", ""};
  return {200, std::string(kRecordsType), std::move((*delivery)->records)};
}

PeerAnswer answer_receipts(const Context& context, const trust::PartyId& peer_id, std::string_view records) {
  if (records.starts_with("{")) {  // what was pulled is refused
    const PeerRefusal refusal = read_refusal(400, records);
    const auto taken = take(context, peer_id, refusal);
    const auto noted = taken && !*taken ? note_undelivered(context, peer_id, refusal.error) : Result<void>{};
    if (!taken || !noted) return refuse({taken ? noted.error() : taken.error()});
    return {204, "", ""};
  }
  const auto taken = receive_receipts(context, peer_id, records);
  if (!taken) return refuse({taken.error()});
  return {204, "", ""};
}

PeerAnswer answer_descriptor(const Context& context) {
  auto records = own_descriptor(context);
  if (!records) return refuse({records.error()});
  return {200, std::string(kRecordsType), std::move(*records)};
}

PeerAnswer answer_introduction(const Context& context, const Digest& key_pin, std::string_view records) {
  const auto taken = take_introduction(context, key_pin, records);
  if (!taken) return refuse({taken.error()});
  return {204, "", ""};
}

Result<bool> ask_who_it_is(const Context& context, const trust::Party& peer, const std::string& proxy) {
  net::ClientOptions options = client_options(*context.self.keys, peer, proxy);
  options.pinned_keys.clear();
  options.any_key = true;
  options.max_response_bytes = kIntroductionBytes;
  net::Client client(std::move(options));
  Route route{peer.descriptor.endpoints};
  // Where both have new keys and only we can call, we are the first to say who we are.
  const auto answer = TRY(ask(context, client, route, "GET", kDescriptorPath, {}, ""));
  if (answer.status != 200) return tl::unexpected(read_refusal(answer.status, answer.body).error);
  const auto shown = TRY(read_descriptor(answer.body));
  if (shown->party != peer.id) return fail(ErrorCode::Unauthenticated, "descriptor.wrong_party");
  const bool taken =
      TRY(context.db->write_value([&](store::Transaction& tx) { return take_newer(tx, context, shown); }));
  if (taken) context.changed("peer");
  return taken;
}

}  // namespace tocsin::journeys
