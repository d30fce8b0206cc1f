// Objects by others: the cases of OASIS's validator, ATT&CK, and the bundles that Talos published, faults included.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "formats/stix/foreign_data.h"
#include "formats/stix/stix.h"

namespace tocsin::stix {
namespace {

// Where the specification says MUST and the reference only advises, or does not look: form of identifiers (section 2.9)
// and property names (3.1), the type and form of referenced objects.
const std::set<std::string> kStricterThanReference{"stix.id_form", "stix.id_type", "stix.property_name",
                                                   "stix.reference_type", "stix.reference_form"};

TEST(Conformance, FindsNothingInObjectsThatTheReferenceAccepts) {
  const std::string text = read_foreign(foreign_data() + "/stix/validate.json");
  if (text.empty()) GTEST_SKIP() << "no file " << foreign_data() << "/stix/validate.json (TOCSIN_DATA)";
  const auto document = json::parse(text);
  ASSERT_TRUE(document) << describe(document.error());
  std::size_t faulty = 0, noticed = 0;
  for (const auto& one : *document->find("cases")->array()) {
    const json::Value& object = *one.find("object");
    if (object.text("type") == "bundle") continue;  // judged by what it holds
    const auto read = read_object(json::write(object));
    if (one.boolean_or("valid", false)) {
      ASSERT_TRUE(read) << one.text("id") << ": " << describe(read.error());
      for (const auto& finding : read->findings)
        if (finding.level != Finding::Level::Matching && !kStricterThanReference.contains(finding.rule))
          ADD_FAILURE() << one.text("id") << ' ' << one.text("group") << ": " << finding.rule << ' ' << finding.pointer;
    } else {
      ++faulty;
      noticed += !read || !read->findings.empty() ? 1 : 0;
    }
  }
  // The whole validation comes later; this may only grow.
  EXPECT_GE(noticed, 480u) << "of " << faulty;
  RecordProperty("noticed", static_cast<int>(noticed));
}

struct Tally {
  std::size_t files = 0, objects = 0, indicators = 0, whole = 0, partly = 0, indicated = 0, observed = 0;
  std::map<std::string, std::size_t> rules;
};

Tally read_all(const std::string& folder) {
  Tally tally;
  for (const auto& path : foreign_files(folder)) {
    ++tally.files;
    const std::string text = read_foreign(path);
    EXPECT_TRUE(looks_like_stix(std::string_view(text).substr(0, 4096))) << path;
    const auto report = for_each_object(text, [&](std::string_view bytes, std::size_t) {
      const auto object = read_object(bytes);
      EXPECT_TRUE(object) << path << ": " << describe(object.error());
      if (!object) return true;
      ++tally.objects;
      if (object->type == "indicator") {
        ++tally.indicators;
        tally.whole += object->matched == Matched::Whole ? 1 : 0;
        tally.partly += object->matched == Matched::Partly ? 1 : 0;
        tally.indicated += object->indicated.size();
      }
      tally.observed += object->values.size();
      for (const auto& finding : object->findings) ++tally.rules[finding.rule];
      return true;
    });
    EXPECT_TRUE(report) << path << ": " << describe(report.error());
  }
  return tally;
}

TEST(Conformance, ReadsEveryObjectThatTalosPublished) {
  const Tally tally = read_all("stix-real/talos");
  if (tally.files == 0) GTEST_SKIP() << "no folder " << foreign_data() << "/stix-real/talos (TOCSIN_DATA)";
  EXPECT_EQ(tally.objects, 14421u);
  EXPECT_EQ(tally.indicators, 12546u);
  // The rest are URLs with a wildcard for their host or a port behind '@', and tests of ports beside addresses.
  EXPECT_EQ(tally.whole, 12440u);
  EXPECT_EQ(tally.partly, 0u);
  EXPECT_EQ(tally.indicated, 12466u);
  for (const auto& [rule, count] : tally.rules) RecordProperty(rule, static_cast<int>(count));
}

TEST(Conformance, FindsTheFaultsOfAttackAndNoOthers) {
  const Tally tally = read_all("attack");
  if (tally.files == 0) GTEST_SKIP() << "no folder " << foreign_data() << "/attack (TOCSIN_DATA)";
  EXPECT_EQ(tally.objects, 5625u);
  // Five data components refer to "" and some assets have empty lists of sectors.
  EXPECT_EQ(tally.rules, (std::map<std::string, std::size_t>{{"stix.empty_list", 11}, {"stix.reference_form", 5}}));
}

}  // namespace
}  // namespace tocsin::stix
