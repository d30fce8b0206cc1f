// Everything that a node answers to somebody, in a form in which two nodes can be compared.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ground/json/json.h"
#include "tests/noninterference/world.h"

namespace tocsin::noninterference {

/// One request: of which route, by whom, about what, and how.
struct Asked {
  std::string route, who;
  std::string thing;  ///< what an id names; "nothing" where it names nothing; empty where there is no id
  std::string how;    ///< filter or page
  auto operator<=>(const Asked&) const = default;
  std::string text() const { return route + " [" + who + "] " + thing + " " + how; }
};
/// {status, headers, body}. Numbers of rows stand as what they number ("item:indicator--..."), or two nodes could not
/// be compared: that they are numbers of rows is judged where exemptions are listed, and not here.
using Answers = std::map<Asked, json::Value>;

/// How a file is tried that holds the very object which another one may have imported for few eyes.
inline constexpr std::string_view kSameObject = "the same object";

/// Every route of the router, as everybody who may: by every id there is, with every filter, page by page.
/// Fails where a route is new and nobody has said what it takes.
/// `only`: as the routes asked begin.
Answers ask_everything(const House& house, std::string_view only = "");

/// A place where two answers differ: a JSON pointer in which "*" stands for every index.
struct Difference {
  Asked asked;
  std::string place, one, other;
};
/// What one of the two does not have has to be answered as something that is nowhere.
std::vector<Difference> differences(const Answers& ones, const Answers& others);

}  // namespace tocsin::noninterference
