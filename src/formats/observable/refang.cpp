// Reports "defang" what must not be clicked: hxxp, [.], (at). This undoes it.
#include <array>

#include "formats/observable/characters.h"
#include "formats/observable/observable.h"

namespace tocsin::observable {
namespace {

struct Mark {
  std::string_view written;  ///< lower case; compared regardless of case
  std::string_view meant;
};

constexpr std::array kMarks{
    Mark{"[.]", "."},   Mark{"(.)", "."},     Mark{"{.}", "."},  Mark{"[dot]", "."},   Mark{"(dot)", "."},
    Mark{"{dot}", "."}, Mark{"[punkt]", "."}, Mark{"\\.", "."},  Mark{"[@]", "@"},     Mark{"(@)", "@"},
    Mark{"[at]", "@"},  Mark{"(at)", "@"},    Mark{"{at}", "@"}, Mark{"[://]", "://"}, Mark{"[:]//", "://"},
    Mark{"[:]", ":"},   Mark{"[/]", "/"},
};

bool starts_with_any_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (std::size_t i = 0; i < lower_prefix.size(); ++i)
    if (to_lower(text[i]) != lower_prefix[i]) return false;
  return true;
}

/// "hxxp", "hXXps", "h**p" at the very beginning, followed by what a scheme is followed by.
void restore_scheme(std::string& text) {
  constexpr std::array kSchemes{Mark{"hxxps:", "https:"}, Mark{"hxxp:", "http:"},   Mark{"h**ps:", "https:"},
                                Mark{"h**p:", "http:"},   Mark{"httxs:", "https:"}, Mark{"htxp:", "http:"},
                                Mark{"fxp:", "ftp:"}};
  for (const Mark& scheme : kSchemes)
    if (starts_with_any_case(text, scheme.written)) {
      text.replace(0, scheme.written.size(), scheme.meant);
      return;
    }
}

}  // namespace

std::string refang(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Mark* found = nullptr;
    const char c = text[0];
    if (c == '[' || c == '(' || c == '{' || c == '\\')
      for (const Mark& mark : kMarks)
        if (starts_with_any_case(text, mark.written)) {
          found = &mark;
          break;
        }
    if (found == nullptr) {
      out += c;
      text.remove_prefix(1);
    } else {
      out += found->meant;
      text.remove_prefix(found->written.size());
    }
  }
  restore_scheme(out);
  return out;
}

}  // namespace tocsin::observable
