// Which items share which values, for a reader who sees only a part of them.
#include <map>
#include <set>

#include "core/relate/relate_fixture.h"

namespace tocsin::relate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Correlation : public RelateTest {};

TEST_P(Correlation, NamesTheOthersThatShareAValueNewestFirst) {
  const trust::LabelId label = green();
  for (const std::int64_t item : {1, 2, 3}) put(item, label, {shows(domain("a.example"))});
  put(4, label, {shows(domain("b.example"))});
  const auto shared = related_to(2, scope_of("an"));
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_EQ(shared[0].value, domain("a.example"));
  EXPECT_THAT(shared[0].items, ElementsAre(3, 1));
  EXPECT_EQ(shared[0].total, 2);
  EXPECT_FALSE(shared[0].too_common);
  EXPECT_THAT(related_to(4, scope_of("an")), IsEmpty());
  EXPECT_THAT(related_to(99, scope_of("an")), IsEmpty());
}

TEST_P(Correlation, TellsKindsApart) {
  const std::string hash(32, 'a');
  put(1, green(), {shows({observable::Kind::Md5, hash})});
  put(2, green(), {shows({observable::Kind::Ja3, hash})});
  EXPECT_THAT(related_to(1, scope_of("an")), IsEmpty());
  EXPECT_THAT(having({observable::Kind::Ja3, hash}, scope_of("an")), ElementsAre(2));
}

TEST_P(Correlation, CountsAnItemOnceHoweverItHasTheValue) {
  const auto value = domain("a.example");
  put(1, green(), {shows(value)});
  put(2, green(), {shows(value), indicates(value), shows(value)});
  put(2, green(), {shows(value)});
  const auto shared = related_to(1, scope_of("an"));
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_THAT(shared[0].items, ElementsAre(2));
  EXPECT_EQ(shared[0].total, 1);
  EXPECT_EQ(count(1, scope_of("an")), 1);
  EXPECT_THAT(having(value, scope_of("an")), ElementsAre(2, 1));
}

TEST_P(Correlation, ListsUpToTheLimitAndCountsAll) {
  for (std::int64_t item = 1; item <= 30; ++item) put(item, green(), {shows(domain("a.example"))});
  const auto shared = related_to(30, scope_of("an"), 3);
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_THAT(shared[0].items, ElementsAre(29, 28, 27));
  EXPECT_EQ(shared[0].total, 29);
  EXPECT_THAT(having(domain("a.example"), scope_of("an"), 2), ElementsAre(30, 29));
}

TEST_P(Correlation, ShowsNothingOfWhatTheReaderMayNotSee) {
  const auto value = domain("a.example");
  const trust::LabelId open = green(), secret = red();
  put(1, open, {shows(value)});
  put(2, secret, {shows(value)});
  put(3, exercise(), {shows(value)});
  const trust::Scope an = scope_of("an"), linh = scope_of("linh");
  EXPECT_EQ(related_to(1, an).at(0).total, 1);
  EXPECT_THAT(related_to(1, linh), IsEmpty());
  EXPECT_EQ(count(1, linh), 0);
  EXPECT_THAT(having(value, linh), ElementsAre(1));
  // Asked about an item that is hidden itself, by its number: not even how many share something with it.
  EXPECT_THAT(related_to(2, linh), IsEmpty());
  EXPECT_EQ(count(2, linh), 0);
  EXPECT_EQ(count(2, an), 1);
}

TEST_P(Correlation, EndsWithTheItem) {
  const auto value = domain("a.example");
  for (const std::int64_t item : {1, 2, 3}) put(item, green(), {shows(value)});
  end(2);
  end(3, true);
  const trust::Scope scope = scope_of("an");
  EXPECT_THAT(having(value, scope), ElementsAre(1));
  EXPECT_THAT(related_to(1, scope), IsEmpty());
  // What was superseded can still be opened, and then shows what it shares; what was forgotten has no values left.
  EXPECT_THAT(related_to(2, scope).at(0).items, ElementsAre(1));
  EXPECT_THAT(related_to(3, scope), IsEmpty());
  EXPECT_EQ(get([](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM postings WHERE item = 3"); }), 0);
}

TEST_P(Correlation, ByAValueThatAThousandShareIsShownAsTooCommon) {
  const auto value = domain("common.example");
  const trust::LabelId open = green(), secret = red();
  const auto fill = [&](std::int64_t from, std::int64_t to, trust::LabelId label) {
    get([&](store::Transaction& tx) -> Result<void> {
      for (std::int64_t item = from; item <= to; ++item)
        TRY_VOID(post(tx, item, label, {shows(value), indicates(value)}, {}));
      return {};
    });
  };
  fill(1, 1001, open);
  auto shared = related_to(1, scope_of("an")).at(0);
  EXPECT_FALSE(shared.too_common);
  EXPECT_EQ(shared.total, 1000);
  EXPECT_EQ(shared.items.size(), 20u);
  fill(1002, 1002, secret);
  EXPECT_FALSE(related_to(1, scope_of("linh")).at(0).too_common);
  shared = related_to(1, scope_of("an")).at(0);
  EXPECT_TRUE(shared.too_common);
  EXPECT_THAT(shared.items, IsEmpty());
}

TEST_P(Correlation, TakesValuesOfEveryFormAndLength) {
  std::mt19937 random(3);
  std::string url = "http://evil.example/";
  while (url.size() < 2499) url += static_cast<char>('a' + random() % 26);  // nothing that compresses
  const std::vector<observable::Value> values = {{observable::Kind::Url, url},
                                                 {observable::Kind::Url, url + "x"},
                                                 {observable::Kind::UserAgent, trust::testing::kHostileText},
                                                 {observable::Kind::Mutex, "%"},
                                                 {observable::Kind::Mutex, "' OR 1=1 --"},
                                                 {observable::Kind::FileName, "\u202egpj.exe"}};
  std::int64_t item = 0;
  for (const auto& value : values) put(++item, green(), {indicates(value)});
  item = 0;
  for (const auto& value : values) EXPECT_THAT(having(value, scope_of("an")), ElementsAre(++item));
  put(100, green(), {shows(values[0])});
  EXPECT_EQ(related_to(100, scope_of("an")).at(0).value, values[0]);
  EXPECT_EQ(matched(scope_of("an")).size(), values.size());
}

TEST_P(Correlation, LeavesOutAValueThatNoIndexHoldsAndKeepsTheOthers) {
  std::mt19937 random(3);
  std::string url = "http://evil.example/";
  while (url.size() < (16u << 10)) url += static_cast<char>('a' + random() % 26);
  const observable::Value long_one{observable::Kind::Url, url};
  put(1, green(), {indicates(domain("a.example")), indicates(long_one), indicates(domain("b.example"))});
  EXPECT_THAT(matched(scope_of("an")), ElementsAre("a.example 1", "b.example 1"));
  EXPECT_THAT(having(long_one, scope_of("an")), IsEmpty());
}

// The plainest correlation over the same postings must say the same.
TEST_P(Correlation, AgreesWithComparingAllWithAll) {
  std::mt19937 random(11);
  const std::vector<trust::LabelId> labels = {green(), red(), exercise()};
  struct Known {
    trust::LabelId label;
    std::set<std::string> values;
    bool active = true;
  };
  std::map<std::int64_t, Known> known;
  for (std::int64_t item = 1; item <= 60; ++item) {
    Known made{labels[random() % labels.size()], {}};
    std::vector<Posting> postings;
    for (auto left = random() % 5; left > 0; --left) {
      const std::string name = "v" + std::to_string(random() % 12) + ".example";
      made.values.insert(name);
      postings.push_back({domain(name), random() % 2 > 0 ? Role::Shows : Role::Indicates});
    }
    put(item, made.label, postings);
    known[item] = made;
  }
  for (std::int64_t item = 1; item <= 60; ++item) {
    const auto fate = random() % 6;
    if (fate > 1) continue;
    end(item, fate == 1);
    known[item].active = false;
    if (fate == 1) known[item].values.clear();
  }
  for (const std::string user : {"an", "linh"}) {
    const trust::Scope scope = scope_of(user);
    for (const auto& [item, mine] : known) {
      std::map<std::string, std::vector<std::int64_t>> expected;
      std::set<std::int64_t> all;
      for (auto other = known.rbegin(); other != known.rend(); ++other) {
        if (other->first == item || !other->second.active || !scope.contains(mine.label) ||
            !scope.contains(other->second.label))
          continue;
        for (const auto& value : mine.values)
          if (other->second.values.count(value) > 0) {
            expected[value].push_back(other->first);
            all.insert(other->first);
          }
      }
      std::map<std::string, std::vector<std::int64_t>> found;
      for (const Related& shared : related_to(item, scope, 100)) {
        found[shared.value.text] = shared.items;
        EXPECT_EQ(shared.total, static_cast<std::int64_t>(shared.items.size()));
      }
      EXPECT_EQ(found, expected) << item;
      EXPECT_EQ(count(item, scope), static_cast<std::int64_t>(all.size())) << item;
    }
  }
}

TOCSIN_ON_BOTH_ENGINES(Correlation);

}  // namespace
}  // namespace tocsin::relate
