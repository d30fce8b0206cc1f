#include "core/exchange/proof.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxHashes = 128;

tl::unexpected<Error> bad() {
  return fail(ErrorCode::Malformed, "proof.malformed");
}

json::Array write_hashes(const std::vector<Digest>& hashes) {
  json::Array out;
  for (const Digest& hash : hashes) out.push_back(hash.base64url());
  return out;
}

Result<std::vector<Digest>> read_hashes(const json::Value& value) {
  const json::Value* list = value.find("hashes");
  if (!list || !list->array() || list->array()->size() > kMaxHashes) return bad();
  std::vector<Digest> out;
  for (const auto& entry : *list->array()) {
    const auto hash = entry.string() ? Digest::from_base64url(*entry.string()) : std::nullopt;
    if (!hash) return bad();
    out.push_back(*hash);
  }
  return out;
}

}  // namespace

std::string write_proof(const InclusionProof& p) {
  json::Object out;
  out.set("statement", p.statement.base64url());
  out.set("epoch", p.epoch);
  out.set("index", static_cast<std::int64_t>(p.index));
  out.set("size", static_cast<std::int64_t>(p.size));
  out.set("hashes", write_hashes(p.hashes));
  if (!p.checkpoint.empty()) out.set("checkpoint", p.checkpoint);
  return json::write(out);
}

std::string write_proof(const ConsistencyProof& p) {
  json::Object out;
  out.set("epoch", p.epoch);
  out.set("from", static_cast<std::int64_t>(p.from));
  out.set("to", static_cast<std::int64_t>(p.to));
  out.set("hashes", write_hashes(p.hashes));
  return json::write(out);
}

Result<Proof> read_proof(std::string_view text) {
  const json::Value value = TRY(json::parse(text, {.bytes = 1u << 16, .depth = 4}));
  Proof out;
  auto hashes = TRY(read_hashes(value));
  const std::string epoch = value.text("epoch");
  if (epoch.empty() || epoch.size() > 64) return bad();
  if (value.find("statement")) {
    const auto statement = Digest::from_base64url(value.text("statement"));
    const auto index = value.integer_or("index", -1), size = value.integer_or("size", -1);
    if (!statement || index < 0 || size <= index) return bad();
    out.inclusion = InclusionProof{*statement,
                                   epoch,
                                   static_cast<std::uint64_t>(index),
                                   static_cast<std::uint64_t>(size),
                                   std::move(hashes),
                                   value.text("checkpoint")};
  } else {
    const auto from = value.integer_or("from", -1), to = value.integer_or("to", -1);
    if (from < 0 || to < from) return bad();
    out.consistency =
        ConsistencyProof{epoch, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to), std::move(hashes)};
  }
  return out;
}

}  // namespace tocsin::exchange
