// Retraction, tombstones and sightings.
#include "core/intel/intel_fixture.h"

namespace tocsin::intel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Retracting : public IntelTest {
 protected:
  void take_back(ItemId item, bool erase) {
    get([&](store::Transaction& tx) { return retract(tx, item, "error", erase); });
  }
  std::string grave(const trust::PartyId& author, std::string_view stix_id, std::optional<Digest> statement = {}) {
    const auto found = get([&](store::Transaction& tx) {
      return tombstone(tx, {author, std::string(stix_id), statement});
    });
    return found ? found->reason : "";
  }
  void bury(const trust::PartyId& author, std::string_view stix_id, std::optional<Digest> statement,
            std::string_view reason) {
    get([&](store::Transaction& tx) {
      return add_tombstone(tx, {author, std::string(stix_id), statement}, reason, now_);
    });
  }
};

TEST_P(Retracting, EndsTheGroundsAndKeepsTheBytes) {
  const Put ours = keep(indicator(version(1)));
  const Put theirs = keep(indicator(version(1)), green(), from(peer()));
  take_back(ours.item, false);
  EXPECT_EQ(read(ours.item).retracted, "error");
  EXPECT_FALSE(read(ours.item).erased);
  EXPECT_EQ(bytes_of(ours.item), indicator(version(1)));
  EXPECT_EQ(read(theirs.item).retracted, "");
}

TEST_P(Retracting, ErasesEverythingThatCouldSayWhatItWas) {
  const std::string personal = "Nguyen Van A";
  const std::string bytes =
      R"({"type":"indicator","id":")" + kIndicator + R"(","name":")" + personal +
      R"(","pattern":"[domain-name:value = 'nguyen-van-a.example']","pattern_type":"stix","spec_version":"2.1"})";
  const Put put = keep(bytes);
  ASSERT_EQ(read(put.item).value, "nguyen-van-a.example");
  take_back(put.item, true);
  EXPECT_EQ(bytes_of(put.item), "intel.erased");
  const Item left = read(put.item);
  EXPECT_TRUE(left.erased);
  EXPECT_EQ(left.retracted, "error");
  EXPECT_EQ(left.name, kIndicator);
  EXPECT_EQ(left.value, "");
  // The same bytes again do not bring it back.
  EXPECT_EQ(keep(bytes).outcome, Outcome::Unchanged);
  EXPECT_EQ(bytes_of(put.item), "intel.erased");
}

TEST_P(Retracting, ErasedAndHiddenSaysHidden) {
  const Put secret = keep(indicator(version(1)), red(), from(own()));
  take_back(secret.item, true);
  EXPECT_EQ(bytes_of(secret.item, "linh"), "intel.not_found");
  EXPECT_EQ(bytes_of(secret.item, "an"), "intel.erased");
}

TEST_P(Retracting, ATombstoneMayComeBeforeItsTarget) {
  const Digest statement = crypto::sha256(std::string_view("s")), other = crypto::sha256(std::string_view("t"));
  EXPECT_EQ(grave(peer(), kIndicator, statement), "");
  bury(peer(), kIndicator, {}, "error");
  EXPECT_EQ(grave(peer(), kIndicator), "error");
  EXPECT_EQ(grave(peer(), kIndicator, statement), "error");  // in all statements that carry it
  EXPECT_EQ(grave(own(), kIndicator), "");                   // and of this author only
  EXPECT_EQ(grave(peer(), kIndicator + "0"), "");
  EXPECT_EQ(grave(peer(), "%"), "");
  EXPECT_EQ(grave(peer(), ""), "");
  bury(peer(), "", statement, "outdated");
  EXPECT_EQ(grave(peer(), "", statement), "outdated");
  EXPECT_EQ(grave(peer(), "indicator--other", statement), "outdated");
  EXPECT_EQ(grave(peer(), "", other), "");
  EXPECT_EQ(grave(own(), "", statement), "");
}

TEST_P(Retracting, TheFirstReasonStands) {
  bury(peer(), kIndicator, {}, "error");
  bury(peer(), kIndicator, {}, "outdated");
  EXPECT_EQ(grave(peer(), kIndicator), "error");
}

TEST_P(Retracting, ATombstoneSaysWhenAndIsRemovedAlone) {
  const Digest statement = crypto::sha256(std::string_view("s"));
  bury(peer(), kIndicator, {}, "error");
  bury(own(), kIndicator, {}, "error");
  bury(peer(), "", statement, "outdated");
  const auto found = get([&](store::Transaction& tx) { return tombstone(tx, {peer(), kIndicator, {}}); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at, now_);
  get([&](store::Transaction& tx) { return remove_tombstone(tx, {peer(), kIndicator, statement}); });
  get([&](store::Transaction& tx) { return remove_tombstone(tx, {peer(), "", statement}); });
  EXPECT_EQ(grave(peer(), kIndicator), "");
  EXPECT_EQ(grave(own(), kIndicator), "error");
  EXPECT_EQ(grave(peer(), "", statement), "outdated");
}

class Sightings : public IntelTest {
 protected:
  Sighting seen(const trust::PartyId& party, std::int64_t count, std::optional<std::string_view> statement = {}) {
    Sighting out;
    out.stix_id = kIndicator;
    out.party = party;
    out.count = count;
    out.first = now_ - base::hours(1);
    out.last = now_;
    if (statement) out.statement = crypto::sha256(*statement);
    out.label = green();
    return out;
  }
  void add(const Sighting& sighting) {
    get([&](store::Transaction& tx) { return add_sighting(tx, sighting, now_); });
  }
  std::vector<Sighting> all(const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    return get([&](store::Transaction& tx) { return sightings_of(tx, kIndicator, scope); });
  }
};

TEST_P(Sightings, OfOursAddUp) {
  add(seen(own(), 3));
  Sighting more = seen(own(), 4);
  more.first = now_ - base::hours(9);
  more.last = now_ - base::hours(8);
  add(more);
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].party, own());
  EXPECT_EQ(all()[0].count, 7);
  EXPECT_EQ(all()[0].first, now_ - base::hours(9));
  EXPECT_EQ(all()[0].last, now_);
  EXPECT_FALSE(all()[0].statement);
}

TEST_P(Sightings, OfOneStatementCountOnce) {
  for (int i = 0; i < 3; ++i) add(seen(peer(), 5, "one"));
  add(seen(peer(), 2, "two"));
  add(seen(third(), 1, "one"));
  std::int64_t theirs = 0, others = 0;
  for (const Sighting& sighting : all()) {
    (sighting.party == peer() ? theirs : others) += sighting.count;
    EXPECT_TRUE(sighting.statement);
  }
  EXPECT_EQ(theirs, 7);
  EXPECT_EQ(others, 1);
}

TEST_P(Sightings, AreHiddenWithTheirLabels) {
  add(seen(own(), 1));
  Sighting secret = seen(peer(), 1, "one");
  secret.label = red();
  add(secret);
  EXPECT_EQ(all("an").size(), 2u);
  EXPECT_EQ(all("linh").size(), 1u);
  const trust::Scope linh = scope_of("linh");
  EXPECT_EQ(get([&](store::Transaction& tx) { return sightings(tx, linh, 10); }).size(), 1u);
}

TEST_P(Sightings, AreListedNewestFirstUpToALimit) {
  for (int i = 0; i < 5; ++i) {
    Sighting sighting = seen(peer(), i + 1, std::to_string(i));
    sighting.last = now_ - base::hours(i);  // their clocks do not matter
    add(sighting);
    now_ = now_ + base::seconds(1);
  }
  const trust::Scope scope = scope_of("an");
  std::vector<std::int64_t> counts;
  for (const Sighting& sighting : get([&](store::Transaction& tx) { return sightings(tx, scope, 3); }))
    counts.push_back(sighting.count);
  EXPECT_THAT(counts, ElementsAre(5, 4, 3));
}

TEST_P(Sightings, OfWhatIsNoIdAreRefusedBeforeTheStoreIs) {
  std::mt19937 random(3);
  const Sighting good = seen(peer(), 1, "two");
  Sighting sighting = seen(peer(), 1, "one");
  sighting.stix_id.clear();
  while (sighting.stix_id.size() < 9000) sighting.stix_id += static_cast<char>('a' + random() % 26);
  get([&](store::Transaction& tx) -> Result<void> {
    const auto refused = add_sighting(tx, sighting, now_);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused ? "" : refused.error().id, "sighting.malformed");
    return add_sighting(tx, good, now_);
  });
  EXPECT_EQ(all().size(), 1u);
}

TOCSIN_ON_BOTH_ENGINES(Retracting);
TOCSIN_ON_BOTH_ENGINES(Sightings);

}  // namespace
}  // namespace tocsin::intel
