// The arguments of a message, kept in one column beside its id. They may be a peer's words, so any text comes back as
// it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::trust {

std::string write_arguments(const std::vector<std::string>& arguments);
/// None where the text is not one that write_arguments() wrote.
std::vector<std::string> read_arguments(std::string_view text);

}  // namespace tocsin::trust
