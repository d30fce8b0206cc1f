// Filling a sentence; inside this room only.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::text {

/// Gives the word for a name of ours ("action", "sign_agreement"), or the name where there is none.
using WordOf = std::function<std::string(std::string_view area, std::string_view name)>;

/// Puts arguments into {0}, {1} ..., and into {0:action} the words for them; {0:number} groups its digits as the
/// language does, and {0:bytes} makes a size of it (an id, a version or a position stays {0}). An argument is never
/// read for placeholders, and is made plain first. A placeholder without argument stays visible.
std::string fill(std::string_view sentence, std::span<const std::string> args, const WordOf& word_of);

/// Arguments quote what strangers sent, and sentences end on terminals and in mail: what is no UTF-8, controls, and the
/// marks that turn the direction of writing become U+FFFD; line breaks and tabs become spaces.
std::string plain(std::string_view argument);

}  // namespace tocsin::text
