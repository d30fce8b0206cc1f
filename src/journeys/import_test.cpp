// What an import says and leaves behind, above all when it is done again.
#include "journeys/import.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <set>

#include "core/find/search.h"
#include "core/intel/repository.h"
#include "core/people/people.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "tests/support/databases.h"
#include "tests/support/forwarding_database.h"

namespace tocsin::journeys {
namespace {

using test_support::all_engines;
using test_support::Engine;
using test_support::engine_name;
using test_support::FreshDatabase;

// A database that is gone after so many writing transactions.
class CutOff final : public test_support::ForwardingDatabase {
 public:
  CutOff(store::Database& inner, int writes) : ForwardingDatabase(inner), left_(writes) {}
  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override {
    return left_-- > 0 ? inner_.write(function) : fail(ErrorCode::Unavailable, "store.unavailable");
  }

 private:
  std::atomic<int> left_;
};

class Imports : public ::testing::TestWithParam<Engine> {
 protected:
  Imports() {
    crypto::initialise();
    CHECK(db_);
    const store::Migrations rooms[] = {trust::kMigrations, people::kMigrations, intel::kMigrations, relate::kMigrations,
                                       find::kMigrations};
    CHECK(db_->migrate(rooms));
    context_.db = db_.get();
    context_.clock = &clock_;
    context_.self.party = trust::PartyId::of(crypto::SigningKey::from_seed(Bytes(32, 1)).public_key());
  }

  /// An hour after the one before.
  ImportReport import(std::string_view content, stix::Tlp tlp = stix::Tlp::Green, bool dry_run = false) {
    clock_.advance(base::hours(1));
    ImportRequest request;
    request.name = "list.txt";
    request.content = content;
    request.tlp = tlp;
    request.by = {"an", "console"};
    request.dry_run = dry_run;
    auto report = import_file(context_, request);
    if (!report) ADD_FAILURE() << base::describe(report.error());
    return report.value_or(ImportReport{});
  }
  static std::string counts(const ImportReport& report) {
    return std::to_string(report.stored) + " stored, " + std::to_string(report.updated) + " updated, " +
           std::to_string(report.unchanged) + " unchanged, " + std::to_string(report.refused_count) + " refused";
  }

  template <typename Function>
  auto get(Function&& function) {
    auto out = db_->read_value(std::forward<Function>(function));
    if (!out) ADD_FAILURE() << base::describe(out.error());
    CHECK(out);
    return std::move(*out);
  }
  std::int64_t rows(std::string_view table) {
    return *get([&](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM " + std::string(table)); });
  }
  std::vector<intel::Item> of_import(const ImportReport& report) {
    return get([&](store::Transaction& tx) { return intel::of_import(tx, report.import_id); });
  }
  stix::Object object_of(const intel::Item& item) {
    const auto bytes = get([&](store::Transaction& tx) -> Result<std::string> {
      return intel::bytes(tx, item.item, TRY(trust::scope(tx, trust::PersonReader{{context_.self.party, "an"}})));
    });
    return stix::read_object(bytes).value();
  }

  /// What sensors watch for now, in order.
  std::string matched() {
    const auto watched = get([&](store::Transaction& tx) -> Result<relate::Watched> {
      return relate::to_match(tx, TRY(trust::scope(tx, trust::SensorReader{})), clock_.now());
    });
    std::set<std::string> texts;
    for (const auto& one : watched.values) texts.insert(one.value.text);
    std::string out;
    for (const auto& text : texts) out += text + ' ';
    return out;
  }

  FreshDatabase fresh_{GetParam()};
  std::unique_ptr<store::Database> db_ = fresh_.open();
  base::ManualClock clock_{Time{1'795'230'840'000'000}};
  Context context_;
};
INSTANTIATE_TEST_SUITE_P(AllEngines, Imports, ::testing::ValuesIn(all_engines()), engine_name);

TEST_P(Imports, AnImportThatStopsAtAnErrorSaysSoInTheTrail) {
  ImportRequest request;
  request.name = "cut.json";
  request.content = R"({"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[{]})";
  request.format = lists::Format::StixBundle;
  request.by = {"an", "console"};
  const auto report = import_file(context_, request);
  ASSERT_FALSE(report);
  const auto trail = get([](store::Transaction& tx) { return people::audit_trail(tx, 0, 10); });
  ASSERT_EQ(trail.size(), 2u);
  EXPECT_EQ(trail[0].outcome, report.error().id);
  EXPECT_EQ(trail[1].outcome, "ok");
  for (const auto& entry : trail) EXPECT_EQ(entry.who + " " + entry.via + " " + entry.target, "an console cut.json");
}

TEST_P(Imports, AListThatSaysNothingNewChangesNothing) {
  const std::string list = "198.51.100.7\nevil.example\nhttps://evil.example/a\n";
  const ImportReport first = import(list);
  EXPECT_EQ(counts(first), "3 stored, 0 updated, 0 unchanged, 0 refused");
  const auto words = rows("found_words"), postings = rows("postings");
  const auto generation = get([](store::Transaction& tx) { return relate::generation(tx); });
  const ImportReport again = import(list);
  EXPECT_EQ(counts(again), "0 stored, 0 updated, 3 unchanged, 0 refused");
  EXPECT_EQ(rows("objects"), 3);
  EXPECT_EQ(rows("found_words"), words);
  EXPECT_EQ(rows("postings"), postings);
  EXPECT_EQ(get([](store::Transaction& tx) { return relate::generation(tx); }), generation);
  // It stood in that list, too: publishing the second import gives what it holds.
  EXPECT_EQ(of_import(again).size(), 3u);
  EXPECT_EQ(rows("provenance"), 6);
  const ImportReport last = import(list);
  EXPECT_EQ(of_import(last).size(), 3u);
  EXPECT_EQ(rows("provenance"), 6) << "the first time and the last";
  EXPECT_EQ(of_import(first).size(), 3u);
}

TEST_P(Imports, AnImportThatWasRepeatedSinceNamesTheNewestInstead) {
  const std::string list = "198.51.100.7\nevil.example\n";
  import(list);
  const ImportReport second = import(list), third = import("evil.example\nworse.example\n");
  const ImportReport fourth = import(list);
  const auto refusal_of = [&](const ImportReport& report) {
    const auto refused =
        db_->read_value([&](store::Transaction& tx) { return intel::of_import(tx, report.import_id); });
    return refused ? "" : refused.error().id + " " + refused.error().args.at(0) + " " + refused.error().args.at(1);
  };
  const std::string newest = std::to_string(fourth.import_id);
  EXPECT_EQ(refusal_of(second), "intel.import_repeated " + std::to_string(second.import_id) + " " + newest);
  EXPECT_EQ(refusal_of(third), "intel.import_repeated " + std::to_string(third.import_id) + " " + newest);
  EXPECT_EQ(of_import(fourth).size(), 2u);
}

TEST_P(Imports, AFileOfTheSameNameWithOtherContentRepeatsNothing) {
  std::vector<ImportReport> reports;
  for (const char* list : {"a.example\n", "b.example\n", "c.example\n", "a.example\n"}) reports.push_back(import(list));
  for (const ImportReport& report : reports) EXPECT_EQ(of_import(report).size(), 1u);
}

TEST_P(Imports, OnlyWhatIsNewInAListIsStored) {
  import("198.51.100.7\nevil.example\n");
  EXPECT_EQ(counts(import("evil.example\nworse.example\n")), "1 stored, 0 updated, 1 unchanged, 0 refused");
  EXPECT_EQ(rows("objects"), 3);
}

TEST_P(Imports, ListsShowWhatIsCurrentAndNoVersionBeforeIt) {
  const auto listed = [&](const std::string& words) {
    return get([&](store::Transaction& tx) -> Result<std::vector<intel::Item>> {
      const trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{{context_.self.party, "an"}}));
      find::Query query;
      query.words = words;
      const auto found = TRY(find::search(tx, query, scope));
      EXPECT_EQ(found.total, static_cast<std::int64_t>(found.items.size()));
      return intel::items(tx, found.items, scope);
    });
  };
  import("evil.example\nother.example\n", stix::Tlp::Amber);
  const auto words = rows("found_words");
  const ImportReport again = import("evil.example\nother.example\n", stix::Tlp::Green);
  EXPECT_EQ(rows("objects"), 4);
  EXPECT_EQ(rows("found_words"), words);
  ASSERT_EQ(listed("").size(), 2u);
  EXPECT_EQ(listed("evil.example").at(0).item, of_import(again).at(0).item);

  const auto version = [](int number, std::string_view more = "") {
    return R"({"type":"bundle","id":"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11","objects":[{"type":"malware",)"
           R"("spec_version":"2.1","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","is_family":false,)"
           R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-0)" +
           std::to_string(number) + R"(T00:00:00.000Z","name":"Bell)" + std::to_string(number) + "\"" +
           std::string(more) + "}]}";
  };
  for (const int number : {2, 3, 1}) import(version(number));
  ASSERT_EQ(listed("bell").size(), 1u);
  EXPECT_EQ(listed("bell").at(0).name, "Bell3") << "an older version that comes later replaces nothing";
  import(version(4, R"(,"revoked":true)"));
  import(version(5));
  ASSERT_EQ(listed("bell").size(), 1u);
  EXPECT_EQ(listed("bell").at(0).name, "Bell4") << "revoked is final, and shown as such";
  EXPECT_TRUE(listed("bell").at(0).revoked);
}

TEST_P(Imports, AnEntryThatSaysSomethingElseIsANewVersionOfTheSameCreation) {
  const auto first = of_import(import("value,description\nevil.example,a botnet\n"));
  const ImportReport report = import("value,description\nevil.example,another botnet\n");
  EXPECT_EQ(counts(report), "0 stored, 1 updated, 0 unchanged, 0 refused");
  const auto second = of_import(report);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].stix_id, first[0].stix_id);
  EXPECT_EQ(object_of(second[0]).created, object_of(first[0]).created);
  EXPECT_GT(*object_of(second[0]).modified_time, *object_of(first[0]).modified_time);
  EXPECT_EQ(counts(import("value,description\nevil.example,another botnet\n")),
            "0 stored, 0 updated, 1 unchanged, 0 refused");
}

TEST_P(Imports, AnEntryUnderAnotherLabelIsANewVersion) {
  import("evil.example\n", stix::Tlp::Amber);
  EXPECT_EQ(counts(import("evil.example\n", stix::Tlp::Green)), "0 stored, 1 updated, 0 unchanged, 0 refused");
  EXPECT_EQ(counts(import("evil.example\n", stix::Tlp::Green)), "0 stored, 0 updated, 1 unchanged, 0 refused");
}

TEST_P(Imports, OfAValueThatAListNamesTwiceTheFirstCountsEveryTime) {
  const std::string list = "value,description\nevil.example,one\nevil.example,two\nevil.example,one\n";
  EXPECT_EQ(counts(import(list)), "1 stored, 0 updated, 1 unchanged, 1 refused");
  const ImportReport again = import(list);
  EXPECT_EQ(counts(again), "0 stored, 0 updated, 2 unchanged, 1 refused");
  ASSERT_EQ(again.refused.size(), 1u);
  EXPECT_EQ(again.refused[0].at, 3);
  EXPECT_EQ(again.refused[0].error.id, "intel.same_version_other_content");
}

// Far apart: what a run of lines has said is remembered by the repository alone.
TEST_P(Imports, OfAValueThatALongListNamesTwiceTheFirstCountsEveryTime) {
  std::string between;
  for (int i = 0; i < 2500; ++i) between += "host" + std::to_string(i) + ".example,\n";
  const std::string head = "value,description\n", one = "evil.example,one\n", two = "evil.example,two\n";
  const std::string list = head + one + between + two + one + between + two;
  EXPECT_EQ(counts(import(list)), "2501 stored, 0 updated, 2501 unchanged, 2 refused");
  const ImportReport again =
      import(list);  // now the first line finds itself, and the others what an import before said
  EXPECT_EQ(counts(again), "0 stored, 0 updated, 5002 unchanged, 2 refused");
  EXPECT_EQ(again.refused.at(0).at, 2503);
  EXPECT_EQ(again.refused.at(0).error.id, "intel.same_version_other_content");
  // Another list order: what was refused counts now, and what stood before is refused.
  EXPECT_EQ(counts(import(head + two + between + one + two)), "0 stored, 1 updated, 2501 unchanged, 1 refused");
  EXPECT_EQ(counts(import(head + two + between + one + two)), "0 stored, 0 updated, 2502 unchanged, 1 refused");
  EXPECT_EQ(counts(import(head + one + two + two)), "0 stored, 1 updated, 0 unchanged, 2 refused");
}

// Whatever stands in the store: the dry run says what the import then does, and leaves nothing.
TEST_P(Imports, ADryRunSaysWhatTheImportThenDoes) {
  std::string between;
  for (int i = 0; i < 2001; ++i) between += "host" + std::to_string(i) + ".example,\n";
  const std::string head = "value,description\n", one = "evil.example,one\n", two = "evil.example,two\n";
  const auto version = [](int number, std::string_view name, bool revoked = false) {
    return R"({"type":"malware","spec_version":"2.1","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
           R"("is_family":false,"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-0)" +
           std::to_string(number) + R"(T00:00:00.000Z","name":")" + std::string(name) + "\"" +
           (revoked ? R"(,"revoked":true})" : "}");
  };
  const auto bundle = [](const std::vector<std::string>& objects) {
    std::string out = R"({"type":"bundle","id":"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11","objects":[)";
    for (const std::string& object : objects) out += (out.back() == '[' ? "" : ",") + object;
    return out + "]}";
  };
  const std::vector<std::string> files = {
      head + one + between + two + one + between + two,  // far apart: more than one run
      head + two + between + one + two,
      head + one + one + "new.example,\nno value at all,\n",
      bundle({version(2, "a"), version(2, "a"), version(2, "b"), version(3, "c"), version(1, "d"), R"({"type":"x"})"}),
      head + one + one + "new.example,\nno value at all,\n",
      bundle({version(2, "a"), version(2, "b"), version(1, "d")}),
      bundle({version(3, "c"), version(4, "e"), version(5, "f", true), version(6, "g")}),
      bundle({version(7, "h")}),
  };
  for (const std::string& file : files) {
    const auto objects = rows("objects"), provenance = rows("provenance"), imports = rows("imports");
    const ImportReport dry = import(file, stix::Tlp::Green, true);
    EXPECT_EQ(rows("objects"), objects);
    EXPECT_EQ(rows("provenance"), provenance);
    EXPECT_EQ(rows("imports"), imports);
    EXPECT_EQ(rows("foreseen"), 0);
    const ImportReport done = import(file);
    EXPECT_EQ(counts(dry), counts(done)) << file.substr(0, 200);
    ASSERT_EQ(dry.refused.size(), done.refused.size());
    for (std::size_t i = 0; i < done.refused.size(); ++i) {
      EXPECT_EQ(dry.refused[i].at, done.refused[i].at);
      EXPECT_EQ(dry.refused[i].error.id, done.refused[i].error.id);
    }
  }
}

TEST_P(Imports, ADryRunOfAFileThatStopsAtAnErrorLeavesNothing) {
  ImportRequest request;
  request.name = "cut.json";
  request.content = R"({"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[{]})";
  request.format = lists::Format::StixBundle;
  request.by = {"an", "console"};
  request.dry_run = true;
  ASSERT_FALSE(import_file(context_, request));
  EXPECT_EQ(rows("foreseen"), 0);
  EXPECT_EQ(rows("imports"), 0);
}

// Cut off between two runs, as by a power failure: nothing after the first run reaches the store.
TEST_P(Imports, AnImportThatWasCutOffSaysWhatItStoredAndIsCompletedByAnother) {
  std::string list;
  for (int i = 0; i < 5000; ++i) list += "host" + std::to_string(i) + ".example\n";
  CutOff cut(*db_, 2);  // the begin, and one run
  Context context = context_;
  context.db = &cut;
  ImportRequest request;
  request.name = "list.txt";
  request.content = list;
  request.by = {"an", "console"};
  ASSERT_FALSE(import_file(context, request));
  const auto listed = [&] {
    return get([&](store::Transaction& tx) -> Result<std::vector<intel::Import>> {
      const trust::Scope scope = TRY(trust::scope(tx, trust::PersonReader{{context_.self.party, "an"}}));
      return intel::imports(tx, 0, 10, {scope, "an"});
    });
  };
  EXPECT_EQ(listed().at(0).state, "running");
  EXPECT_EQ(listed().at(0).counts.stored, rows("objects")) << "counted with the objects, in one transaction";
  EXPECT_GT(rows("objects"), 0);
  ASSERT_TRUE(db_->write([](store::Transaction& tx) { return intel::end_cut_off_imports(tx); }));
  EXPECT_EQ(listed().at(0).state, "interrupted");
  const auto stored = listed().at(0).counts.stored;
  EXPECT_EQ(counts(import(list, stix::Tlp::Amber)),
            std::to_string(5000 - stored) + " stored, 0 updated, " + std::to_string(stored) + " unchanged, 0 refused");
  EXPECT_EQ(rows("objects"), 5000);
  EXPECT_EQ(listed().at(0).state, "done");
  EXPECT_EQ(listed().at(1).state, "interrupted");
}

// More than one run: what is stored while the next is read comes out the same.
TEST_P(Imports, ALongListIsStoredWhole) {
  std::string list;
  for (int i = 0; i < 5000; ++i) list += "host" + std::to_string(i) + ".example\n";
  EXPECT_EQ(counts(import(list)), "5000 stored, 0 updated, 0 unchanged, 0 refused");
  EXPECT_EQ(counts(import(list)), "0 stored, 0 updated, 5000 unchanged, 0 refused");
  EXPECT_EQ(rows("objects"), 5000);
}

TEST_P(Imports, ShowHarmlesslyWhatIsRefused) {
  using namespace std::string_view_literals;
  const ImportReport list = import("a\0b.example\nfine.example\nno\x1b[2Jvalue \xE2\x80\xAEx\n"sv);
  EXPECT_EQ(counts(list), "1 stored, 0 updated, 0 unchanged, 2 refused");
  EXPECT_EQ(list.refused.at(0).text, "a?b.example");
  EXPECT_EQ(list.refused.at(1).text, "no?[2Jvalue ?x");
  const ImportReport bundle = import(
      "{\"type\":\"bundle\",\"id\":\"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11\",\"objects\":[{\"a\":\"\0\"}]}"sv);
  ASSERT_EQ(bundle.refused.size(), 1u);
  EXPECT_EQ(bundle.refused.at(0).text, R"({"a":"?"})");
}

TEST_P(Imports, ARefusedObjectOfABundleKeepsNothingOut) {
  const std::string good = R"({"type":"domain-name","spec_version":"2.1","value":"evil.example",)"
                           R"("id":"domain-name--3c10e93f-798e-5a26-a0c1-08156efab7f5"})";
  const std::string bundle =
      R"({"type":"bundle","id":"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11","objects":[{"type":"x"},)" + good + "]}";
  const ImportReport report = import(bundle);
  EXPECT_EQ(counts(report), "1 stored, 0 updated, 0 unchanged, 1 refused");
  EXPECT_EQ(report.refused.at(0).error.id, "stix.no_id");
  EXPECT_EQ(counts(import(bundle)), "0 stored, 0 updated, 1 unchanged, 1 refused");
}

std::string bundle_of(const std::vector<std::string>& patterns, std::string_view more = "") {
  std::string out = R"({"type":"bundle","id":"bundle--0e1ef1b5-2a4c-4b1f-9d64-2e7d0c3f0c11","objects":[)";
  for (std::size_t i = 0; i < patterns.size(); ++i)
    out += (i == 0 ? "" : ",") +
           (R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd)" +
            std::to_string(10 + i)) +
           R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern_type":"stix",)"
           R"("valid_from":"2026-01-01T00:00:00Z","pattern":")" +
           patterns[i] + "\"" + std::string(more) + "}";
  return out + "]}";
}

TEST_P(Imports, SayHowManyIndicatorsAreNotMatchedAndWhy) {
  const std::string bundle = bundle_of(
      {"[domain-name:value = 'a.example']", "[domain-name:value = 'b.example' OR domain-name:value LIKE 'c%']",
       "[domain-name:value LIKE 'd%']", "[ipv4-addr:value = '127.0.0.1']", "[ipv4-addr:value = '0.0.0.0/0']"});
  for (const bool dry : {true, false}) {
    const ImportReport report = import(bundle, stix::Tlp::Green, dry);
    EXPECT_EQ(counts(report), "5 stored, 0 updated, 0 unchanged, 0 refused");
    EXPECT_EQ(report.not_matched, 3);
    EXPECT_EQ(report.partly_matched, 1);
    std::string said;
    for (const auto& one : report.findings) said += one.finding.rule + " " + std::to_string(one.count) + " ";
    EXPECT_EQ(said, "stix.pattern_partly_matched 1 stix.pattern_not_matched 1 stix.value_everywhere 2 ");
  }
  EXPECT_EQ(matched(), "a.example b.example ") << "and nothing that is not said to be";
}

TEST_P(Imports, CountWhatHasExpiredAndWhatNoSensorGetsAsNotMatched) {
  const std::vector<std::string> pattern{"[domain-name:value = 'a.example']"};
  const ImportReport expired = import(bundle_of(pattern, R"(,"valid_until":"2026-01-02T00:00:00Z")"));
  EXPECT_EQ(expired.not_matched, 1);
  EXPECT_EQ(expired.findings.at(0).finding.rule, "import.expired");
  const ImportReport red = import("b.example\n", stix::Tlp::Red);
  EXPECT_EQ(red.not_matched, 1);
  EXPECT_EQ(red.findings.at(0).finding.rule, "release.red_not_to_sensors");
  EXPECT_EQ(import(bundle_of(pattern, R"(,"revoked":true)")).not_matched, 0) << "nobody expects it to be";
  EXPECT_EQ(matched(), "");
}

// "198.51.100.7\nevil.example\n" as gzip packs it.
constexpr std::array<unsigned char, 46> kPacked{0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33, 0xb4,
                                                0xb4, 0xd0, 0x33, 0x35, 0xd4, 0x33, 0x34, 0x30, 0xd0, 0x33, 0xe7, 0x4a,
                                                0x2d, 0xcb, 0xcc, 0xd1, 0x4b, 0xad, 0x48, 0xcc, 0x2d, 0xc8, 0x49, 0xe5,
                                                0x02, 0x00, 0x2e, 0x01, 0x14, 0xc5, 0x1a, 0x00, 0x00, 0x00};

// Of zstd (RFC 8878): each of the blocks says "128 KiB of this byte" in four bytes.
std::string bomb(std::size_t blocks) {
  std::string out("\x28\xB5\x2F\xFD\x00\x38", 6);
  for (std::size_t i = 1; i <= blocks; ++i) {
    out += i == blocks ? '\x03' : '\x02';
    out += std::string_view(
        "\x00\x10"
        "a",
        3);
  }
  return out;
}

TEST_P(Imports, ShareAsWrittenWhatIsMatchedInAnyCase) {
  const std::string list =
      "#fields\tindicator\tindicator_type\nInvoice.EXE\tIntel::FILE_NAME\ninvoice.exe\tIntel::FILE_NAME\n";
  EXPECT_EQ(counts(import(list)), "2 stored, 0 updated, 0 unchanged, 0 refused");
  EXPECT_EQ(counts(import(list)), "0 stored, 0 updated, 2 unchanged, 0 refused");
  std::vector<std::string> patterns;
  ASSERT_TRUE(db_->read([&](store::Transaction& tx) {
    return tx.each("SELECT bytes FROM objects ORDER BY item", [&](const store::Row& row) {
      patterns.push_back(json::parse(std::string(base::as_text(row.blob(0))))->text("pattern"));
    });
  }));
  EXPECT_THAT(patterns, ::testing::ElementsAre("[file:name = 'Invoice.EXE']", "[file:name = 'invoice.exe']"));
}

TEST_P(Imports, UnpackWhatIsCompressed) {
  const std::string packed(kPacked.begin(), kPacked.end());
  EXPECT_EQ(counts(import(packed)), "2 stored, 0 updated, 0 unchanged, 0 refused");
  EXPECT_EQ(counts(import("198.51.100.7\nevil.example\n")), "0 stored, 0 updated, 2 unchanged, 0 refused");
}

TEST_P(Imports, RefuseWhatIsDamagedOrUnpacksWithoutEnd) {
  const auto refusal = [&](std::string_view content) {
    ImportRequest request;
    request.name = "list.gz";
    request.content = content;
    request.format = lists::Format::Plain;
    request.by = {"an", "console"};
    const auto report = import_file(context_, request);
    return report ? "taken" : report.error().id;
  };
  const std::string packed(kPacked.begin(), kPacked.end());
  for (std::size_t length = 10; length < packed.size(); ++length)  // the head alone has ten bytes
    EXPECT_EQ(refusal(packed.substr(0, length)), "telemetry.bad_compression") << length;
  EXPECT_EQ(refusal(bomb(2048)), "taken") << "256 MiB";
  EXPECT_EQ(refusal(bomb(2049)), "import.unpacks_too_large");
  EXPECT_EQ(rows("imports"), 1);
}

TEST_P(Imports, ByAKeyUnderRedAreForThePersonWhoMadeIt) {
  ASSERT_TRUE(db_->write([&](store::Transaction& tx) -> Result<void> {
    TRY(
        tx.run("INSERT INTO people_api_keys (id, secret, name, scope, sensor, account, created, expires) VALUES "
               "('0123456789abcdef', ?, 'feed', 'import', '', 'an', 0, 1)",
               crypto::sha256("x")));
    return {};
  }));
  ImportRequest request;
  request.name = "list.txt";
  request.content = "evil.example\n";
  request.tlp = stix::Tlp::Red;
  request.by = {"key:0123456789abcdef", "key"};
  const auto report = import_file(context_, request);
  ASSERT_TRUE(report) << base::describe(report.error());
  EXPECT_EQ(object_of(of_import(*report).at(0)).name, "evil.example") << "as an reads it";
  EXPECT_EQ(counts(import_file(context_, request).value()), "0 stored, 0 updated, 1 unchanged, 0 refused");
  request.by.account = "key:fedcba9876543210";
  EXPECT_EQ(import_file(context_, request).error().id, "people.no_key");
}

}  // namespace
}  // namespace tocsin::journeys
