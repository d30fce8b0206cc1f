// Laws of HeadReader and BodyReader: bytes mean the same however they are cut, limits hold, and what is accepted has
// one framing only.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "ground/base/result.h"
#include "ground/net/request_body.h"
#include "ground/net/request_head.h"

namespace {

using namespace tocsin;

constexpr std::uint64_t kBodyLimit = 4096;

struct Meaning {
  int status = 0;  ///< 0: more is needed
  std::string target;
  std::string body;
  std::string rest;
  bool operator==(const Meaning&) const = default;
};

Meaning read_in_pieces(std::string_view bytes, std::size_t step) {
  net::HeadReader head_reader;
  std::optional<net::BodyReader> body_reader;
  Meaning out;
  std::string input;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    input += bytes.substr(at, step);
    std::size_t consumed = 0;
    if (!body_reader) {
      const auto head = head_reader.read(input, consumed);
      CHECK(consumed <= input.size());
      input.erase(0, consumed);
      if (!head) {
        out.status = head.error().status;
        return out;
      }
      if (!*head) continue;
      const auto& request = (*head)->request;
      CHECK(!(*head)->is_chunked || request.header("content-length").empty());
      out.target = request.method + request.path;
      body_reader.emplace(**head, kBodyLimit);
    }
    const auto complete = body_reader->read(input, consumed);
    CHECK(consumed <= input.size());
    input.erase(0, consumed);
    CHECK(body_reader->size() <= kBodyLimit);
    if (!complete) {
      out.status = complete.error().status;
      return out;
    }
    if (*complete) {
      out.status = 200;
      out.body = body_reader->take();
      out.rest = input + std::string(bytes.substr(std::min(at + step, bytes.size())));
      return out;
    }
    CHECK(input.size() <= net::kMaxChunkLineBytes);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  const Meaning whole = read_in_pieces(bytes, bytes.size());
  CHECK(whole == read_in_pieces(bytes, 1));
  CHECK(whole == read_in_pieces(bytes, 5));
  return 0;
}
