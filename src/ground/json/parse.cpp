#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <new>

#include "ground/base/utf8.h"
#include "ground/json/characters.h"
#include "ground/json/json.h"
#include "ground/json/names.h"

namespace tocsin::json {
namespace {

namespace bj = boost::json;

constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;  // RFC 7493 section 2.2

// The text is a number by JSON's grammar. Boost's own conversion is not used: it is not correctly rounded in 1.81.
//
// One number has one meaning: "1", "1.0" and "10e-1" all become the integer 1, as they have one canonical form. For the
// same reason 1e16 is refused like 10000000000000000: its canonical form is an integer beyond the range.
std::optional<Value> read_number(std::string_view text) {
  const char* end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t whole = 0;
    const auto [at, problem] = std::from_chars(text.data(), end, whole);
    if (problem != std::errc{} || at != end || whole > kMaxInteger || whole < -kMaxInteger) return std::nullopt;
    return Value(whole);
  }
  double real = 0;
  const auto [at, problem] = std::from_chars(text.data(), end, real);
  if (problem != std::errc{} || at != end) return std::nullopt;
  const double size = std::fabs(real);
  if (size <= static_cast<double>(kMaxInteger)) {
    const auto whole = static_cast<std::int64_t>(real);
    return static_cast<double>(whole) == real ? Value(whole) : Value(real);
  }
  if (size < 1e21) return std::nullopt;
  return Value(real);
}

// Builds our Value from Boost's events and refuses what I-JSON refuses beyond plain JSON. The first refusal is kept in
// `problem`; Boost then only needs to be told to stop.
class Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Builder(std::size_t max_values) : max_values_(max_values) {}

  std::optional<Error> problem;
  Value root;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }

  bool on_object_begin(bj::error_code&) {
    open_.push_back({Value(Object{}), {}});
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code& ec) {
    if (const std::string* name = find_duplicate_name(*open_.back().value.object()))
      return refuse(ec, "json.duplicate_name", {name->substr(0, kShownBytes)});
    return close(ec);
  }
  bool on_array_begin(bj::error_code&) {
    open_.push_back({Value(Array{}), {}});
    return true;
  }
  bool on_array_end(std::size_t, bj::error_code& ec) { return close(ec); }

  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) { return collect(part); }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& ec) {
    collect(part);
    if (holds_forbidden_character(text_)) return refuse(ec, "json.bad_string");
    open_.back().name = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) { return collect(part); }
  bool on_string(bj::string_view part, std::size_t, bj::error_code& ec) {
    collect(part);
    if (holds_forbidden_character(text_)) return refuse(ec, "json.bad_string");
    return add(Value(std::exchange(text_, {})), ec);
  }
  bool on_number_part(bj::string_view part, bj::error_code&) { return collect(part); }
  bool on_int64(std::int64_t, bj::string_view part, bj::error_code& ec) { return number(part, ec); }
  bool on_uint64(std::uint64_t, bj::string_view part, bj::error_code& ec) { return number(part, ec); }
  bool on_double(double, bj::string_view part, bj::error_code& ec) { return number(part, ec); }
  bool on_bool(bool value, bj::error_code& ec) { return add(Value(value), ec); }
  bool on_null(bj::error_code& ec) { return add(Value(), ec); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  static constexpr std::size_t kShownBytes = 100;  // of a hostile name, in an error

  struct Open {
    Value value;
    std::string name;  // of the member whose value comes next
  };

  bool refuse(bj::error_code& ec, std::string_view id, std::vector<std::string> args = {}) {
    problem = Error{ErrorCode::Malformed, std::string(id), std::move(args), {}};
    ec = bj::error::syntax;
    return false;
  }
  bool collect(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool number(bj::string_view part, bj::error_code& ec) {
    collect(part);
    auto value = read_number(text_);
    text_.clear();
    return value ? add(std::move(*value), ec) : refuse(ec, "json.number_range");
  }
  bool close(bj::error_code& ec) {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done), ec);
  }
  bool add(Value value, bj::error_code& ec) {
    if (++values_ > max_values_) {
      problem = Error{ErrorCode::TooLarge, "json.too_many_values", {std::to_string(max_values_)}, {}};
      ec = bj::error::syntax;
      return false;
    }
    if (open_.empty()) {
      root = std::move(value);
    } else if (Object* object = open_.back().value.object()) {
      object->append_unchecked(std::move(open_.back().name), std::move(value));
    } else {
      open_.back().value.array()->push_back(std::move(value));
    }
    return true;
  }

  const std::size_t max_values_;
  std::size_t values_ = 0;
  std::vector<Open> open_;
  std::string text_;
};

// "\uD800" to "\uDBFF" as the last six characters.
bool ends_in_high_surrogate(std::string_view text) {
  if (text.size() < 6) return false;
  const std::string_view last = text.substr(text.size() - 6);
  return last.substr(0, 2) == "\\u" && (last[2] == 'd' || last[2] == 'D') &&
         std::string_view("89abAB").find(last[3]) != std::string_view::npos;
}

Error explain(const bj::error_code& ec, std::size_t offset, std::string_view text, Limits limits) {
  const auto malformed = [](std::string_view id, std::vector<std::string> args) {
    return Error{ErrorCode::Malformed, std::string(id), std::move(args), {}};
  };
  if (ec == bj::error::too_deep) return malformed("json.too_deep", {std::to_string(limits.depth)});
  if (ec == bj::error::exponent_overflow) return malformed("json.number_range", {});
  if (ec == bj::error::illegal_leading_surrogate || ec == bj::error::illegal_trailing_surrogate ||
      ec == bj::error::expected_utf16_escape)
    return malformed("json.bad_string", {});
  // Boost calls ill-formed UTF-8 and a surrogate without its other half plainly a syntax error.
  if (ec == bj::error::syntax && offset < text.size() && base::utf8_sequence(text.substr(offset)) == 0)
    return malformed("json.bad_string", {});
  if (ec == bj::error::syntax && ends_in_high_surrogate(text.substr(0, offset)))
    return malformed("json.bad_string", {});
  std::string what = "unexpected-character";
  if (ec == bj::error::incomplete) what = "incomplete";
  if (ec == bj::error::extra_data) what = "extra-data";
  if (ec == bj::error::expected_hex_digit) what = "bad-escape";
  return malformed("json.syntax", {std::to_string(offset), std::move(what)});
}

}  // namespace

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes) return fail(ErrorCode::TooLarge, "json.too_large", {std::to_string(limits.bytes)});
  try {
    bj::parse_options options;
    options.max_depth = limits.depth;
    bj::basic_parser<Builder> parser(options, limits.values);
    bj::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = bj::error::extra_data;
    if (parser.handler().problem) return tl::unexpected(std::move(*parser.handler().problem));
    if (ec) return tl::unexpected(explain(ec, used, text, limits));
    return std::move(parser.handler().root);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::TooLarge, "json.too_large", {std::to_string(limits.bytes)});
  } catch (const std::exception& problem) {
    return fail(ErrorCode::Internal, "json.internal", {}, problem.what());
  }
}

}  // namespace tocsin::json
