#include "cmd/tocsin/agreement_terms.h"

#include <gtest/gtest.h>

#include "core/trust/agreement.h"

namespace tocsin::cmd {
namespace {

// As a node shows and signs it.
json::Value terms_of(const trust::Terms& terms) {
  trust::Agreement agreement;
  agreement.terms = terms;
  return *trust::write_agreement(agreement).find("terms");
}

trust::Terms unusual() {
  trust::Terms terms;
  terms.title = {"Early warning", "Alerte précoce", "Cảnh báo sớm"};
  terms.level = trust::AgreementLevel::Regional;
  terms.purposes = {"defence", "health"};
  terms.categories = {"intel", "alert"};
  terms.tlp = stix::Tlp::AmberStrict;
  terms.pap = stix::Pap::Green;
  terms.onward = trust::Onward::WithConsent;
  terms.redactions = {"x_name"};
  terms.retention_days = 31;
  terms.acknowledge = {base::days(401),   base::days(2),   base::hours(25),
                       base::seconds(90), base::days(400), base::seconds(45)};
  terms.automatic = {"sighting"};
  terms.from = *base::from_rfc3339("2026-01-02T03:04:05Z");
  terms.until = *base::from_rfc3339("2027-06-07T08:09:10Z");
  return terms;
}

TEST(TermsInWords, LeaveNothingOutThatIsSigned) {
  const std::vector<std::string> expected = {"Title in English: Early warning",
                                             "Title in French: Alerte précoce",
                                             "Title in Vietnamese: Cảnh báo sớm",
                                             "Level: regional",
                                             "Valid: 2026-01-02 03:04:05Z until 2027-06-07 08:09:10Z",
                                             "At most: TLP:AMBER+STRICT, PAP:GREEN",
                                             "Onward sharing: with_consent",
                                             "What may be sent: intel, alert",
                                             "Sent without asking: sighting",
                                             "Purposes: defence, health",
                                             "Kept for: 31 days (not enforced by the node yet)",
                                             "Left out: x_name (not enforced by the node yet)",
                                             "Time to acknowledge an alert:",
                                             "  5 Catastrophic: 45 seconds",
                                             "  4 Severe: 400 days",
                                             "  3 Significant: 1 minute 30 seconds",
                                             "  2 Moderate: 1 day 1 hour",
                                             "  1 Minor: 2 days",
                                             "  0 None: 401 days"};
  EXPECT_EQ(terms_in_words(terms_of(unusual())), expected);
}

TEST(TermsInWords, ShowATermOfALaterVersionAsItStands) {
  json::Value terms = terms_of(unusual());
  terms.object()->set("liability", json::Object{{"limit", 5}});
  EXPECT_EQ(terms_in_words(terms).back(), R"(liability: {"limit":5})");
}

TEST(DurationText, IsExactToTheSecond) {
  EXPECT_EQ(duration_text("PT45S"), "45 seconds");
  EXPECT_EQ(duration_text("PT3661S"), "1 hour 1 minute 1 second");
  EXPECT_EQ(duration_text("P400D"), "400 days");
  EXPECT_EQ(duration_text("soon"), "soon");
  EXPECT_EQ(duration_text(""), "");
}

}  // namespace
}  // namespace tocsin::cmd
