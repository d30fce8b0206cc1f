// Sealing of what is too large for memory. A stream is a header and chunks; each chunk but the last holds exactly
// kSealedContentBytes of content, the last at most as many, and only the last bears libsodium's final tag: what was
// cut, reordered, repeated, changed or added to does not open to its end.
//
// Header: salt (16), memory in KiB (4), passes (4), both big endian, and the header of libsodium's
// crypto_secretstream_xchacha20poly1305 (24). Key: Argon2id of the passphrase. Every chunk is bound to the context and
// the header.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace tocsin::crypto {

constexpr std::size_t kStreamHeaderBytes = 48;
constexpr std::size_t kSealedContentBytes = 64 * 1024;
constexpr std::size_t kSealedChunkBytes = kSealedContentBytes + 17;

enum class ChunkPlace { Inner, Last };

class StreamSealer {
 public:
  /// Runs Argon2id (crypto.h). `context` says what the stream is for.
  StreamSealer(std::string_view passphrase, std::string_view context);
  StreamSealer(StreamSealer&&) noexcept;
  ~StreamSealer();

  ByteView header() const;  ///< comes first
  Bytes seal(ByteView content, ChunkPlace place);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class StreamOpener {
 public:
  /// `header`: kStreamHeaderBytes. crypto.bad_sealed_file, crypto.no_memory {MiB}.
  static Result<StreamOpener> begin(std::string_view passphrase, std::string_view context, ByteView header);
  StreamOpener(StreamOpener&&) noexcept;
  ~StreamOpener();

  /// Content of the next chunk: kSealedChunkBytes of the stream, fewer only at its end. crypto.wrong_passphrase at the
  /// first chunk, crypto.bad_sealed_file at a later one; after an error, and after the last chunk, nothing opens.
  Result<Bytes> open(ByteView chunk);
  /// The last chunk has been opened: what came before is the whole.
  bool complete() const;

 private:
  struct State;
  explicit StreamOpener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::crypto
