// Sentences for people: message id + arguments -> text in Vietnamese, French or English. Lower rooms return ids, never
// sentences. A fourth language is one file in catalogues/ (docs/howto/add-a-language.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"

namespace tocsin::text {

/// BCP 47 tag of a catalogue we have: "en", "fr", "vi".
struct Language {
  std::string tag;
  std::string own_name;  ///< "Tiếng Việt"
};

const std::vector<Language>& languages();
/// Best catalogue for an Accept-Language header or a stored preference; "en" where nothing fits.
std::string choose(std::string_view accept_language);

/// The sentence, arguments filled into {0}, {1} ... A missing id gives the English one, else the id itself.
std::string say(std::string_view language, std::string_view id, std::span<const std::string> args = {});
std::string say(std::string_view language, const Error& error);

/// All ids of a catalogue, for the tests that compare languages.
std::vector<std::string> ids(std::string_view language);
std::optional<std::string> find(std::string_view language, std::string_view id);

}  // namespace tocsin::text
