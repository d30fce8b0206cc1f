#include "cmd/tocsin/menu.h"

#include <gtest/gtest.h>

#include "core/infra/critical.h"

namespace tocsin::cmd {
namespace {

// What CLI11 says of the words; empty where they are a command.
std::string refusal_of(const std::string& words) {
  CLI::App app("tocsin");
  app.require_subcommand(1);
  Menu menu(app);
  const std::unique_ptr<Group> groups[] = {user_commands(menu), agreement_commands(menu), publish_commands(menu)};
  take_one_value_each(app);
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST(RepeatedOptions, LeaveWhatFollowsToTheCommand) {
  EXPECT_EQ(refusal_of("user add --role analyst bob"), "");
  EXPECT_EQ(refusal_of("user add --role analyst --role duty_officer bob"), "");
  EXPECT_EQ(refusal_of("user add --role analyst,duty_officer bob"), "");
  EXPECT_EQ(refusal_of("publish --reader CERT:mai 4711 4712"), "");
}

TEST(RepeatedOptions, TakeOneValueEachTime) {
  EXPECT_EQ(refusal_of("agreement propose --title T --with a --with b --ack 5=PT15M --ack 4=PT30M"), "");
  EXPECT_NE(refusal_of("agreement propose --title T --with a b"), "");
}

TEST(SeveralArguments, MayStillFollowEachOther) {
  EXPECT_EQ(refusal_of("user roles minh analyst duty_officer"), "");
}

TEST(HelpOfMarkingAHost, NamesEveryCode) {
  CLI::App app("tocsin");
  Menu menu(app);
  const std::unique_ptr<Group> hosts = host_commands(menu);
  const std::string help = app.get_subcommand("host")->get_subcommand("mark")->help();
  for (const auto codes : {infra::sectors(), infra::protected_codes()})
    for (const std::string_view code : codes) EXPECT_NE(help.find(code), std::string::npos) << code;
}

}  // namespace
}  // namespace tocsin::cmd
