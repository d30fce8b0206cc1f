// What an object says of itself narrows what its statement or its importer says, and never widens it.
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

constexpr std::string_view kRed =
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";  // TLP 1, STIX 2.1 7.2.1.4
constexpr std::string_view kGreen = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
constexpr std::string_view kUnknown = "marking-definition--0b0b7a8c-1111-4222-8333-444455556666";

std::string indicator(std::string_view value, std::string_view marking) {
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
         R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern_type":"stix",)"
         R"("valid_from":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = ')" +
         std::string(value) + R"(']","object_marking_refs":[")" + std::string(marking) + R"("]})";
}

class Markings : public Three {
 protected:
  // A sender that does not look at what its objects say.
  void deliver_as_green(const std::string& object) {
    an_.get([&](store::Transaction& tx) -> Result<int> {
      const auto agreement = TRY(trust::in_force(tx, with_an_, an_.context().now()));
      exchange::Statement statement;
      statement.kind = "intel";
      statement.agreement = with_an_;
      statement.terms = agreement->terms;
      statement.handling = {stix::Tlp::Green, stix::Pap::Green, trust::Onward::Free, 30};
      statement.body = json::Object{};
      statement.objects = {object};
      const auto issued = TRY(exchange::issue(tx, an_.context().self, std::move(statement), {}, an_.context().now()));
      TRY_VOID(exchange::enqueue(tx, issued, with_an_, {}, an_.context().now()));
      return 0;
    });
    settle();
  }
  trust::Label label_at_binh() {
    return binh_.get([&](store::Transaction& tx) -> Result<trust::Label> {
      const auto label = TRY(tx.integer("SELECT label FROM objects"));
      return trust::label(tx, label.value_or(0));
    });
  }
};

TEST_F(Markings, OfAnObjectNarrowItsStatement) {
  deliver_as_green(indicator("198.51.100.7", kRed));
  EXPECT_EQ(label_at_binh().tlp, stix::Tlp::Red);
  EXPECT_TRUE(binh_.items_of("198.51.100.7").empty()) << "it names nobody here, so nobody here reads it";
}

TEST_F(Markings, ThatNobodyUnderstandsNarrowToAmber) {
  deliver_as_green(indicator("198.51.100.7", kUnknown));
  EXPECT_EQ(label_at_binh().tlp, stix::Tlp::Amber);
}

TEST_F(Markings, NeverWidenTheStatement) {
  deliver_as_green(indicator("198.51.100.7", kGreen));
  EXPECT_EQ(label_at_binh().tlp, stix::Tlp::Green);
}

}  // namespace
}  // namespace tocsin::journeys::testing
