#include "formats/telemetry/content_print.h"

#include <algorithm>

#include "ground/crypto/crypto.h"

namespace tocsin::telemetry {

void ContentPrint::add(std::string_view chunk) {
  size_ += chunk.size();
  head_ += chunk.substr(0, kHeadBytes - head_.size());
  if (chunk.size() >= kTailBytes) {
    tail_ = chunk.substr(chunk.size() - kTailBytes);
    return;
  }
  tail_ += chunk;
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

// Head and tail have the lengths that the size says, so that nothing need stand between them.
std::string ContentPrint::text() const {
  return crypto::sha256(std::to_string(size_) + '\n' + head_ + tail_).hex();
}

}  // namespace tocsin::telemetry
