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

}  // namespace

json::Value write_recover(const RecoverRequest& request) {
  json::Array epochs, streams;
  for (const auto& known : request.epochs) {
    json::Object entry;
    entry.set("epoch", known.epoch);
    entry.set("size", static_cast<std::int64_t>(known.size));
    epochs.push_back(std::move(entry));
  }
  for (const auto& known : request.streams) {
    json::Object entry;
    entry.set("epoch", known.stream.epoch);
    entry.set("agreement", known.stream.agreement);
    entry.set("position", static_cast<std::int64_t>(known.position));
    if (known.last_envelope) entry.set("envelope", known.last_envelope->base64url());
    streams.push_back(std::move(entry));
  }
  json::Object out;
  out.set("epochs", std::move(epochs));
  out.set("streams", std::move(streams));
  return out;
}

Result<RecoverRequest> read_recover(const json::Value& body) {
  RecoverRequest out;
  const json::Array* epochs = list(body, "epochs", kMaxEpochs);
  if (!epochs) return bad("epochs");
  for (const auto& entry : *epochs) {
    const auto size = entry.integer_or("size", -1);
    if (entry.text("epoch").empty() || size < 0) return bad("epochs");
    out.epochs.push_back({entry.text("epoch"), static_cast<std::uint64_t>(size)});
  }
  const json::Array* streams = list(body, "streams", kMaxStreams);
  if (!streams) return bad("streams");
  for (const auto& entry : *streams) {
    const auto position = entry.integer_or("position", -1);
    if (entry.text("epoch").empty() || position < 0) return bad("streams");
    RecoverRequest::KnownStream known{{entry.text("epoch"), entry.text("agreement")},
                                      static_cast<std::uint64_t>(position),
                                      Digest::from_base64url(entry.text("envelope"))};
    if (known.last_envelope.has_value() != (position > 0)) return bad("streams");
    out.streams.push_back(std::move(known));
  }
  return out;
}

}  // namespace tocsin::exchange
