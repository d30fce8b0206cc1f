#include "doors/node/config.h"

#include <gtest/gtest.h>

#include "ground/base/file.h"
#include "tests/support/folder.h"

namespace tocsin::node {
namespace {

class Configuration : public ::testing::Test {
 protected:
  Result<Config> read(std::string_view text) {
    EXPECT_TRUE(base::write_file_durably(folder_.file("node.toml"), text));
    return read_config(folder_.path().string());
  }
  /// "config.bad_value line 2 names", or "" where it can be read.
  std::string problem(std::string_view text) {
    const auto config = read(text);
    if (config) return "";
    std::string out = config.error().id;
    for (std::size_t i = 1; i < config.error().args.size(); ++i) out += " " + config.error().args[i];
    return out;
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(Configuration, IsReadAsItWasWritten) {
  Config config;
  config.people_listen = "[::]:443";
  config.peers_listen = "0.0.0.0:8444";
  config.names = {"tocsin.example", "một \"tên\"", "192.0.2.1"};
  config.trusted_proxies = {"192.0.2.1", "2001:db8::1"};
  config.web_folder = "\n/srv/web \\ \"1\"\x7f\n\t";
  config.proxy = "http://127.0.0.1:3128";
  config.pull_seconds = 86400;
  const auto again = read(write_config(config));
  ASSERT_TRUE(again) << base::describe(again.error());
  EXPECT_EQ(again->people_listen, config.people_listen);
  EXPECT_EQ(again->peers_listen, config.peers_listen);
  EXPECT_EQ(again->names, config.names);
  EXPECT_EQ(again->trusted_proxies, config.trusted_proxies);
  EXPECT_EQ(again->web_folder, config.web_folder);
  EXPECT_EQ(again->proxy, config.proxy);
  EXPECT_EQ(again->pull_seconds, config.pull_seconds);
}

TEST_F(Configuration, ThatIsEmptyMeansTheDefaults) {
  const auto config = read("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->people_listen, Config{}.people_listen);
  EXPECT_EQ(config->names, Config{}.names);
}

TEST(Names, StandInUrlsWithThePortThatPeopleReach) {
  Config config;
  config.people_listen = "0.0.0.0:8443";
  config.names = {"soc.example.org:443", "soc.example.org", "192.0.2.1", "2001:db8::7", "[2001:db8::7]:443"};
  const auto found = authorities(config);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<std::string>{"soc.example.org", "soc.example.org:8443", "192.0.2.1:8443",
                                              "[2001:db8::7]:8443", "[2001:db8::7]"}));
  EXPECT_EQ(certificate_names(config), (std::vector<std::string>{"soc.example.org", "192.0.2.1", "2001:db8::7"}));
  config.people_listen = "[::]:443";
  config.names = {"soc.example.org"};
  EXPECT_EQ(authorities(config).value(), (std::vector<std::string>{"soc.example.org"}));
}

TEST_F(Configuration, NamesTheLineAndTheKeyThatIsWrong) {
  EXPECT_EQ(problem("pull_seconds = 5\npeople_listen = 8443\n"), "config.bad_value 2 people_listen");
  for (const char* value : {"0", "86401", "-1", "\"ten\"", "1.5", "9223372036854775807", "[]"})
    EXPECT_EQ(problem("pull_seconds = " + std::string(value)), "config.bad_value 1 pull_seconds") << value;
  for (const char* value : {"[]", "\"localhost\"", "[1]", "[[\"a\"]]", "{}"})
    EXPECT_EQ(problem("names = " + std::string(value)), "config.bad_value 1 names") << value;
}

TEST_F(Configuration, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(problem("\npeople_listens = \"127.0.0.1:8443\""), "config.unknown_key 2 people_listens");
  EXPECT_EQ(problem("[people]\nlisten = \"127.0.0.1:8443\""), "config.unknown_key 1 people");
}

TEST_F(Configuration, RefusesWhatIsNoToml) {
  for (const std::string& text : {std::string("proxy"), std::string("proxy = "), std::string("proxy = \"a"),
                                  std::string("proxy = \"a\"\nproxy = \"b\""), std::string("proxy = \"\xff\""),
                                  std::string("a\0b", 3), std::string(5000, '[')})
    EXPECT_TRUE(problem(text).starts_with("config.syntax")) << text.substr(0, 40) << ": " << problem(text);
}

TEST_F(Configuration, ThatIsMissingOrHugeIsRefused) {
  EXPECT_FALSE(read_config(folder_.path().string()));
  EXPECT_FALSE(read("# " + std::string(1u << 17, 'x')));
}

TEST(Endpoint, IsAnAddressAndAPort) {
  const auto six = parse_endpoint("[2001:db8::1]:8443");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->address, "2001:db8::1");
  EXPECT_EQ(six->port, 8443);
  EXPECT_EQ(parse_endpoint("127.0.0.1:0")->port, 0);
  EXPECT_EQ(parse_endpoint("127.0.0.1:65535")->port, 65535);
  for (const std::string_view text :
       {"", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:84 3",
        "127.0.0.1:99999999999999999999", ":8443", "2001:db8::1:8443", "[2001:db8::1:8443", "[]:8443"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

}  // namespace
}  // namespace tocsin::node
