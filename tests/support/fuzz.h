// What fuzz targets share: an input taken apart, and edits that the input chooses. The target makes a good thing, the
// input says what to change in it, and the target signs what came of it: so a fuzzer that cannot forge a signature
// reaches what lies behind one. For tests only.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/base/result.h"
#include "ground/json/json.h"
#include "ground/text/text.h"

namespace tocsin::test_support {

class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : left_(base::as_text({data, size})) {}
  bool empty() const { return left_.empty(); }
  /// 0 when all is used up.
  std::uint8_t byte() { return left_.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(text(1)[0]); }
  /// Below `count`, which is not 0.
  std::size_t below(std::size_t count) { return (byte() * std::size_t{256} + byte()) % count; }
  std::string_view text(std::size_t bytes) {
    const std::string_view out = left_.substr(0, bytes);
    left_.remove_prefix(out.size());
    return out;
  }
  /// A short text whose length the input says.
  std::string_view text() { return text(byte()); }
  std::string_view rest() { return text(left_.size()); }

 private:
  std::string_view left_;
};

/// Up to `most` changes of single bytes: place, new value.
inline void edit_bytes(std::string& bytes, FuzzInput& input, std::size_t most = 8) {
  for (std::size_t i = 0; i < most && !input.empty() && !bytes.empty(); ++i) {
    const std::size_t place = input.below(bytes.size());
    bytes[place] = static_cast<char>(input.byte());
  }
}

inline void collect(json::Value& value, std::vector<json::Value*>& out) {
  out.push_back(&value);
  if (json::Array* array = value.array())
    for (json::Value& element : *array) collect(element, out);
  if (json::Object* object = value.object())
    for (const auto& [name, unused] : *object) collect(*object->find(name), out);
}

inline std::size_t values_in(json::Value value) {
  std::vector<json::Value*> all;
  collect(value, all);
  return all.size();
}

inline void edit_string(std::string text, json::Value& value, FuzzInput& input) {
  switch (input.byte() % 5) {
    case 0:
      value = input.text();
      return;
    case 1:
      edit_bytes(text, input, 1);
      break;
    case 2:
      text.insert(input.below(text.size() + 1), input.text());
      break;
    case 3:
      text.resize(input.below(text.size() + 1));
      break;
    default: {  // long, and of characters of more than one byte
      std::string longer(input.byte() % 4, 'a');
      for (std::size_t i = input.below(3000); i > 0; --i) longer += "\u4e2d";
      text = longer;
    }
  }
  value = std::move(text);
}

inline void edit_value(json::Value& value, const json::Value& other, FuzzInput& input) {
  constexpr std::array<std::int64_t, 9> kNumbers = {
      0, 1, -1, 5, 255, 1 << 16, 1ll << 31, (1ll << 53) - 1, -(1ll << 53) + 1};
  switch (input.byte() % 10) {
    case 0:
      value = other;
      break;
    case 1:
      value = json::Value();
      break;
    case 2:
      value = input.byte() % 2 == 0;
      break;
    case 3:
      value = kNumbers[input.below(kNumbers.size())];
      break;
    case 4:
      value = 0.5;
      break;
    case 5:
      value = json::Array{other};
      break;
    case 6:
      value = json::Object{{std::string(input.text(input.byte() % 16)), other}};
      break;
    default:
      edit_string(value.string() ? *value.string() : "", value, input);
  }
}

/// Changes a document as the input says, until the input is used up or a dozen edits are made. What comes out can be
/// written and is parsed again, so that it is what a reader would get.
inline json::Value edited(json::Value document, FuzzInput& input) {
  for (int i = 0; i < 12 && !input.empty(); ++i) {
    std::vector<json::Value*> places;
    collect(document, places);
    if (places.size() > 5000) break;
    json::Value& place = *places[input.below(places.size())];
    const json::Value other = *places[input.below(places.size())];
    json::Array* array = place.array();
    json::Object* object = place.object();
    const unsigned how = input.byte() % 4;
    if (array != nullptr && how == 0) {
      const std::size_t copies = std::min(input.below(80), 5000 / values_in(other));
      array->insert(array->end(), copies, other);
    } else if (array != nullptr && how == 1 && !array->empty()) {
      array->erase(array->begin() + static_cast<std::ptrdiff_t>(input.below(array->size())));
    } else if (object != nullptr && how == 0) {
      object->set(input.text(input.byte() % 16), other);
    } else if (object != nullptr && how == 1 && !object->empty()) {
      const std::string name = (object->begin() + static_cast<std::ptrdiff_t>(input.below(object->size())))->first;
      object->erase(name);
    } else {
      edit_value(place, other, input);
    }
  }
  auto read = json::parse(json::write(document), {.bytes = 64u << 20, .depth = 512});
  return read ? std::move(*read) : json::Value();  // ill-formed names may have become equal ones
}

/// The text as a door lets it in: UTF-8 without controls.
inline std::string well_formed(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  const auto read = json::parse(json::write(json::Value(out)));
  return read ? *read->string() : "?";  // the parser takes no noncharacters
}

/// The writer of JSON replaces what is no UTF-8, and changes nothing else but what it escapes.
inline bool is_utf8(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
  return json::write(json::Value(text)) == "\"" + text + "\"";
}

/// A refusal that a stranger can cause has its sentence, and is no fault of ours.
inline void check_refusal(const Error& error) {
  const bool ours = error.code == ErrorCode::Internal || error.code == ErrorCode::Corrupt ||
                    error.code == ErrorCode::Unavailable || error.id.starts_with("store.");
  const bool said = text::find("en", error.id).has_value();
  if (ours || !said) std::fprintf(stderr, "refusal: %s\n", base::describe(error).c_str());
  CHECK(said);
  CHECK(!ours);
}

}  // namespace tocsin::test_support
