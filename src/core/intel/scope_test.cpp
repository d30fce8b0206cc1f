// What a label hides is hidden from every reading function; and where every copy came from.
#include <map>

#include "core/intel/intel_fixture.h"

namespace tocsin::intel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Reading : public IntelTest {
 protected:
  static std::string id(int number) {
    return "indicator--0193a0c4-0000-4000-8000-00000000010" + std::to_string(number);
  }
  ItemId put_as(int number, trust::LabelId label, const Provenance& provenance) {
    return keep(indicator(version(1), "", id(number)), label, provenance).item;
  }
};

TEST_P(Reading, HidesWhatTheReaderMayNotSee) {
  const ItemId open = put_as(1, green(), from(own())), secret = put_as(2, red(), from(own())),
               drill = put_as(3, exercise(), from(own()));
  const trust::Scope linh = scope_of("linh");
  for (const ItemId hidden : {secret, drill, ItemId{9999}, ItemId{-1}}) {
    EXPECT_EQ(error_of([&](store::Transaction& tx) { return item(tx, hidden, linh); }), "intel.not_found");
    EXPECT_EQ(bytes_of(hidden, "linh"), "intel.not_found");
  }
  EXPECT_THAT(copies_of(id(2), "linh"), IsEmpty());
  EXPECT_THAT(copies_of(id(2), "an"), ElementsAre(secret));
  const auto some = get([&](store::Transaction& tx) { return items(tx, {drill, open, secret, 77, open}, linh); });
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].item, open);
  EXPECT_EQ(some[1].item, open);
}

TEST_P(Reading, GivesItemsInTheOrderAsked) {
  const ItemId a = put_as(1, green(), from(own())), b = put_as(2, green(), from(own())),
               c = put_as(3, green(), from(own()));
  const trust::Scope scope = scope_of("an");
  std::vector<ItemId> given;
  for (const Item& item : get([&](store::Transaction& tx) { return items(tx, {b, c, a}, scope); }))
    given.push_back(item.item);
  EXPECT_THAT(given, ElementsAre(b, c, a));
  EXPECT_THAT(get([&](store::Transaction& tx) { return items(tx, {}, scope); }), IsEmpty());
}

TEST_P(Reading, GivesCopiesNewestFirst) {
  const ItemId first = keep(indicator(version(1))).item;
  now_ = now_ + base::hours(1);
  const ItemId theirs = keep(indicator(version(1)), green(), from(peer())).item;
  now_ = now_ + base::hours(1);
  const ItemId second = keep(indicator(version(2))).item;
  EXPECT_THAT(copies_of(kIndicator), ElementsAre(second, theirs, first));
  now_ = now_ + base::hours(1);
  const ItemId old = keep(indicator(version(0))).item;
  EXPECT_THAT(copies_of(kIndicator), ElementsAre(second, theirs, old, first));  // what is current comes first
}

TEST_P(Reading, KnowsWhereEveryCopyCameFrom) {
  const Digest one = crypto::sha256(std::string_view("one")), two = crypto::sha256(std::string_view("two"));
  Provenance given = from(peer(), one);
  given.agreement = "0193a0c4-0000-7000-8000-000000000001";
  const ItemId theirs = put_as(1, green(), given);
  now_ = now_ + base::hours(1);
  EXPECT_EQ(put_as(1, green(), from(peer(), two)), theirs);
  const ItemId ours = put_as(2, green(), from(own(), {}, 5));
  const auto origins = get([&](store::Transaction& tx) { return provenance(tx, theirs); });
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_EQ(origins[0].voucher, peer());
  EXPECT_EQ(origins[0].statement, one);
  EXPECT_EQ(origins[0].agreement, given.agreement);
  EXPECT_EQ(origins[0].basis, "direct");
  EXPECT_EQ(origins[1].statement, two);
  const auto imported = get([&](store::Transaction& tx) { return provenance(tx, ours); });
  ASSERT_EQ(imported.size(), 1u);
  EXPECT_FALSE(imported[0].statement);
  EXPECT_EQ(imported[0].import_id, 5);
  const auto numbers = [&](auto read_items) {
    std::vector<ItemId> out;
    for (const Item& item : get(read_items)) out.push_back(item.item);
    return out;
  };
  EXPECT_THAT(numbers([&](store::Transaction& tx) { return of_statement(tx, two); }), ElementsAre(theirs));
  EXPECT_THAT(numbers([&](store::Transaction& tx) { return of_statement(tx, Digest{}); }), IsEmpty());
  EXPECT_THAT(numbers([](store::Transaction& tx) { return of_import(tx, 5); }), ElementsAre(ours));
  EXPECT_THAT(numbers([](store::Transaction& tx) { return of_import(tx, 6); }), IsEmpty());
  EXPECT_THAT(numbers([](store::Transaction& tx) { return of_import(tx, 0); }), IsEmpty());  // no import is number 0
}

TEST_P(Reading, AnImportHoldsWhatItMetAgainToo) {
  const ItemId item = put_as(1, green(), from(own(), {}, 1));
  EXPECT_EQ(put_as(1, green(), from(own(), {}, 2)), item);
  for (const std::int64_t import : {1, 2})
    EXPECT_EQ(get([&](store::Transaction& tx) { return of_import(tx, import); }).at(0).item, item);
}

TEST_P(Reading, ListsImportsNewestFirstInPages) {
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 5; ++i) {
    Import import;
    import.name = "list " + std::to_string(i) + trust::testing::kHostileText;
    import.format = "csv";
    import.by = "an";
    import.time = now_;
    ids.push_back(get([&](store::Transaction& tx) { return begin_import(tx, import); }));
  }
  const trust::LabelId label = green();
  get([&](store::Transaction& tx) { return add_counts(tx, ids[4], label, {1, 2, 3, 4}); });
  const trust::Scope scope = scope_of("an");
  const auto page = [&](std::int64_t before) {
    return get([&](store::Transaction& tx) { return imports(tx, before, 2, {scope, "an"}); });
  };
  const auto first = page(0);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].import_id, ids[4]);
  EXPECT_EQ(first[0].name, "list 4" + trust::testing::kHostileText);
  EXPECT_EQ(first[0].by, "an");
  EXPECT_EQ(first[0].time, now_);
  EXPECT_EQ(first[0].counts.stored, 1);
  EXPECT_EQ(first[0].counts.updated, 2);
  EXPECT_EQ(first[0].counts.unchanged, 3);
  EXPECT_EQ(first[0].counts.refused, 4);
  EXPECT_EQ(first[1].counts.stored, 0);
  EXPECT_EQ(page(ids[3]).at(0).import_id, ids[2]);
  EXPECT_EQ(page(ids[1]).size(), 1u);
  EXPECT_THAT(page(ids[0]), IsEmpty());
}

TEST_P(Reading, CountsOfAnImportWhatTheReaderMaySee) {
  const auto import_by = [&](const std::string& name, std::vector<trust::LabelId> labels) {
    Import import;
    import.name = name;
    import.by = "an";
    return get([&](store::Transaction& tx) -> Result<std::int64_t> {
      const auto id = TRY(begin_import(tx, import));
      for (const trust::LabelId label : labels)
        for (int twice = 0; twice < 2; ++twice) TRY_VOID(add_counts(tx, id, label, {1, 0, 0, 1}));
      return id;
    });
  };
  const auto mixed = import_by("mixed", {green(), red()}), secret = import_by("secret", {red()}),
             empty = import_by("empty", {});
  const auto seen_by = [&](const std::string& user) {
    const trust::Scope scope = scope_of(user);
    std::map<std::int64_t, std::int64_t> out;
    for (const Import& import : get([&](store::Transaction& tx) { return imports(tx, 0, 9, {scope, user}); })) {
      out[import.import_id] = import.counts.stored;
      EXPECT_EQ(import.counts.refused, import.counts.stored);
    }
    for (const std::int64_t id : {mixed, secret, empty})
      EXPECT_EQ(attempt([&](store::Transaction& tx) {
                  return check_import(tx, id, {scope, user});
                }).has_value(),
                out.contains(id));
    return out;
  };
  EXPECT_EQ(seen_by("linh"), (std::map<std::int64_t, std::int64_t>{{mixed, 2}}));
  EXPECT_EQ(seen_by("an"), (std::map<std::int64_t, std::int64_t>{{mixed, 4}, {secret, 2}, {empty, 0}}));
}

TOCSIN_ON_BOTH_ENGINES(Reading);

}  // namespace
}  // namespace tocsin::intel
