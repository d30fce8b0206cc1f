// JSON: one strict parse, a plain value, a writer and the canonical form. The only user of Boost.JSON and simdjson.
//
// parse() accepts I-JSON (RFC 7493) only: UTF-8 without lone surrogates, no duplicate names, no NUL in strings,
// integers within +-(2^53 - 1), one value and nothing after it. What passes it is the value that is verified and
// applied.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ground/base/result.h"

namespace tocsin::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;

/// Members in the order they were written; names are unique (the parser refuses duplicates, set() replaces).
class Object {
 public:
  Object() = default;
  Object(std::initializer_list<Member> members);
  const Value* find(std::string_view name) const;  ///< null where absent
  Value* find(std::string_view name);
  void set(std::string_view name, Value value);
  bool erase(std::string_view name);
  std::size_t size() const;
  bool empty() const;
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  void append_unchecked(std::string name, Value value);  ///< for the parser and for loops over known-distinct names

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() = default;  ///< null
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(unsigned value) : data_(std::int64_t{value}) {}
  Value(std::size_t value) : data_(static_cast<std::int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  std::optional<double> number() const;  ///< integer or double
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  Object* object() { return std::get_if<Object>(&data_); }

  /// Member of an object, else null pointer (also where this is no object).
  const Value* find(std::string_view name) const;
  /// The member's value, or the fallback where it is absent or of another type.
  std::string text(std::string_view name, std::string_view fallback = "") const;
  std::int64_t integer_or(std::string_view name, std::int64_t fallback) const;
  bool boolean_or(std::string_view name, bool fallback) const;
  std::size_t count() const;  ///< this one and all within it
  bool operator==(const Value&) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

// Here, because they need to know how large a Value is.
inline std::size_t Object::size() const {
  return members_.size();
}
inline bool Object::empty() const {
  return members_.empty();
}
inline std::vector<Member>::const_iterator Object::begin() const {
  return members_.begin();
}
inline std::vector<Member>::const_iterator Object::end() const {
  return members_.end();
}

bool operator==(const Object& a, const Object& b);  ///< regardless of order

struct Limits {
  std::size_t bytes = 16u << 20;
  unsigned depth = 64;
  std::size_t values = 1'000'000;  ///< a value takes far more memory than the two bytes that it may have in a text
};

/// Error ids: json.too_large {bytes}, json.too_many_values {number}, json.too_deep {levels}, json.syntax {offset,
/// what}, json.duplicate_name {name}, json.number_range, json.bad_string. 1, 1.0 and 10e-1 are all the integer 1.
/// Thread safe, as everything here.
Result<Value> parse(std::string_view text, Limits limits = {});

/// Compact; strings escaped minimally, UTF-8 kept; doubles in their shortest form.
std::string write(const Value& value);
/// Two-space indentation, for people.
std::string write_pretty(const Value& value);
/// RFC 8785 (JCS). Equal values give equal bytes.
/// (All three always write JSON: NaN becomes null, and ill-formed UTF-8 the replacement character.)
std::string canonical(const Value& value);

/// One element of a large document, as the exact bytes that stood there.
struct RawElement {
  std::string_view bytes;
  std::size_t offset;  ///< of its first byte in the document
};

/// Calls `each` for every element of the array at top-level member `name` ("objects" of a STIX bundle), without
/// building the whole document; other top-level members come back as one object (without that member). Needs memory for
/// open brackets only. Stops early where `each` returns false. The text need not be I-JSON inside the elements: each is
/// parsed by its reader. An error may come after elements were given out. Error ids: those of parse(),
/// json.not_an_object, json.not_an_array {name}.
Result<Value> for_each_element(std::string_view document, std::string_view name,
                               const std::function<bool(RawElement)>& each, Limits limits = {1u << 30, 256});

/// Calls `each(path, text)` for every string, number and boolean leaf of one JSON object, path joined with dots
/// ("dns.rrname", "dns.answers.0.rdata"), strings unescaped. For telemetry at speed: no allocation per line once warm.
/// Not thread safe: one reader a thread.
class LeafReader {
 public:
  LeafReader();
  ~LeafReader();
  LeafReader(LeafReader&&) noexcept;
  /// False where the line is no JSON object (each may then have been called for a part of it). Lone surrogates and
  /// ill-formed UTF-8 are replaced, not refused: an attacker's bytes must not hide the rest of the line.
  bool read(std::string_view line, const std::function<void(std::string_view path, std::string_view text)>& each);

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace tocsin::json
