#include "journeys/mark.h"

#include "journeys/journeys_fixture.h"

namespace tocsin::journeys {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace testing;

class MarkingAHost : public Three {
 protected:
  MarkingAHost() {
    must(binh_.publish(binh_.import({"198.51.100.7", "198.51.100.8"}), with_chi_));
    CHECK(settle());
  }
};

TEST_F(MarkingAHost, RaisesOneAlertForTheHitsOfBeforeAndTellsWhoIsToHearOfIt) {
  must(chi_.see("198.51.100.7", "10.1.4.20", 2));
  must(chi_.see("198.51.100.8", "10.1.4.21", 3));
  must(chi_.see("198.51.100.7", "10.9.9.9", 5));
  ASSERT_THAT(chi_.all_alerts(), IsEmpty());
  EXPECT_THAT(chi_.mark_critical("10.1.4.0/24").alerts, SizeIs(1));
  const auto alerts = chi_.all_alerts();
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].facts.count, 5);
  EXPECT_THAT(alerts[0].facts.values, ElementsAre("198.51.100.8", "198.51.100.7"));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM hits WHERE critical = 1 AND alert IS NOT NULL"), 2);
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.all_alerts(), SizeIs(1));
  EXPECT_THAT(chi_.mark_critical("10.1.4.0/24").alerts, IsEmpty()) << "each hit raises one alert, once";
}

TEST_F(MarkingAHost, LeavesAloneWhatANarrowerMarkCovers) {
  must(chi_.see("198.51.100.7", "10.1.4.20"));
  EXPECT_THAT(chi_.mark_critical("10.1.4.20").alerts, SizeIs(1));
  must(chi_.see("198.51.100.8", "10.1.4.21"));
  EXPECT_THAT(chi_.mark_critical("10.1.0.0/16").alerts, SizeIs(1));
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM hits WHERE alert = 1"), 1);
}

TEST_F(MarkingAHost, PassesOverWhatWasRetractedAndWhatIsLongAgo) {
  must(chi_.see("198.51.100.7", "10.1.4.20"));
  must(binh_.retract(binh_.item_of("198.51.100.7").item));
  ASSERT_TRUE(settle());
  EXPECT_THAT(chi_.mark_critical("10.1.4.20").alerts, IsEmpty());
  must(chi_.see("198.51.100.8", "10.1.4.30"));
  clock_.advance(base::days(31));
  EXPECT_THAT(chi_.mark_critical("10.1.4.30").alerts, IsEmpty());
}

TEST_F(MarkingAHost, ThatIsRefusedMarksAndRaisesNothing) {
  must(chi_.see("198.51.100.7", "10.1.4.20"));
  infra::CriticalHost host;
  host.host = "10.1.4.20";
  host.sector = "QQ";
  const auto refused = mark_host(chi_.context(), host, kAnalyst);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "infra.bad_sector");
  EXPECT_THAT(chi_.all_alerts(), IsEmpty());
}

}  // namespace
}  // namespace tocsin::journeys
