// Numbers as a language writes them; inside this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/text/sentence.h"

namespace tocsin::text {

/// How a language writes 1234.5, which is what its catalogue says under "number.form".
struct NumberForm {
  std::string thousands, decimal;
};
/// "1,234.5" -> {",", "."}. Nothing where the digits are not those.
std::optional<NumberForm> read_number_form(std::string_view example);

/// "1048576" -> "1,048,576". What is no whole number is given back as it is.
std::string grouped(std::string_view number, const NumberForm& form);

/// "1048576" -> "1.0 MiB", with the unit's name of that language ("bytes.mib"); below 1 KiB whole bytes.
std::string size_in_words(std::string_view bytes, const NumberForm& form, const WordOf& word_of);

}  // namespace tocsin::text
