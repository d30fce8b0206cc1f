#include "core/trust/arguments.h"

#include <gtest/gtest.h>

namespace tocsin::trust {
namespace {

TEST(Arguments, ComeBackAsTheyWere) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {""},
                                                    {"", "second"},
                                                    {"first", ""},
                                                    {"a\x1f"
                                                     "b",
                                                     "[\"c\"]"},
                                                    {"bệnh viện", "\n\""}})
    EXPECT_EQ(read_arguments(write_arguments(arguments)), arguments) << write_arguments(arguments);
}

TEST(Arguments, AreNoneInATextOfAnotherForm) {
  for (const std::string_view text : {"", "plain", "{\"a\":1}", "[1, 2]", "[\"cut"})
    EXPECT_TRUE(read_arguments(text).empty()) << text;
}

}  // namespace
}  // namespace tocsin::trust
