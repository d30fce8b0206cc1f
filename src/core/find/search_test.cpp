// Words and filters, counts and pages: against a search of the plainest kind.
#include "core/find/search.h"

#include <algorithm>

#include "core/find/find_fixture.h"

namespace tocsin::find {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Search : public FindTest {};

TEST_P(Search, FindsByTheBeginningsOfAllItsWords) {
  put(document(1, green(), {"Tấn công bệnh viện Đà Nẵng", "evil-site.example"}));
  put(document(2, green(), {"Đà Lạt"}));
  EXPECT_THAT(found("da"), ElementsAre(2, 1));
  EXPECT_THAT(found("da nang"), ElementsAre(1));
  EXPECT_THAT(found("NẴNG đà"), ElementsAre(1));
  EXPECT_THAT(found("nan"), ElementsAre(1));
  EXPECT_THAT(found("ang"), IsEmpty());
  EXPECT_THAT(found("da hue"), IsEmpty());
  EXPECT_THAT(found("evil-si"), ElementsAre(1));
  EXPECT_THAT(found("site.example"), IsEmpty());
  EXPECT_THAT(found("example evil"), ElementsAre(1));
}

TEST_P(Search, FindsWhatLiesUnderAHostName) {
  put(document(1, green(), {"evil.example"}));
  put(document(2, green(), {"www.evil.example"}));
  put(document(3, green(), {"https://cdn.evil.example:8443/a"}));
  put(document(4, green(), {"an@evil.example"}));
  put(document(5, green(), {"notevil.example"}));
  put(document(6, green(), {"evil.other.example"}));
  EXPECT_THAT(found("evil.example"), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(found("cdn.evil.example"), ElementsAre(3));
}

TEST_P(Search, WithoutWordsFindsEverythingNewestFirst) {
  for (const std::int64_t item : {5, 3, 9}) put(document(item, green(), {"x"}));
  EXPECT_THAT(found(""), ElementsAre(9, 5, 3));
  EXPECT_THAT(found(" \t\n"), ElementsAre(9, 5, 3));
}

TEST_P(Search, ForSignsWithoutAWordFindsNothing) {
  put(document(1, green(), {"x ... \u2014 \U0001F514"}));
  for (const std::string signs : {"...", "\u2014", " .,- ", "%", "\xff"}) {
    EXPECT_THAT(found(signs), IsEmpty()) << signs;
    Query query;
    query.words = signs;
    EXPECT_EQ(page(query, scope_of("an")).total, 0) << signs;
  }
  EXPECT_THAT(found("\u2014 x"), ElementsAre(1));
}

// What an import keeps is the normal form; people ask with what stands in their report.
TEST_P(Search, FindsAValueInEverySpellingThatAnImportTakes) {
  put(document(1, green(), {"xn--mnchen-evil-thb.example"}));
  put(document(2, green(), {"https://bad.example/path?q=1"}));
  put(document(3, green(), {"2001:db8::/48"}));
  put(document(4, green(), {"Seen at m\u00fcnchen-evil.example"}));
  put(document(5, green(), {"2001:db8::7"}));
  EXPECT_THAT(found("m\u00fcnchen-evil.example"), ElementsAre(4, 1));
  EXPECT_THAT(found("seen M\u00dcNCHEN-evil[.]example"), ElementsAre(4));
  EXPECT_THAT(found("hxxps://bad[.]example/path?q=1"), ElementsAre(2));
  EXPECT_THAT(found("hxxps://bad[.]example/path?q=2"), IsEmpty());
  EXPECT_THAT(found("2001:0db8:0::/48"), ElementsAre(3));
  EXPECT_THAT(found("2001:0DB8:0::7"), ElementsAre(5));
  EXPECT_THAT(found("hxxps://bad[.]example/path?q=1 m\u00fcnchen-evil.example"), IsEmpty());
}

TEST_P(Search, FiltersExactly) {
  Document other = document(2, green(), {"word"});
  other.type = "malware";
  other.voucher = peer().text();
  other.tlp = "TLP:AMBER";
  put(document(1, green(), {"word"}));
  put(other);
  const trust::Scope scope = scope_of("an");
  const auto with = [&](auto set) {
    Query query;
    set(query);
    return page(query, scope).items;
  };
  EXPECT_THAT(with([](Query& q) { q.type = "malware"; }), ElementsAre(2));
  EXPECT_THAT(with([](Query& q) { q.type = "malwar"; }), IsEmpty());
  EXPECT_THAT(with([](Query& q) { q.type = "Malware"; }), IsEmpty());
  EXPECT_THAT(with([](Query& q) { q.type = "%"; }), IsEmpty());
  EXPECT_THAT(with([](Query& q) { q.voucher = own().text(); }), ElementsAre(1));
  EXPECT_THAT(with([](Query& q) { q.tlp = "TLP:AMBER"; }), ElementsAre(2));
  EXPECT_THAT(with([](Query& q) {
                q.tlp = "TLP:AMBER";
                q.type = "indicator";
              }),
              IsEmpty());
}

TEST_P(Search, FindsNothingOfWhatWasRemoved) {
  put(document(1, green(), {"word"}));
  put(document(2, green(), {"word"}));
  take_out(1);
  take_out(77);
  EXPECT_THAT(found("word"), ElementsAre(2));
  EXPECT_THAT(found(""), ElementsAre(2));
  EXPECT_EQ(page({}, scope_of("an")).total, 1);
  EXPECT_EQ(get([](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM found_words WHERE item = 1"); }),
            0);
}

TEST_P(Search, IndexedTwiceIsFoundOnce) {
  put(document(1, green(), {"word word"}));
  put(document(1, green(), {"word"}));
  EXPECT_THAT(found("word"), ElementsAre(1));
  EXPECT_EQ(page({}, scope_of("an")).total, 1);
}

// What a label hides is in no list, no count, and no page; the cursor does not give its number away either.
TEST_P(Search, HidesWhatTheReaderMayNotSee) {
  put(document(1, green(), {"open secret"}));
  put(document(2, red(), {"open secret"}));
  put(document(3, exercise(), {"open secret"}));
  put(document(4, green(), {"open"}));
  EXPECT_THAT(found("open", "an"), ElementsAre(4, 2, 1));
  EXPECT_THAT(found("open", "linh"), ElementsAre(4, 1));
  EXPECT_THAT(found("secret", "linh"), ElementsAre(1));
  const trust::Scope linh = scope_of("linh");
  EXPECT_EQ(page({}, linh).total, 2);
  Query query;
  query.limit = 1;
  const Page first = page(query, linh);
  EXPECT_EQ(first.next, 4);
  query.before_item = first.next;
  const Page second = page(query, linh);
  EXPECT_THAT(second.items, ElementsAre(1));
  EXPECT_FALSE(second.next);
  EXPECT_THAT(page({}, scope_of("an", trust::testing::kExercise)).items, ElementsAre(3));
}

TEST_P(Search, OfAReaderWhoMaySeeNothingFindsNothing) {
  put(document(1, red(), {"word"}));
  const Page nothing = page({}, scope_of("linh"));
  EXPECT_THAT(nothing.items, IsEmpty());
  EXPECT_EQ(nothing.total, 0);
  EXPECT_FALSE(nothing.next);
}

TEST_P(Search, TakesHostileWordsAsWords) {
  put(document(1, green(), {"plain", trust::testing::kHostileText}));
  put(document(2, green(), {"100% sure_thing"}));
  EXPECT_THAT(found("pl%n"), IsEmpty());
  EXPECT_THAT(found("p_ain"), IsEmpty());
  EXPECT_THAT(found("drop"), ElementsAre(1));
  EXPECT_THAT(found("'; DROP TABLE found_items; --"), IsEmpty());
  EXPECT_THAT(found("sure_thing"), ElementsAre(2));
  EXPECT_THAT(found("abc"), ElementsAre(1));
  EXPECT_THAT(found("plain\xff"), IsEmpty());
  EXPECT_THAT(found(std::string(1 << 20, 'x')), IsEmpty());
  EXPECT_THAT(found("\U0010FFFF"), IsEmpty());
}

// Every word costs a look-up: on PostgreSQL a search of hundreds kept a connection for minutes.
TEST_P(Search, RefusesMoreWordsThanPeopleType) {
  put(document(1, green(), {"w0 w1"}));
  std::string words;
  for (int i = 0; i < 32; ++i)
    words += "w" + std::to_string(i % 2) + std::string(static_cast<std::size_t>(i), '.') + " ";
  EXPECT_THAT(found(words), ElementsAre(1));
  const trust::Scope scope = scope_of("an");
  for (const int count : {32, 33, 5000}) {
    Query query;
    for (int i = 0; i < count; ++i) query.words += "x" + std::to_string(i) + " ";
    EXPECT_EQ(error_of([&](store::Transaction& tx) { return search(tx, query, scope); }),
              count > 32 ? "find.too_many_words" : "")
        << count;
  }
}

TEST_P(Search, FindsLongWordsOfEveryScript) {
  std::string water = "a";
  for (int i = 0; i < 500; ++i) water += "水";
  put(document(1, green(), {water, std::string(1 << 20, 'x')}));
  EXPECT_THAT(found(water), ElementsAre(1));
  EXPECT_THAT(found("a水水"), ElementsAre(1));
  EXPECT_THAT(found(std::string(1 << 19, 'x')), ElementsAre(1));
}

// A search of the plainest kind over the same documents: every page of every question must agree with it.
TEST_P(Search, AgreesWithAPlainSearchOnEveryPage) {
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> vocabulary = {"an", "ant", "anna", "Đà", "da", "dan", "evil.example", "evil", "e"};
  const std::vector<std::string> types = {"indicator", "malware"};
  const std::vector<trust::LabelId> labels = {green(), red(), exercise()};
  std::vector<Document> all;
  for (std::int64_t item = 1; item <= 120; ++item) {
    Document made = document(item, labels[random() % labels.size()], {});
    made.type = pick(types);
    for (auto left = random() % 4; left > 0; --left) made.texts.push_back(pick(vocabulary) + " " + pick(vocabulary));
    put(made);
    all.push_back(std::move(made));
  }
  for (const std::string user : {"an", "linh"}) {
    const trust::Scope scope = scope_of(user);
    for (int round = 0; round < 40; ++round) {
      Query query;
      if (random() % 4 > 0) query.words = pick(vocabulary) + " " + (random() % 2 > 0 ? pick(vocabulary) : "");
      if (random() % 2 > 0) query.type = pick(types);
      query.limit = static_cast<int>(1 + random() % 9);
      std::vector<std::int64_t> expected;
      for (auto one = all.rbegin(); one != all.rend(); ++one) {
        if (!scope.contains(one->label) || (!query.type.empty() && query.type != one->type)) continue;
        const auto wanted = words_of(query.words);
        if (std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
              for (const auto& text : one->texts)
                for (const auto& have : words_of(text))
                  if (have.starts_with(word)) return true;
              return false;
            }))
          expected.push_back(one->item);
      }
      std::vector<std::int64_t> seen;
      for (;;) {
        const Page part = page(query, scope);
        ASSERT_LE(part.items.size(), static_cast<std::size_t>(query.limit));
        ASSERT_EQ(part.total, static_cast<std::int64_t>(expected.size()));
        seen.insert(seen.end(), part.items.begin(), part.items.end());
        if (!part.next) break;
        ASSERT_EQ(part.next, part.items.back());
        query.before_item = part.next;
      }
      EXPECT_EQ(seen, expected) << query.words;
    }
  }
}

TEST_P(Search, CountsExactlyUpToTwentyThousandAndThenNotAtAll) {
  const trust::LabelId label = green();
  const auto fill = [&](std::int64_t from, std::int64_t to) {
    get([&](store::Transaction& tx) -> Result<void> {
      for (std::int64_t item = from; item <= to; ++item) TRY_VOID(index(tx, document(item, label, {})));
      return {};
    });
  };
  fill(1, 20'000);
  EXPECT_EQ(page({}, scope_of("an")).total, 20'000);
  fill(20'001, 20'001);
  const Page much = page({}, scope_of("an"));
  EXPECT_FALSE(much.total);
  EXPECT_EQ(much.items.size(), 50u);
  EXPECT_EQ(much.items.front(), 20'001);
  EXPECT_EQ(much.next, much.items.back());
}

TOCSIN_ON_BOTH_ENGINES(Search);

}  // namespace
}  // namespace tocsin::find
