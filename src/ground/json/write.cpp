#include <algorithm>

#include "ground/json/json.h"
#include "ground/json/text_out.h"

namespace tocsin::json {
namespace {

// RFC 8785 section 3.2.3 sorts by UTF-16 code units. In UTF-8 bytes that is plain order but for one case: characters
// beyond U+FFFF are surrogates (D800..DFFF) in UTF-16 and so come before U+E000..U+FFFF (lead bytes EE and EF).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto left = static_cast<std::uint8_t>(*x), right = static_cast<std::uint8_t>(*y);
  if (left >= 0xEE && right >= 0xEE && (left >= 0xF0) != (right >= 0xF0)) return left >= 0xF0;
  return left < right;
}

enum class Form { Compact, Pretty, Canonical };

class Writer {
 public:
  explicit Writer(Form form) : form_(form) {}

  void write(const Value& value) {
    if (const auto* flag = value.boolean()) {
      out_ += *flag ? "true" : "false";
    } else if (const auto* whole = value.integer()) {
      append_number(out_, *whole);
    } else if (const auto real = value.number()) {
      append_number(out_, *real);
    } else if (const auto* text = value.string()) {
      append_string(out_, *text);
    } else if (const auto* array = value.array()) {
      write(*array);
    } else if (const auto* object = value.object()) {
      write(*object);
    } else {
      out_ += "null";
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write(const Array& array) {
    open('[');
    bool first = true;
    for (const auto& element : array) {
      next(first);
      write(element);
    }
    close(']', array.empty());
  }

  void write(const Object& object) {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    if (form_ == Form::Canonical)
      std::sort(members.begin(), members.end(),
                [](const Member* a, const Member* b) { return utf16_less(a->first, b->first); });
    open('{');
    bool first = true;
    for (const Member* member : members) {
      next(first);
      append_string(out_, member->first);
      out_ += form_ == Form::Pretty ? ": " : ":";
      write(member->second);
    }
    close('}', members.empty());
  }

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
  }
  void next(bool& first) {
    if (!first) out_ += ',';
    first = false;
    new_line();
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) new_line();
    out_ += bracket;
  }
  void new_line() {
    if (form_ != Form::Pretty) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  const Form form_;
  std::string out_;
  std::size_t depth_ = 0;
};

std::string written(const Value& value, Form form) {
  Writer writer(form);
  writer.write(value);
  return writer.take();
}

}  // namespace

std::string write(const Value& value) {
  return written(value, Form::Compact);
}
std::string write_pretty(const Value& value) {
  return written(value, Form::Pretty);
}
std::string canonical(const Value& value) {
  return written(value, Form::Canonical);
}

}  // namespace tocsin::json
