#include "cmd/tocsin/publishing.h"

#include <gtest/gtest.h>

namespace tocsin::cmd {
namespace {

json::Value plan(const std::vector<std::pair<std::string, int>>& recipients) {
  json::Array list;
  for (const auto& [name, permitted] : recipients)
    list.push_back(json::Object{{"name", name}, {"permitted", permitted}});
  return json::Object{{"recipients", std::move(list)}};
}

TEST(Receivers, AreOnlyThoseWhoMayHaveSomething) {
  EXPECT_EQ(names_of_receivers(plan({{"CERT of Nam", 0}, {"Hospital", 2}, {"Ministry", 1}})), "Hospital, Ministry");
  EXPECT_EQ(names_of_receivers(plan({{"CERT of Nam", 0}})), "");
  EXPECT_EQ(names_of_receivers(json::Object{}), "");
}

TEST(Receivers, UnderTwoAgreementsAreNamedOnce) {
  EXPECT_EQ(names_of_receivers(plan({{"Hospital", 1}, {"Hospital", 3}})), "Hospital");
}

TEST(Receivers, CannotObeyATerminalByTheirNames) {
  EXPECT_EQ(names_of_receivers(plan({{"Hospital\x1b[2J", 1}})), "Hospital\xef\xbf\xbd[2J");
}

TEST(RedReaders, AreTypedAsPartyAndAccount) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(split_reader("CERT of Nam:mai"), Pair("CERT of Nam", "mai"));
  EXPECT_EQ(split_reader("CERT: of Nam:mai"), Pair("CERT: of Nam", "mai"));
  for (const char* text : {"", "mai", ":mai", "CERT:", ":"})
    EXPECT_EQ(split_reader(text).error().id, "cli.usage.reader");
}

TEST(RedReaders, AreShownByNameAndAccountAndCannotObeyATerminal) {
  json::Array readers;
  readers.push_back(json::Object{{"account", "mai"}, {"name", "Mai\x1b[2J"}});
  readers.push_back(json::Object{{"account", "nam"}, {"name", "nam"}});
  EXPECT_EQ(names_of_readers(json::Object{{"readers", std::move(readers)}}), "Mai\xef\xbf\xbd[2J (mai), nam");
  EXPECT_EQ(names_of_readers(json::Object{}), "");
}

}  // namespace
}  // namespace tocsin::cmd
