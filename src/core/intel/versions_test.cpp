// Versions and revocation, per voucher, whatever the order in which they come.
#include <map>

#include "core/intel/intel_fixture.h"

namespace tocsin::intel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Versions : public IntelTest {};

TEST_P(Versions, AreTheExactBytesAndWhatTheyDerive) {
  const std::string bytes = "\n {  \"id\" : \"" + kIndicator + "\"," +
                            indicator(version(3), R"(,"valid_until":"2027-01-01T00:00:00Z","x_a":[1.50,"\u00e9"])")
                                .substr(1, std::string::npos);
  // Duplicate names are refused by the reader, so the id stands once.
  const std::string once =
      "\n {  " + indicator(version(3), R"(,"valid_until":"2027-01-01T00:00:00Z","x":1.50)").substr(1);
  EXPECT_FALSE(try_put(bytes, green(), from(own())));
  const Put put = keep(once);
  EXPECT_EQ(put.outcome, Outcome::Stored);
  EXPECT_EQ(bytes_of(put.item), once);
  const Item item = read(put.item);
  EXPECT_EQ(item.stix_id, kIndicator);
  EXPECT_EQ(item.type, "indicator");
  EXPECT_EQ(item.name, "Evil");
  EXPECT_EQ(item.value, "evil.example");
  EXPECT_EQ(item.kind, observable::name(observable::Kind::Domain));
  EXPECT_EQ(item.voucher, own());
  EXPECT_EQ(item.modified, version(3));
  EXPECT_EQ(item.received, now_);
  EXPECT_EQ(item.valid_until, base::from_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(item.current);
  EXPECT_FALSE(item.revoked || item.erased);
  EXPECT_EQ(item.retracted, "");
}

TEST_P(Versions, OfOneVoucherReplaceEachOther) {
  const Put first = keep(indicator(version(1)));
  const Put second = keep(indicator(version(2)));
  EXPECT_EQ(second.outcome, Outcome::Updated);
  EXPECT_THAT(second.superseded, ElementsAre(first.item));
  EXPECT_EQ(current_of(own()), second.item);
  const Put late = keep(indicator(version(0)));
  EXPECT_EQ(late.outcome, Outcome::OlderVersion);
  EXPECT_THAT(late.superseded, IsEmpty());
  EXPECT_EQ(current_of(own()), second.item);
  EXPECT_EQ(bytes_of(first.item), indicator(version(1)));
  EXPECT_FALSE(read(first.item).current);
}

TEST_P(Versions, AreComparedByTimeAndNotByText) {
  const Put early = keep(indicator("2026-01-01T00:00:00.5Z"));
  const Put later = keep(indicator("2026-01-01T00:00:00.10Z"));
  EXPECT_EQ(later.outcome, Outcome::OlderVersion);
  EXPECT_EQ(current_of(own()), early.item);
}

TEST_P(Versions, TheSameAgainChangesNothingButItsOrigins) {
  const Put first = keep(indicator(version(1)));
  now_ = now_ + base::hours(1);
  Provenance again = from(own());
  again.source = "second.json";
  const Put second = keep(indicator(version(1)), green(), again);
  EXPECT_EQ(second.outcome, Outcome::Unchanged);
  EXPECT_EQ(second.item, first.item);
  EXPECT_THAT(second.superseded, IsEmpty());
  const auto origins = get([&](store::Transaction& tx) { return provenance(tx, first.item); });
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_EQ(origins[1].source, "second.json");
  EXPECT_EQ(origins[1].received, now_);
}

TEST_P(Versions, OfOneSourceTheFirstTimeAndTheLastAreKept) {
  Provenance from_list = from(own());
  from_list.source = "daily.txt";
  ItemId item = 0;
  for (int day = 1; day <= 5; ++day) {
    now_ = now_ + base::days(1);
    from_list.received = now_;
    from_list.import_id = day;
    for (int line = 0; line < 2; ++line) item = keep(indicator(version(1)), green(), from_list).item;
    Provenance other = from_list;
    other.source = "weekly.txt";
    other.import_id = day + 100;
    keep(indicator(version(1)), green(), other);
  }
  std::vector<std::string> kept;
  for (const Provenance& one : get([&](store::Transaction& tx) { return provenance(tx, item); }))
    kept.push_back(one.source + " " + std::to_string(one.import_id));
  EXPECT_THAT(kept, UnorderedElementsAre("daily.txt 1", "daily.txt 5", "weekly.txt 101", "weekly.txt 105"));
  const auto of = [&](std::int64_t import) {
    return get([&](store::Transaction& tx) { return of_import(tx, import); }).size();
  };
  EXPECT_EQ(of(1), 1u);
  EXPECT_EQ(of(5), 1u);
  EXPECT_EQ(bytes_of(item), indicator(version(1)));
}

TEST_P(Versions, EveryStatementThatBroughtAnObjectIsKept) {
  ItemId item = 0;
  for (const std::string_view statement : {"a", "b", "c"})
    item = keep(indicator(version(1)), green(), from(peer(), crypto::sha256(statement))).item;
  EXPECT_EQ(get([&](store::Transaction& tx) { return provenance(tx, item); }).size(), 3u);
}

TEST_P(Versions, OneVersionWithOtherContentIsNotTaken) {
  const Put first = keep(indicator(version(1)));
  const Put other = keep(indicator(version(1), R"(,"description":"changed")"));
  EXPECT_EQ(other.outcome, Outcome::SameVersionOtherContent);
  EXPECT_EQ(other.item, first.item);
  EXPECT_EQ(bytes_of(first.item), indicator(version(1)));
  EXPECT_EQ(get([&](store::Transaction& tx) { return provenance(tx, first.item); }).size(), 1u);
  const Put bare = keep(indicator("", "", "indicator--0193a0c4-0000-4000-8000-000000000009"));
  EXPECT_EQ(keep(indicator("", R"(,"x":1)", "indicator--0193a0c4-0000-4000-8000-000000000009")).outcome,
            Outcome::SameVersionOtherContent);
  EXPECT_EQ(read(bare.item).modified, "");
}

TEST_P(Versions, OfAnotherVoucherNeverChange) {
  const Put ours = keep(indicator(version(1)));
  const Put theirs =
      keep(indicator(version(2), kRevoked), green(), from(peer(), crypto::sha256(std::string_view("s"))));
  EXPECT_EQ(theirs.outcome, Outcome::Stored);
  EXPECT_THAT(theirs.superseded, IsEmpty());
  EXPECT_TRUE(read(ours.item).current);
  EXPECT_FALSE(read(ours.item).revoked);
  EXPECT_EQ(keep(indicator(version(3))).outcome, Outcome::Updated);
  EXPECT_EQ(current_of(peer()), theirs.item);
  EXPECT_THAT(
      get([&](store::Transaction& tx) { return of_voucher(tx, peer(), kIndicator, std::string(trust::kReal)); }),
      ElementsAre(theirs.item));
}

TEST_P(Versions, OfAnExerciseNeverTouchTheRealOnes) {
  const Put real = keep(indicator(version(1)));
  const Put drill = keep(indicator(version(2), kRevoked), exercise(), from(own()));
  EXPECT_EQ(drill.outcome, Outcome::Stored);
  EXPECT_TRUE(read(real.item).current);
  EXPECT_EQ(keep(indicator(version(1)), exercise(), from(own())).outcome, Outcome::RevokedBefore);
  EXPECT_EQ(keep(indicator(version(1))).item, real.item);
}

TEST_P(Versions, EndWithRevocation) {
  const Put first = keep(indicator(version(1)));
  const Put revoked = keep(indicator(version(2), kRevoked));
  EXPECT_EQ(revoked.outcome, Outcome::Updated);
  EXPECT_THAT(revoked.superseded, ElementsAre(first.item));
  EXPECT_TRUE(read(revoked.item).revoked);
  const Put later = keep(indicator(version(3)));
  EXPECT_EQ(later.outcome, Outcome::RevokedBefore);
  EXPECT_FALSE(read(later.item).current);
  EXPECT_EQ(bytes_of(later.item), indicator(version(3)));  // kept as evidence
  EXPECT_EQ(current_of(own()), revoked.item);
}

TEST_P(Versions, EndWithRevocationThatComesLateToo) {
  keep(indicator(version(1)));
  const Put third = keep(indicator(version(3)));
  const Put revoked = keep(indicator(version(2), kRevoked));
  EXPECT_EQ(revoked.outcome, Outcome::Updated);
  EXPECT_THAT(revoked.superseded, ElementsAre(third.item));
  EXPECT_EQ(current_of(own()), revoked.item);
}

// From any order of versions of two vouchers, some of them revoked: derived from scratch, the same stand.
TEST_P(Versions, AgreeWithAHistoryReadFromScratch) {
  std::mt19937 random(23);
  const trust::LabelId label = green();
  for (int round = 0; round < 40; ++round) {
    char number[8];
    std::snprintf(number, sizeof number, "%04d", round);
    const std::string id = "indicator--0193a0c4-0000-4000-8000-00000000" + std::string(number);
    struct Arrived {
      ItemId item;
      int second;
      bool revoked;
    };
    std::map<trust::PartyId, std::vector<Arrived>> arrived;
    for (int i = 0; i < 12; ++i) {
      const trust::PartyId voucher = random() % 2 > 0 ? own() : peer();
      const int second = static_cast<int>(random() % 6);
      const bool revoked = random() % 8 == 0;
      auto& before = arrived[voucher];
      const Put put = keep(indicator(version(second), revoked ? kRevoked : "", id), label, from(voucher));
      const auto same =
          std::find_if(before.begin(), before.end(), [&](const Arrived& a) { return a.second == second; });
      if (same != before.end()) {
        EXPECT_EQ(put.outcome, same->revoked == revoked ? Outcome::Unchanged : Outcome::SameVersionOtherContent);
        EXPECT_EQ(put.item, same->item);
        continue;
      }
      before.push_back({put.item, second, revoked});
    }
    for (const auto& [voucher, all] : arrived) {
      const Arrived* expected = nullptr;
      for (const Arrived& one : all) {
        if (!expected || one.revoked || one.second > expected->second) expected = &one;
        if (one.revoked) break;
      }
      EXPECT_EQ(current_of(voucher, id), expected->item) << round;
    }
  }
}

TEST_P(Versions, WithoutAUsableVersionAreRefusedAlone) {
  std::mt19937 random(3);
  std::string noise;
  while (noise.size() < 9000) noise += static_cast<char>('a' + random() % 26);  // nothing that compresses
  const auto long_version = try_put(indicator(noise), green(), from(own()));
  ASSERT_FALSE(long_version);
  EXPECT_EQ(long_version.error().code, ErrorCode::Malformed);
  EXPECT_EQ(long_version.error().id, "intel.unusable");
  EXPECT_EQ(keep(indicator("not a time")).outcome, Outcome::Stored);
  // In one transaction: the others are stored all the same.
  const trust::LabelId label = green();
  get([&](store::Transaction& tx) -> Result<void> {
    const std::string bad = "{\"type\":\"" + noise + "\",\"id\":\"" + "x--0193a0c4-0000-4000-8000-00000000000a\"}";
    const std::string good = indicator(version(1), "", "indicator--0193a0c4-0000-4000-8000-00000000000b");
    EXPECT_FALSE(put(tx, TRY(stix::read_object(bad)), bad, label, from(own()), now_));
    TRY(put(tx, TRY(stix::read_object(good)), good, label, from(own()), now_));
    return {};
  });
  EXPECT_EQ(copies_of("indicator--0193a0c4-0000-4000-8000-00000000000b").size(), 1u);
}

TEST_P(Versions, TakeHostileTextAsText) {
  const std::string name = trust::testing::kHostileText;
  const std::string more = ",\"x\":" + json::write(json::Value(name + std::string(1 << 20, 'x')));
  const std::string bytes =
      R"({"type":"indicator","id":")" + kIndicator + R"(","name":)" + json::write(json::Value(name)) + more + "}";
  const Put put = keep(bytes);
  EXPECT_EQ(bytes_of(put.item), bytes);
  EXPECT_THAT(copies_of(kIndicator), ElementsAre(put.item));
  EXPECT_THAT(copies_of("' OR 1=1 --"), IsEmpty());
  EXPECT_THAT(copies_of("%"), IsEmpty());
  EXPECT_THAT(copies_of("indicator--_"), IsEmpty());
}

TOCSIN_ON_BOTH_ENGINES(Versions);

}  // namespace
}  // namespace tocsin::intel
