#include "ground/crypto/sealed_stream.h"

#include <sodium.h>

#include "ground/base/clock.h"
#include "ground/crypto/argon2.h"
#include "ground/crypto/secret_bytes.h"

namespace tocsin::crypto {
namespace {

constexpr std::size_t kSaltBytes = crypto_pwhash_SALTBYTES;
constexpr std::size_t kCostBytes = 8;
static_assert(kStreamHeaderBytes == kSaltBytes + kCostBytes + crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kSealedChunkBytes == kSealedContentBytes + crypto_secretstream_xchacha20poly1305_ABYTES);

// libsodium's state holds the key.
class SecretStream {
 public:
  SecretStream() : memory_(sizeof(crypto_secretstream_xchacha20poly1305_state)) {}
  crypto_secretstream_xchacha20poly1305_state* get() {
    return reinterpret_cast<crypto_secretstream_xchacha20poly1305_state*>(memory_.data);
  }

 private:
  SecretBytes memory_;
};

std::uint32_t read_u32(ByteView bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

Bytes bound_to(std::string_view context, ByteView header) {
  Bytes out = base::to_bytes(context);
  base::append(out, header);
  return out;
}

}  // namespace

struct StreamSealer::State {
  SecretStream stream;
  Bytes header, bound;
};

StreamSealer::StreamSealer(std::string_view passphrase, std::string_view context) : state_(std::make_unique<State>()) {
  constexpr Argon2Cost cost;
  Bytes& header = state_->header;
  header.resize(kSaltBytes);
  base::random_bytes(header.data(), header.size());
  SecretBytes key(crypto_secretstream_xchacha20poly1305_KEYBYTES);
  CHECK(derive_key(key, passphrase, header, cost));
  base::append_u32(header, cost.memory_kib);
  base::append_u32(header, cost.passes);
  header.resize(kStreamHeaderBytes);
  crypto_secretstream_xchacha20poly1305_init_push(state_->stream.get(), header.data() + kSaltBytes + kCostBytes,
                                                  key.data);
  state_->bound = bound_to(context, header);
}

StreamSealer::StreamSealer(StreamSealer&&) noexcept = default;
StreamSealer::~StreamSealer() = default;

ByteView StreamSealer::header() const {
  return state_->header;
}

Bytes StreamSealer::seal(ByteView content, ChunkPlace place) {
  const bool last = place == ChunkPlace::Last;
  CHECK(last ? content.size() <= kSealedContentBytes : content.size() == kSealedContentBytes);
  Bytes out(content.size() + crypto_secretstream_xchacha20poly1305_ABYTES);
  crypto_secretstream_xchacha20poly1305_push(
      state_->stream.get(), out.data(), nullptr, content.data(), content.size(), state_->bound.data(),
      state_->bound.size(),
      last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  return out;
}

struct StreamOpener::State {
  enum class Progress { Nothing, Some, All, Failed };
  SecretStream stream;
  Bytes bound;
  Progress progress = Progress::Nothing;
};

Result<StreamOpener> StreamOpener::begin(std::string_view passphrase, std::string_view context, ByteView header) {
  if (header.size() != kStreamHeaderBytes) return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  const Argon2Cost cost{read_u32(header.subspan(kSaltBytes)), read_u32(header.subspan(kSaltBytes + 4))};
  if (!is_acceptable(cost)) return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  auto state = std::make_unique<State>();
  SecretBytes key(crypto_secretstream_xchacha20poly1305_KEYBYTES);
  if (!derive_key(key, passphrase, header.first(kSaltBytes), cost))
    return fail(ErrorCode::Unavailable, "crypto.no_memory", {std::to_string(cost.memory_kib / 1024)});
  if (crypto_secretstream_xchacha20poly1305_init_pull(state->stream.get(),
                                                      header.subspan(kSaltBytes + kCostBytes).data(), key.data) != 0)
    return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  state->bound = bound_to(context, header);
  return StreamOpener(std::move(state));
}

StreamOpener::StreamOpener(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamOpener::StreamOpener(StreamOpener&&) noexcept = default;
StreamOpener::~StreamOpener() = default;

Result<Bytes> StreamOpener::open(ByteView chunk) {
  using Progress = State::Progress;
  const Progress before = state_->progress;
  state_->progress = Progress::Failed;
  constexpr std::size_t kTagBytes = crypto_secretstream_xchacha20poly1305_ABYTES;
  const bool may_come = before == Progress::Nothing || before == Progress::Some;
  if (!may_come || chunk.size() < kTagBytes || chunk.size() > kSealedChunkBytes)
    return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  Bytes out(chunk.size() - kTagBytes);
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(state_->stream.get(), out.data(), nullptr, &tag, chunk.data(),
                                                 chunk.size(), state_->bound.data(), state_->bound.size()) != 0) {
    if (before == Progress::Nothing) return fail(ErrorCode::Unauthenticated, "crypto.wrong_passphrase");
    return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  }
  const bool last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  const bool inner = tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE && chunk.size() == kSealedChunkBytes;
  if (!last && !inner) return fail(ErrorCode::Malformed, "crypto.bad_sealed_file");
  state_->progress = last ? Progress::All : Progress::Some;
  return out;
}

bool StreamOpener::complete() const {
  return state_->progress == State::Progress::All;
}

}  // namespace tocsin::crypto
