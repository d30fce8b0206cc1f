// The elements of a large array as slices of the document.
//
// This walks the text itself instead of through simdjson: simdjson needs a padded copy of the whole document and an
// index of four bytes for each of its bytes before it yields the first element; this needs one byte for each open
// bracket. What lies inside an element is only balanced here, and checked by whoever parses the element.
#include <algorithm>
#include <array>
#include <cstring>

#include "ground/json/json.h"
#include "ground/json/names.h"

namespace tocsin::json {
namespace {

// What the other top-level members may weigh together: they become values, the elements do not.
constexpr std::size_t kOtherMembersBytes = 16u << 20;
constexpr unsigned kOtherMembersDepth = 64;

constexpr std::array<bool, 256> marks(std::string_view chars) {
  std::array<bool, 256> out{};
  for (const char c : chars) out[static_cast<unsigned char>(c)] = true;
  return out;
}
constexpr auto kSpace = marks(" \t\r\n");
constexpr auto kStructure = marks("\"[]{}");
constexpr auto kAfterScalar = marks(" \t\r\n,:\"[]{}");

class Walker {
 public:
  Walker(std::string_view text, unsigned depth) : text_(text), depth_limit_(depth) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ >= text_.size(); }
  std::string_view since(std::size_t start) const { return text_.substr(start, at_ - start); }

  void skip_space() {
    while (!at_end() && is(kSpace)) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  tl::unexpected<Error> syntax_error() const {
    return fail(ErrorCode::Malformed, "json.syntax",
                {std::to_string(at_), at_end() ? "incomplete" : "unexpected-character"});
  }

  /// Over one value, which comes back as its exact bytes.
  Result<std::string_view> value() {
    skip_space();
    const std::size_t start = at_;
    if (at_end()) return syntax_error();
    if (text_[at_] == '"') {
      TRY_VOID(string());
    } else if (text_[at_] == '{' || text_[at_] == '[') {
      TRY_VOID(container());
    } else {
      while (!at_end() && !is(kAfterScalar)) ++at_;
      if (at_ == start) return syntax_error();
    }
    return since(start);
  }

 private:
  bool is(const std::array<bool, 256>& set) const { return set[static_cast<unsigned char>(text_[at_])]; }

  Result<void> string() {
    std::size_t start = ++at_;  // nothing before it can escape the next quote
    for (;;) {
      const void* quote = std::memchr(text_.data() + at_, '"', text_.size() - at_);
      if (quote == nullptr) {
        at_ = text_.size();
        return syntax_error();
      }
      const auto found = static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
      std::size_t backslashes = 0;
      while (found - backslashes > start && text_[found - backslashes - 1] == '\\') ++backslashes;
      at_ = start = found + 1;
      if (backslashes % 2 == 0) return {};
    }
  }

  Result<void> container() {
    closers_.clear();
    do {
      while (!at_end() && !is(kStructure)) ++at_;
      if (at_end()) return syntax_error();
      const char c = text_[at_];
      if (c == '"') {
        TRY_VOID(string());
        continue;
      }
      if (c == '{' || c == '[') {
        if (closers_.size() >= depth_limit_)
          return fail(ErrorCode::Malformed, "json.too_deep", {std::to_string(depth_limit_)});
        closers_ += c == '{' ? '}' : ']';
      } else {
        if (closers_.back() != c) return syntax_error();
        closers_.pop_back();
      }
      ++at_;
    } while (!closers_.empty());
    return {};
  }

  const std::string_view text_;
  const unsigned depth_limit_;
  std::size_t at_ = 0;
  std::string closers_;  // one for each open bracket
};

// True where `each` wants no more.
Result<bool> walk_array(Walker& walker, std::string_view name, const std::function<bool(RawElement)>& each) {
  if (!walker.take('[')) return fail(ErrorCode::Malformed, "json.not_an_array", {std::string(name)});
  if (walker.take(']')) return false;
  do {
    const std::string_view bytes = TRY(walker.value());
    if (!each({bytes, walker.at() - bytes.size()})) return true;
  } while (walker.take(','));
  if (!walker.take(']')) return walker.syntax_error();
  return false;
}

}  // namespace

Result<Value> for_each_element(std::string_view document, std::string_view name,
                               const std::function<bool(RawElement)>& each, Limits limits) {
  if (document.size() > limits.bytes)
    return fail(ErrorCode::TooLarge, "json.too_large", {std::to_string(limits.bytes)});
  Walker walker(document, limits.depth);
  if (!walker.take('{')) return fail(ErrorCode::Malformed, "json.not_an_object");

  Object others;
  std::size_t others_bytes = 0;
  const Limits others_limits{kOtherMembersBytes, std::min(limits.depth, kOtherMembersDepth)};
  bool seen = false;
  bool closed = walker.take('}');
  while (!closed) {
    const std::string_view quoted = TRY(walker.value());
    const Value parsed_name = TRY(parse(quoted, others_limits));
    if (parsed_name.string() == nullptr || !walker.take(':')) return walker.syntax_error();
    const std::string& member = *parsed_name.string();
    if (member == name) {
      if (seen) return fail(ErrorCode::Malformed, "json.duplicate_name", {member});
      seen = true;
      if (TRY(walk_array(walker, name, each))) return Value(std::move(others));
    } else {
      const std::string_view bytes = TRY(walker.value());
      others_bytes += quoted.size() + bytes.size();
      if (others_bytes > kOtherMembersBytes)
        return fail(ErrorCode::TooLarge, "json.too_large", {std::to_string(kOtherMembersBytes)});
      others.append_unchecked(member, TRY(parse(bytes, others_limits)));
    }
    closed = walker.take('}');
    if (!closed && !walker.take(',')) return walker.syntax_error();
  }
  walker.skip_space();
  if (!walker.at_end()) return walker.syntax_error();
  if (const std::string* twice = find_duplicate_name(others))
    return fail(ErrorCode::Malformed, "json.duplicate_name", {twice->substr(0, 100)});
  return Value(std::move(others));
}

}  // namespace tocsin::json
