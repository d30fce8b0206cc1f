#include "core/trust/person.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trust/trust_fixture.h"

namespace tocsin::trust {
namespace {

using testing::party_of;

TEST(Person, IsReadBackAsWritten) {
  for (const std::string& account : {std::string("an"), std::string("mai.2_b-c"), std::string(64, 'z')}) {
    const Person person{party_of(10), account};
    EXPECT_EQ(Person::parse(person.text()), person) << account;
  }
}

TEST(Person, IsNotReadFromAnythingElse) {
  const std::string id = party_of(10).text();
  const std::string bad[] = {"",
                             "an",
                             "/an",
                             id,
                             id + "/",
                             id + "/a",
                             id + "//an",
                             id + "/an/",
                             id + "/an/mai",
                             id + " /an",
                             id + "/an mai",
                             id + "/An",
                             id + "/-rf",
                             id + "/key:1234",
                             id + "/m\u00e1i",
                             id + "/an\n",
                             id + std::string("/an\0", 4),
                             id + "/" + std::string(65, 'a'),
                             id.substr(1) + "/an",
                             "A" + id.substr(1) + "/an"};
  for (const std::string& text : bad) EXPECT_FALSE(Person::parse(text)) << text;
}

TEST(Person, OfTheSameNameElsewhereIsSomebodyElse) {
  const std::set<Person> persons = {
      {party_of(30), "mai"}, {party_of(10), "mai"}, {party_of(30), "an"}, {party_of(30), "mai"}};
  EXPECT_EQ(persons.size(), 3u);
  EXPECT_THAT(accounts_of(party_of(30), persons), ::testing::ElementsAre("an", "mai"));
  EXPECT_THAT(accounts_of(party_of(10), persons), ::testing::ElementsAre("mai"));
  EXPECT_THAT(accounts_of(party_of(50), persons), ::testing::IsEmpty());
}

}  // namespace
}  // namespace tocsin::trust
