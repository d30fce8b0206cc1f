// A publication too large for one transaction: all of it is said, once, whatever happens in between.
#include "journeys/pieces.h"

#include "core/trust/parties.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

class Pieces : public Three {
 protected:
  Pieces() {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < kObjects; ++i) values.push_back("h" + std::to_string(i) + ".example");
    request_.items = an_.import(values);
    request_.by = kAnalyst;
  }
  std::int64_t said() { return an_.count("SELECT COALESCE(SUM(objects), 0) FROM statements WHERE kind = 'intel'"); }
  std::int64_t carried_twice() {
    return an_.count("SELECT COUNT(*) FROM (SELECT stix_id FROM carried GROUP BY stix_id HAVING COUNT(*) > 1) t");
  }
  std::int64_t left() { return an_.count("SELECT COUNT(*) FROM unsaid"); }

  /// Publishes, and the disk fails at some place after the first piece.
  void interrupt() {
    int rounds = 0;
    for (std::int64_t statement = 4000; left() == 0 && said() == 0; statement += 4000, ++rounds) {
      an_.faults().fail_at(statement);
      const auto done = publish(an_.context(), request_);
      ASSERT_FALSE(done) << "nothing failed";
      an_.faults().heal();
      if (left() > 0)
        EXPECT_EQ(done.error().id, "publish.goes_on");
      else
        EXPECT_EQ(said(), 0) << "all of the first piece or nothing";
    }
    EXPECT_GT(rounds, 0);
  }
  void finish() {
    const std::atomic<bool> stop{false};
    must(finish_publications(an_.context(), stop));
  }

  static constexpr std::size_t kObjects = 3 * kItemsPerPiece + 1;
  PublishRequest request_;
};

TEST_F(Pieces, SayEverythingOnceAndShowWhatThePreviewShowed) {
  const auto seen = must(preview(an_.context(), request_));
  const auto plan = must(publish(an_.context(), request_));
  EXPECT_EQ(plan.objects, static_cast<std::int64_t>(kObjects));
  EXPECT_EQ(plan.bytes, seen.bytes);
  EXPECT_EQ(plan.recipients.at(0).permitted, static_cast<std::int64_t>(kObjects));
  EXPECT_EQ(plan.statements.size(), 7u);
  EXPECT_EQ(said(), static_cast<std::int64_t>(kObjects));
  EXPECT_EQ(carried_twice(), 0);
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM people_audit WHERE action = 'publish'"), 1);
}

TEST_F(Pieces, GoOnAfterACrashWithTheConditionsOfBefore) {
  request_.tlp = stix::Tlp::Amber;
  request_.onward = trust::Onward::None;
  request_.agreement = with_an_;
  interrupt();
  const auto before = said();
  ASSERT_GT(before, 0);
  ASSERT_LT(before, static_cast<std::int64_t>(kObjects));
  an_.restart();
  finish();
  EXPECT_EQ(said(), static_cast<std::int64_t>(kObjects));
  EXPECT_EQ(carried_twice(), 0);
  EXPECT_EQ(left(), 0);
  const auto labels = "SELECT COUNT(DISTINCT label) FROM statements WHERE kind = 'intel'";
  EXPECT_EQ(an_.count(labels), 1) << "the later pieces as the first";
  finish();
  EXPECT_EQ(said(), static_cast<std::int64_t>(kObjects));
}

TEST_F(Pieces, NameTheSameReadersInEveryOne) {
  trust::Terms red = terms("For few eyes");
  red.tlp = stix::Tlp::Red;
  request_.agreement = agree(an_, binh_, red);
  request_.tlp = stix::Tlp::Red;
  request_.readers = {{binh_.id(), "duty"}};
  must(publish(an_.context(), request_));
  EXPECT_EQ(said(), static_cast<std::int64_t>(kObjects));
  EXPECT_EQ(an_.count("SELECT COUNT(DISTINCT label) FROM statements WHERE kind = 'intel'"), 1);
}

TEST_F(Pieces, ThatAreDamagedKeepNobodyWaiting) {
  interrupt();
  ASSERT_GE(left(), 2);
  const auto before = said();
  an_.sql("UPDATE unsaid SET request = '{\"items\":7}' WHERE row = (SELECT MIN(row) FROM unsaid)");
  const std::int64_t good = left() - 1;
  const std::atomic<bool> stopping{true};
  must(finish_publications(an_.context(), stopping));
  EXPECT_EQ(left(), good + 1) << "a node that stops begins nothing more";
  finish();
  EXPECT_EQ(left(), 0);
  EXPECT_GT(said(), before);
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM people_audit WHERE outcome = 'publish.damaged_piece'"), 1);
}

TEST_F(Pieces, ThatCanNeverBeSaidAreGivenUpWithAnEntry) {
  request_.tlp = stix::Tlp::Red;
  request_.readers = {{binh_.id(), "duty"}};
  EXPECT_EQ(publish(an_.context(), request_).error().id, "publish.nothing") << "above the ceiling of the agreement";
  EXPECT_EQ(left(), 0);
  an_.sql(
      R"(INSERT INTO unsaid (publication, request, at) VALUES ('p', '{"items":[1],"agreement":"","tlp":"","onward":"",)"
      R"("readers":[")" +
      chi_.id().text() + R"(/duty"],"account":"analyst","via":"session"}', 0))");
  finish();
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(an_.count("SELECT COUNT(*) FROM people_audit WHERE outcome = 'publish.reader_of_no_peer'"), 1);
}

}  // namespace
}  // namespace tocsin::journeys::testing
