#include "core/trust/release.h"

#include <gtest/gtest.h>

#include <random>

#include "core/trust/parties.h"
#include "core/trust/trust_fixture.h"
#include "tests/support/databases.h"

namespace tocsin::trust {
namespace {

using testing::agreement_between;
using testing::party_of;

const PartyId kSelf = party_of(10), kPeer = party_of(30), kThird = party_of(50);
constexpr std::string_view kExercise = "0193a0c4-0000-7000-8000-0000000000ee";

struct Case {
  PeerReader reader;
  Agreement agreement = agreement_between({kSelf, kPeer});
  std::vector<Departure> departures;
  Label label;

  Case() {
    reader = {kPeer, PeerState::Verified, nullptr, "intel", Realm(kReal)};
    label.voucher = kSelf;
    label.tlp = stix::Tlp::Green;
    label.pap = stix::Pap::Green;
  }
  Decision decided() {
    StoredAgreement stored;
    stored.agreement = agreement;
    stored.departures = departures;
    reader.agreement = &stored;
    const Decision out = decide(reader, label, kSelf);
    reader.agreement = nullptr;
    return out;
  }
};

struct PeerRow {
  std::string reason;
  void (*forbid)(Case&);
  void (*permit)(Case&);  ///< the smallest change that turns the answer round
};

const PeerRow kPeerRows[] = {
    {"release.redactions_not_applied", [](Case& c) { c.agreement.terms.redactions = {"x_source"}; },
     [](Case& c) { c.agreement.terms.redactions.clear(); }},
    {"release.quarantined", [](Case& c) { c.reader.state = PeerState::Quarantined; },
     [](Case& c) { c.reader.state = PeerState::Verified; }},
    {"release.not_verified", [](Case& c) { c.reader.state = PeerState::Invited; },
     [](Case& c) { c.reader.state = PeerState::Verified; }},
    {"release.not_verified", [](Case& c) { c.reader.state = PeerState::Suspended; },
     [](Case& c) { c.reader.state = PeerState::Verified; }},
    {"release.no_agreement",
     [](Case& c) {
       c.agreement = agreement_between({kSelf, kThird});
     },
     [](Case& c) {
       c.agreement = agreement_between({kSelf, kPeer, kThird});
     }},
    {"release.no_agreement",
     [](Case& c) {
       c.agreement = agreement_between({kPeer, kThird});
     },
     [](Case& c) {
       c.agreement = agreement_between({kSelf, kPeer});
     }},
    {"release.no_agreement",
     [](Case& c) {
       c.departures = {{kSelf, {}}};
     },
     [](Case& c) { c.departures.clear(); }},
    {"release.has_left",
     [](Case& c) {
       c.agreement = agreement_between({kSelf, kPeer, kThird});
       c.departures = {{kPeer, {}}};
     },
     [](Case& c) {
       c.departures = {{kThird, {}}};
     }},
    {"release.other_realm", [](Case& c) { c.label.realm = kExercise; }, [](Case& c) { c.reader.realm = kExercise; }},
    {"release.kind_not_agreed", [](Case& c) { c.agreement.terms.categories = {"alert"}; },
     [](Case& c) { c.reader.kind = "alert"; }},
    {"release.is_the_source",
     [](Case& c) {
       c.label.voucher = kPeer;
       c.label.onward = Onward::Free;
     },
     [](Case& c) { c.label.voucher = kThird; }},
    {"release.above_tlp_ceiling", [](Case& c) { c.label.tlp = stix::Tlp::AmberStrict; },
     [](Case& c) { c.label.tlp = stix::Tlp::Amber; }},
    {"release.above_pap_ceiling",
     [](Case& c) {
       c.agreement.terms.pap = stix::Pap::Amber;
       c.label.pap = stix::Pap::Red;
     },
     [](Case& c) { c.label.pap = stix::Pap::Amber; }},
    {"release.red_names_nobody_there",
     [](Case& c) {
       c.agreement.terms.tlp = stix::Tlp::Red;
       c.label.tlp = stix::Tlp::Red;
       c.label.readers = {{kSelf, "mai"}, {kThird, "mai"}};
     },
     [](Case& c) {
       c.label.readers.insert({kPeer, "mai"});
     }},
    {"release.onward_none", [](Case& c) { c.label.voucher = kThird; }, [](Case& c) { c.label.voucher = kSelf; }},
    {"release.onward_own_constituency",
     [](Case& c) {
       c.label.voucher = kThird;
       c.label.onward = Onward::OwnConstituency;
     },
     [](Case& c) { c.label.onward = Onward::Free; }},
    {"release.onward_needs_consent",
     [](Case& c) {
       c.label.voucher = kThird;
       c.label.onward = Onward::WithConsent;
     },
     [](Case& c) { c.label.onward = Onward::Free; }},
    {"release.onward_other_agreement",
     [](Case& c) {
       c.label.voucher = kThird;
       c.label.onward = Onward::WithinAgreement;
       c.label.agreement = "0193a0c4-0000-7000-8000-000000000002";
     },
     [](Case& c) { c.label.agreement = c.agreement.id; }},
};

TEST(Release, TellsEachReasonToPeersAndItsTwinIsPermitted) {
  EXPECT_TRUE(Case().decided().permitted);
  for (const PeerRow& row : kPeerRows) {
    Case c;
    row.forbid(c);
    const Decision refused = c.decided();
    EXPECT_FALSE(refused.permitted) << row.reason;
    EXPECT_EQ(refused.reason, row.reason);
    row.permit(c);
    EXPECT_TRUE(c.decided().permitted) << "twin of " << row.reason << ": " << c.decided().reason;
  }
}

TEST(Release, SendsNothingToAPeerWithoutAnyAgreement) {
  Case c;
  EXPECT_EQ(decide(c.reader, c.label, kSelf).reason, "release.no_agreement");
}

TEST(Release, NamesBothLevelsWhereACeilingForbids) {
  Case c;
  c.label.tlp = stix::Tlp::Red;
  EXPECT_EQ(c.decided().args, (std::vector<std::string>{"TLP:RED", "TLP:AMBER"}));
}

TEST(Release, OwnWordGoesToAPeerWhateverItsOnwardRule) {
  for (const Onward onward : {Onward::None, Onward::OwnConstituency, Onward::WithConsent}) {
    Case c;
    c.label.onward = onward;
    EXPECT_TRUE(c.decided().permitted) << name(onward);
  }
}

PersonReader reader_of(const PartyId& party, std::string account, std::string_view realm = kReal) {
  return {{party, std::move(account)}, Realm(realm)};
}

TEST(Release, ShowsRedToTheNamedPersonsOnly) {
  Label label;
  label.tlp = stix::Tlp::Red;
  label.readers = {{kSelf, "linh"}, {kSelf, "an"}, {kPeer, "binh"}};
  EXPECT_TRUE(decide(reader_of(kSelf, "an"), label).permitted);
  EXPECT_EQ(decide(reader_of(kSelf, "lin"), label).reason, "release.red_not_named");
  EXPECT_EQ(decide(reader_of(kSelf, "binh"), label).reason, "release.red_not_named") << "that is somebody of the peer";
  EXPECT_EQ(decide(reader_of(kPeer, "an"), label).reason, "release.red_not_named");
  EXPECT_TRUE(decide(reader_of(kPeer, "binh"), label).permitted);
  label.tlp = stix::Tlp::AmberStrict;
  EXPECT_TRUE(decide(reader_of(kSelf, "binh"), label).permitted);
}

TEST(Release, KeepsRealmsApartForPersons) {
  Label label;
  label.realm = kExercise;
  EXPECT_EQ(decide(reader_of(kSelf, "an"), label).reason, "release.other_realm");
  EXPECT_TRUE(decide(reader_of(kSelf, "an", kExercise), label).permitted);
}

TEST(Release, NeverGivesTlpRedToSensorsButGivesPapRed) {
  Label label;
  label.pap = stix::Pap::Red;
  label.tlp = stix::Tlp::AmberStrict;
  EXPECT_TRUE(decide(SensorReader{}, label).permitted);
  label.tlp = stix::Tlp::Red;
  EXPECT_EQ(decide(SensorReader{}, label).reason, "release.red_not_to_sensors");
  label.tlp = stix::Tlp::Clear;
  label.realm = kExercise;
  EXPECT_EQ(decide(SensorReader{}, label).reason, "release.other_realm");
}

Label random_label(std::mt19937& random, const AgreementId& agreement) {
  const auto below = [&](unsigned n) { return random() % n; };
  const PartyId vouchers[] = {kSelf, kPeer, kThird};
  const Person readers[] = {{kSelf, "an"}, {kSelf, "linh"}, {kPeer, "an"}, {kThird, "binh"}};
  Label label;
  label.voucher = vouchers[below(3)];
  label.agreement = below(2) ? agreement : AgreementId{};
  label.agreement_version = below(3);
  label.tlp = static_cast<stix::Tlp>(below(5));
  label.pap = static_cast<stix::Pap>(below(4));
  label.onward = static_cast<Onward>(below(5));
  for (const auto& reader : readers)
    if (below(2)) label.readers.insert(reader);
  label.realm = below(4) ? Realm(kReal) : Realm(kExercise);
  return label;
}

TEST(Release, ScopeHoldsExactlyTheLabelsThatAreDecidedFor) {
  auto database = testing::open_memory({kMigrations});
  std::mt19937 random(20261121);
  std::size_t permitted = 0, forbidden = 0;
  const auto compare = [&](const Scope& scope, LabelId id, const Decision& decision) {
    ASSERT_EQ(scope.contains(id), decision.permitted) << id << ' ' << decision.reason;
    ++(decision.permitted ? permitted : forbidden);
  };
  const auto done = database->write([&](store::Transaction& tx) -> Result<void> {
    std::vector<NumberedLabel> labels;
    for (int i = 0; i < 600; ++i) {
      const Label label = random_label(random, agreement_between({kSelf, kPeer}).id);
      labels.push_back({TRY(intern(tx, label)), label});
      EXPECT_EQ(TRY(intern(tx, label)), labels.back().id) << "the same label always has the same number";
      EXPECT_EQ(TRY(tocsin::trust::label(tx, labels.back().id)), label);
    }
    for (int round = 0; round < 60; ++round) {
      const Realm realm = random() % 4 ? Realm(kReal) : Realm(kExercise);
      const PersonReader person{{random() % 4 ? kSelf : kPeer, random() % 2 ? "an" : "binh"}, realm};
      const SensorReader sensor{realm};
      const Scope persons = TRY(scope(tx, person)), sensors = TRY(scope(tx, sensor));
      for (const auto& [id, label] : labels) {
        compare(persons, id, decide(person, label));
        compare(sensors, id, decide(sensor, label));
      }
      // The SQL form is what queries really filter by.
      const auto in_sql = TRY(tx.integer("SELECT COUNT(*) FROM labels WHERE label " + persons.sql()));
      std::int64_t in_scope = 0;
      for (const auto& entry : TRY(all_labels(tx))) in_scope += persons.contains(entry.id);
      EXPECT_EQ(in_sql, in_scope);
    }
    return {};
  });
  ASSERT_TRUE(done) << base::describe(done.error());
  EXPECT_GT(permitted, 1000u);
  EXPECT_GT(forbidden, 1000u);
}

// An index of PostgreSQL holds some 2,700 bytes of a row.
TEST(Release, ALabelHoldsMoreReadersThanAnIndexHasRoomFor) {
  for (const test_support::Engine engine : test_support::all_engines()) {
    test_support::FreshDatabase fresh(engine);
    const auto database = fresh.open();
    const store::Migrations rooms[] = {kMigrations};
    ASSERT_TRUE(database && database->migrate(rooms));
    const auto done = database->write([&](store::Transaction& tx) -> Result<void> {
      Label label;
      label.tlp = stix::Tlp::Red;
      for (int i = 0; i < 300; ++i) label.readers.insert({kPeer, crypto::sha256(std::to_string(i)).hex()});
      const LabelId id = TRY(intern(tx, label));
      EXPECT_EQ(TRY(intern(tx, label)), id);
      EXPECT_EQ(TRY(tocsin::trust::label(tx, id)), label);
      label.readers.erase(label.readers.begin());
      const LabelId other = TRY(intern(tx, label));
      EXPECT_NE(other, id);
      EXPECT_EQ(TRY(tocsin::trust::label(tx, other)), label);
      return {};
    });
    EXPECT_TRUE(done) << base::describe(done.error());
  }
}

TEST(Release, AnEmptyScopeSelectsNothing) {
  auto database = testing::open_memory({kMigrations});
  const auto none = database->read_value(
      [](store::Transaction& tx) -> Result<std::string> { return TRY(scope(tx, SensorReader{})).sql(); });
  EXPECT_EQ(none, "IN (NULL)");
}

}  // namespace
}  // namespace tocsin::trust
