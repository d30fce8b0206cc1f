#include "core/exchange/recover.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxEpochs = 1000;
constexpr std::size_t kMaxStreams = 10000;

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "recover.malformed", {std::string(field)});
}

const json::Array* list(const json::Value& body, std::string_view name, std::size_t most) {
  const json::Value* found = body.find(name);
  return found && found->array() && found->array()->size() <= most ? found->array() : nullptr;
}

json::Array write_streams(const std::vector<RecoverRequest::KnownStream>& streams) {
  json::Array out;
  for (const auto& known : streams) {
    json::Object entry;
    entry.set("epoch", known.stream.epoch);
    entry.set("agreement", known.stream.agreement);
    if (known.stream.recovery) entry.set("recovery", known.stream.recovery->base64url());
    entry.set("position", static_cast<std::int64_t>(known.position));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<RecoverRequest::KnownStream>> read_streams(const json::Value& body, std::string_view name) {
  const json::Array* entries = list(body, name, kMaxStreams);
  if (!entries) return bad(name);
  std::vector<RecoverRequest::KnownStream> out;
  for (const auto& entry : *entries) {
    const auto position = entry.integer_or("position", -1);
    const auto recovery = Digest::from_base64url(entry.text("recovery"));
    if (entry.text("epoch").empty() || position < 0 || (entry.find("recovery") && !recovery)) return bad(name);
    out.push_back({{entry.text("epoch"), entry.text("agreement"), recovery}, static_cast<std::uint64_t>(position)});
  }
  return out;
}

}  // namespace

json::Value write_recover(const RecoverRequest& request) {
  json::Array epochs;
  for (const auto& known : request.epochs) {
    json::Object entry;
    entry.set("epoch", known.epoch);
    entry.set("size", static_cast<std::int64_t>(known.size));
    entry.set("open", known.open);
    epochs.push_back(std::move(entry));
  }
  json::Object out;
  out.set("epochs", std::move(epochs));
  out.set("streams", write_streams(request.streams));
  out.set("sent", write_streams(request.sent));
  return out;
}

Result<RecoverRequest> read_recover(const json::Value& body) {
  RecoverRequest out;
  const json::Array* epochs = list(body, "epochs", kMaxEpochs);
  if (!epochs) return bad("epochs");
  for (const auto& entry : *epochs) {
    const auto size = entry.integer_or("size", -1);
    if (entry.text("epoch").empty() || size < 0) return bad("epochs");
    out.epochs.push_back({entry.text("epoch"), static_cast<std::uint64_t>(size), entry.boolean_or("open", true)});
  }
  out.streams = TRY(read_streams(body, "streams"));
  out.sent = TRY(read_streams(body, "sent"));
  return out;
}

}  // namespace tocsin::exchange
