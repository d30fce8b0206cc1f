#include "formats/observable/registrable.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "formats/observable/observable.h"
#include "ground/base/clock.h"

namespace tocsin::observable {
namespace {

std::filesystem::path data_folder() {
  return base::environment("TOCSIN_DATA").value_or(std::string(TOCSIN_SOURCE_DIR) + "/../shared/data");
}

/// "checkPublicSuffix('a.b.com', 'b.com');" or null in place of a name.
std::optional<std::pair<std::string, std::string>> parse_case(const std::string& line) {
  if (!line.starts_with("checkPublicSuffix(")) return std::nullopt;
  const auto comma = line.find(", ");
  const auto unquoted = [](std::string text) { return text == "null" ? "" : text.substr(1, text.size() - 2); };
  return std::pair{unquoted(line.substr(18, comma - 18)),
                   unquoted(line.substr(comma + 2, line.rfind(')') - comma - 2))};
}

// test_psl.txt of publicsuffix.org, with the list of the same day.
TEST(RegistrableDomain, AnswersAsPublicsuffixOrgExpects) {
  const auto folder = data_folder() / "psl";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no foreign data at " << folder;
  const auto list = SuffixList::from_file(folder / "public_suffix_list.dat");
  ASSERT_TRUE(list);
  std::ifstream cases(folder / "test_psl.txt");
  int checked = 0;
  for (std::string line; std::getline(cases, line);) {
    const auto parsed = parse_case(line);
    if (!parsed) continue;
    ++checked;
    const auto domain = normalise(Kind::Domain, parsed->first);
    const auto found = domain ? list->registrable(*domain) : std::nullopt;
    const auto expected = parsed->second.empty() ? std::nullopt : normalise(Kind::Domain, parsed->second);
    EXPECT_EQ(found, expected) << line;
  }
  EXPECT_GT(checked, 70);
}

TEST(RegistrableDomain, UsesTheListOfTheSystem) {
  EXPECT_EQ(registrable_domain("www.example.co.uk"), "example.co.uk");
  EXPECT_EQ(registrable_domain("co.uk"), std::nullopt);
  EXPECT_EQ(registrable_domain(""), std::nullopt);
}

TEST(SuffixList, IsNothingWhereTheFileIsMissing) {
  EXPECT_FALSE(SuffixList::from_file("/nonexistent/list.dat"));
}

}  // namespace
}  // namespace tocsin::observable
