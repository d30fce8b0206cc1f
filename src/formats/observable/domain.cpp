#include "formats/observable/domain.h"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "formats/observable/characters.h"
#include "ground/base/utf8.h"

namespace tocsin::observable {
namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035 section 3.1: 255 octets on the wire
constexpr std::size_t kMaxLabel = 63;
// Longer input cannot come out within kMaxName, and IDNA tables are not fed without bound.
constexpr std::size_t kMaxUnicodeName = 1024;

constexpr auto kNormalCharacter = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  table['-'] = table['_'] = true;
  return table;
}();

std::optional<std::string> to_ascii(std::string_view text) {
  if (text.size() > kMaxUnicodeName || !base::is_utf8(text)) return std::nullopt;
  // idn2 reads up to a NUL: one inside the text would hide what follows.
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  const std::string terminated(text);
  std::uint8_t* out = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(terminated.c_str()), &out,
                                    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(out, idn2_free);
  if (status != IDN2_OK) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(out));
}

}  // namespace

bool is_normal_domain(std::string_view text) {
  if (text.empty() || text.size() > kMaxName) return false;
  std::size_t label = 0;
  bool numeric = true;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      numeric = true;
      continue;
    }
    if (!kNormalCharacter[static_cast<unsigned char>(c)] || ++label > kMaxLabel) return false;
    numeric = numeric && is_digit(c);
  }
  return label > 0 && !numeric;
}

std::optional<std::string> normalise_domain(std::string_view text) {
  std::string ascii;
  if (std::all_of(text.begin(), text.end(), is_ascii)) {
    ascii = lower(text);
  } else {
    auto converted = to_ascii(text);
    if (!converted) return std::nullopt;
    ascii = lower(*converted);
  }
  if (!ascii.empty() && ascii.back() == '.') ascii.pop_back();
  if (!is_normal_domain(ascii)) return std::nullopt;
  return ascii;
}

}  // namespace tocsin::observable
