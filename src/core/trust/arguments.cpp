#include "core/trust/arguments.h"

#include "ground/json/json.h"

namespace tocsin::trust {

std::string write_arguments(const std::vector<std::string>& arguments) {
  return json::write(json::Value(json::Array(arguments.begin(), arguments.end())));
}

std::vector<std::string> read_arguments(std::string_view text) {
  std::vector<std::string> out;
  if (const auto list = json::parse(text); list && list->array())
    for (const auto& argument : *list->array())
      if (argument.string()) out.push_back(*argument.string());
  return out;
}

}  // namespace tocsin::trust
