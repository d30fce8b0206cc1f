// What somebody who signs an agreement agrees to, for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ground/json/json.h"

namespace tocsin::cmd {

/// The terms of a document as it is signed, a line each, in the order of the web page: every one of them, and as JSON
/// what this program has no words for.
std::vector<std::string> terms_in_words(const json::Value& terms);

/// "PT90S" -> "1 minute 30 seconds", to the second; as it is where it is no duration.
std::string duration_text(const std::string& iso);

}  // namespace tocsin::cmd
