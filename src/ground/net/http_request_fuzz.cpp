// Laws of decode_target: what it accepts is clean, and writing it again with every byte escaped decodes to the same.
#include <cstdint>
#include <string>

#include "ground/base/result.h"
#include "ground/net/target.h"

namespace {

std::string escape(const std::string& text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c == '/' && keep_slash) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const auto target = net::decode_target({reinterpret_cast<const char*>(data), size});
  if (!target) return 0;
  CHECK(!target->path.empty() && target->path.front() == '/');
  CHECK((target->path + "/").find("/../") == std::string::npos);
  CHECK(target->path.find('\0') == std::string::npos);
  CHECK(target->query.size() <= net::kMaxQueryParameters);

  std::string again = escape(target->path, true);
  char separator = '?';
  for (const auto& [name, value] : target->query) {
    again += separator + escape(name, false) + "=" + escape(value, false);
    separator = '&';
  }
  if (again.size() > net::kMaxTargetBytes) return 0;
  const auto second = net::decode_target(again);
  CHECK(second.has_value());
  CHECK(second->path == target->path);
  CHECK(second->query == target->query);
  return 0;
}
