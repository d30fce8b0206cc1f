#include "cmd/tocsin/agreement_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cmd/tocsin/output.h"

namespace tocsin::cmd {
namespace {

constexpr std::array<std::string_view, 6> kSeverities = {"None",        "Minor",  "Moderate",
                                                         "Significant", "Severe", "Catastrophic"};
constexpr std::array<std::string_view, 13> kSaid = {
    "title",      "level",     "from",     "until",          "tlp",        "pap",        "onward",
    "categories", "automatic", "purposes", "retention_days", "redactions", "acknowledge"};

std::string words_of(const json::Value& terms, std::string_view name, std::string_view none) {
  std::vector<std::string> words;
  for (const auto& word : list_of(terms, name)) words.push_back(word.string() ? *word.string() : json::write(word));
  return words.empty() ? std::string(none) : fmt::format("{}", fmt::join(words, ", "));
}

// The most urgent first.
void say_deadlines(const json::Value& terms, std::vector<std::string>& out) {
  const json::Value* const deadlines = terms.find("acknowledge");
  if (deadlines == nullptr || deadlines->object() == nullptr) return;
  out.emplace_back("Time to acknowledge an alert:");
  for (std::size_t severity = kSeverities.size(); severity-- > 0;)
    out.push_back(fmt::format("  {} {}: {}", severity, kSeverities[severity],
                              duration_text(text_of(*deadlines, std::to_string(severity)))));
}

}  // namespace

std::string duration_text(const std::string& iso) {
  const auto duration = base::from_iso_duration(iso);
  if (!duration) return iso;
  std::int64_t left = duration->us / 1'000'000;
  std::vector<std::string> parts;
  for (const auto& [unit, size] : {std::pair("day", std::int64_t{86400}), std::pair("hour", std::int64_t{3600}),
                                   std::pair("minute", std::int64_t{60}), std::pair("second", std::int64_t{1})}) {
    const std::int64_t count = left / size;
    left %= size;
    if (count > 0) parts.push_back(fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s"));
  }
  return parts.empty() ? iso : fmt::format("{}", fmt::join(parts, " "));
}

std::vector<std::string> terms_in_words(const json::Value& terms) {
  std::vector<std::string> out;
  for (const auto& [language, name] :
       {std::pair("en", "English"), std::pair("fr", "French"), std::pair("vi", "Vietnamese")})
    if (const std::string title = text_of(terms, "title", language); !title.empty())
      out.push_back(fmt::format("Title in {}: {}", name, title));
  out.push_back(fmt::format("Level: {}", text_of(terms, "level")));
  out.push_back(fmt::format("Valid: {} until {}", when(text_of(terms, "from")), when(text_of(terms, "until"))));
  out.push_back(fmt::format("At most: {}, {}", text_of(terms, "tlp"), text_of(terms, "pap")));
  out.push_back(fmt::format("Onward sharing: {}", text_of(terms, "onward")));
  out.push_back(fmt::format("What may be sent: {}", words_of(terms, "categories", "all kinds")));
  out.push_back(fmt::format("Sent without asking: {}", words_of(terms, "automatic", "nothing")));
  out.push_back(fmt::format("Purposes: {}", words_of(terms, "purposes", "none named")));
  out.push_back(fmt::format("Kept for: {} days (not enforced by the node yet)", text_of(terms, "retention_days")));
  if (!list_of(terms, "redactions").empty())
    out.push_back(fmt::format("Left out: {} (not enforced by the node yet)", words_of(terms, "redactions", "")));
  say_deadlines(terms, out);
  if (terms.object() != nullptr)
    for (const auto& [name, value] : *terms.object())
      if (std::find(kSaid.begin(), kSaid.end(), name) == kSaid.end())
        out.push_back(fmt::format("{}: {}", name, json::write(value)));
  return out;
}

}  // namespace tocsin::cmd
