#include "core/trust/root_file.h"

namespace tocsin::trust {
namespace {

constexpr std::string_view kRootTitle = "tocsin root key, sealed with a passphrase\n";
constexpr std::string_view kNextRootTitle = "tocsin next root key, sealed with a passphrase\n";

std::string seal(std::string_view title, std::string_view passphrase, const Bytes& secret) {
  return std::string(title) + crypto::seal_with_passphrase(passphrase, secret) + "\n";
}

Result<Bytes> open(std::string_view title, std::string_view file, std::string_view passphrase, std::size_t size,
                   std::string_view other) {
  if (!file.starts_with(title)) return fail(ErrorCode::Malformed, other);
  file.remove_prefix(title.size());
  while (!file.empty() && (file.back() == '\n' || file.back() == '\r')) file.remove_suffix(1);
  Bytes secret = TRY(crypto::open_with_passphrase(passphrase, file));
  if (secret.size() != size) return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  return secret;
}

}  // namespace

std::string seal_root(const crypto::SigningKey& root, std::string_view passphrase) {
  return seal(kRootTitle, passphrase, root.seed());
}

std::string seal_next_root(const crypto::SigningKey& next, const crypto::SigningKey& root,
                           std::string_view passphrase) {
  Bytes secret = next.seed();
  base::append(secret, root.public_key().view());
  base::append(secret, link_root(root, next.public_key()).view());
  return seal(kNextRootTitle, passphrase, secret);
}

Result<crypto::SigningKey> open_root(std::string_view file, std::string_view passphrase) {
  const Bytes seed = TRY(open(kRootTitle, file, passphrase, 32, "root.not_a_root_file"));
  return crypto::SigningKey::from_seed(seed);
}

Result<NextRoot> open_next_root(std::string_view file, std::string_view passphrase) {
  const Bytes secret = TRY(open(kNextRootTitle, file, passphrase, 32 + 32 + 64, "root.not_a_next_root_file"));
  const ByteView view = secret;
  return NextRoot{crypto::SigningKey::from_seed(view.first(32)), *crypto::PublicKey::from(view.subspan(32, 32)),
                  *crypto::Signature::from(view.subspan(64, 64))};
}

Result<std::string> succeed(std::string_view descriptor_payload, const NextRoot& next,
                            const crypto::PublicKey& successor) {
  json::Value descriptor = TRY(json::parse(descriptor_payload));
  const json::Value* chain = descriptor.find("root_chain");
  if (descriptor.text("root") != next.follows.base64url() ||
      descriptor.text("next_root") != crypto::sha256(next.key.public_key().view()).base64url() || chain == nullptr ||
      chain->array() == nullptr)
    return fail(ErrorCode::Conflict, "root.other_key");
  json::Array links = *chain->array();
  json::Object link;
  link.set("key", next.follows.base64url());
  link.set("next_root", descriptor.text("next_root"));
  link.set("signature", next.link.base64url());
  links.emplace_back(std::move(link));
  json::Object out = *descriptor.object();
  out.set("root", next.key.public_key().base64url());
  out.set("next_root", crypto::sha256(successor.view()).base64url());
  out.set("root_chain", std::move(links));
  return json::canonical(out);
}

}  // namespace tocsin::trust
