// A set is opened from foreign bytes: whatever they are, opening says yes or no, and what was opened answers without
// leaving its block. Half of the inputs get right digests, because whoever forges a set computes them too.
#include <cstring>

#include "core/watch/layout.h"
#include "core/watch/set.h"
#include "ground/crypto/crypto.h"

namespace {

using namespace tocsin;
using namespace tocsin::watch;
using observable::Kind;

const Bytes& planted() {
  static const Bytes set = Set::compile(
      {
          {{Kind::Domain, "evil.example"}, 1, true},
          {{Kind::Domain, "evil.example"}, 2, false},
          {{Kind::Ipv4, "198.51.100.3"}, 3, true},
          {{Kind::Ipv4Range, "10.0.0.0/8"}, 4, true},
          {{Kind::Ipv4Range, "10.1.0.0/16"}, 5, true},
          {{Kind::Ipv6Range, "2001:db8::/32"}, 6, true},
          {{Kind::Url, "http://evil.example/x"}, 7, true},
      },
      "planted");
  return set;
}

void seal(Bytes& bytes) {
  layout::Header header;
  if (bytes.size() < sizeof header) return;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.magic = layout::kMagic;
  header.version = layout::kVersion;
  header.size = bytes.size();
  for (auto& place : header.sections)
    if (place.offset <= bytes.size() && place.size <= bytes.size() - place.offset)
      place.sha256 = crypto::sha256(ByteView(bytes).subspan(place.offset, place.size)).bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  header.sha256 = crypto::sha256(ByteView(bytes).first(sizeof header - 32)).bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
}

void ask(const Bytes& bytes) {
  const auto set = Set::open(bytes);
  if (!set) return;
  std::vector<Entry> found;
  for (const char* text : {"evil.example", "a.b.evil.example", "x"}) set->probe(Kind::Domain, text, found);
  for (const char* text : {"198.51.100.3", "10.1.2.3", "0.0.0.0", "255.255.255.255"})
    set->probe(Kind::Ipv4, text, found);
  for (const char* text : {"2001:db8::1", "::"}) set->probe(Kind::Ipv6, text, found);
  set->probe(Kind::Url, "http://evil.example/x", found);
  std::size_t size = set->id().size();
  for (const Entry& entry : found)
    for (const char c : entry.text) size += static_cast<unsigned char>(c);
  volatile std::size_t kept = size;  // the texts are really read
  (void)kept;
}

}  // namespace

/// The first byte: 0 and 1 take the rest as a set; otherwise the rest are changes to the planted set, three bytes each
/// (place, new value). Odd: with right digests.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes bytes;
  if (data[0] < 2) {
    bytes.assign(data + 1, data + size);
  } else {
    bytes = planted();
    for (std::size_t i = 1; i + 3 <= size; i += 3) bytes[(data[i] * 256u + data[i + 1]) % bytes.size()] = data[i + 2];
  }
  if (data[0] % 2 == 1) seal(bytes);
  ask(bytes);
  return 0;
}
