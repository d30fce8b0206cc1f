#include "ground/store/text_rule.h"

#include "ground/base/utf8.h"

namespace tocsin::store {

bool is_storable_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && base::is_utf8(text);
}

}  // namespace tocsin::store
