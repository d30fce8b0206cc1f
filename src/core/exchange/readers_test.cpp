// TLP:RED between parties: whom it names travels to those whom it concerns, and to nobody else.
#include <gmock/gmock.h>

#include "core/exchange/exchange_fixture.h"

namespace tocsin::exchange {
namespace {

using testing::deliver_lawlessly;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using testing::Node;
using ::testing::Not;
using Persons = std::set<trust::Person>;

// An has an agreement with Binh and Chi that permits TLP:RED; all know each other.
class Readers : public ::testing::Test {
 protected:
  Readers() {
    agreement_ = trust::testing::agreement_between({a_.id(), b_.id(), c_.id()});
    agreement_.terms.tlp = stix::Tlp::Red;
    agreement_.terms.onward = trust::Onward::Free;
    for (Node* node : {&a_, &b_, &c_}) node->agree(agreement_);
    for (auto [here, there] : {std::pair{&a_, &b_}, {&b_, &a_}, {&a_, &c_}, {&c_, &a_}, {&b_, &c_}, {&c_, &b_}})
      here->meet(*there);
  }

  Statement red() const {
    Statement s = a_.draft(agreement_);
    s.handling.tlp = stix::Tlp::Red;
    s.handling.onward = trust::Onward::Free;
    return s;
  }
  /// The envelopes that travelled, and the readers of each statement there.
  struct Arrived {
    std::vector<std::string> envelopes;
    std::map<Digest, Persons> readers;
  };
  Arrived hand_over(Node& to) {
    Arrived out;
    while (const auto delivery = a_.next(to)) {
      for (const Record& record : must(read_records(delivery->records)))
        if (record.type == RecordType::Envelope) out.envelopes.push_back(record.object.payload);
      const auto incoming = to.open(a_, delivery->records);
      if (!incoming) ADD_FAILURE() << incoming.error().error.id;
      if (!incoming) break;
      for (const auto& in : incoming->fresh) out.readers[in.statement.digest()] = in.label_value.readers;
      a_.take(to, incoming->receipts);
    }
    return out;
  }
  /// What Binh says of an envelope of An's that names these.
  std::string refusal_of(std::vector<std::string> readers, const Statement& statement) {
    const auto signed_by_a = sign_statement(a_.keys(), statement);
    const auto opened =
        b_.open(a_, deliver_lawlessly(a_, b_, {{signed_by_a}, {"", agreement_.id}, 0, {}, std::move(readers)}));
    return opened ? "" : opened.error().error.id;
  }

  Node a_{10}, b_{30}, c_{50};
  trust::Agreement agreement_;
};

TEST_F(Readers, OfEachRecipientAreToldToThatOneOnly) {
  const Digest said = a_.say(red(), {{a_.id(), "linh"}, {b_.id(), "mai"}, {c_.id(), "nam"}, {c_.id(), "mai"}});
  const Arrived at_b = hand_over(b_), at_c = hand_over(c_);
  EXPECT_EQ(at_b.readers.at(said), (Persons{{b_.id(), "mai"}}));
  EXPECT_EQ(at_c.readers.at(said), (Persons{{c_.id(), "mai"}, {c_.id(), "nam"}}));
  ASSERT_EQ(at_b.envelopes.size(), 1u);
  EXPECT_THAT(at_b.envelopes[0], HasSubstr(R"("readers":["mai"])"));
  for (const std::string& envelope : {at_b.envelopes[0], at_c.envelopes[0]})
    EXPECT_THAT(envelope, Not(HasSubstr("linh")));
}

TEST_F(Readers, NobodyWhoIsNotNamedHearsThatThereWasSomething) {
  a_.say(red(), {{b_.id(), "mai"}});
  EXPECT_FALSE(a_.next(c_));
  EXPECT_THAT(a_.ledger_with(c_), ElementsAre("out withheld release.red_names_nobody_there"));
  Statement green = a_.draft(agreement_);
  a_.say(green);
  const Arrived at_c = hand_over(c_);
  ASSERT_EQ(at_c.envelopes.size(), 1u);
  EXPECT_THAT(at_c.envelopes[0], HasSubstr(R"("first":0)")) << "what was withheld leaves no gap";
}

TEST_F(Readers, DivideARunWhereThisRecipientsNamesChange) {
  const Digest first = a_.say(red(), {{b_.id(), "mai"}}), again = a_.say(red(), {{b_.id(), "mai"}, {c_.id(), "nam"}}),
               other = a_.say(red(), {{b_.id(), "nam"}});
  const Arrived at_b = hand_over(b_);
  EXPECT_EQ(at_b.envelopes.size(), 2u) << "the first two name the same person here";
  EXPECT_EQ(at_b.readers.at(first), (Persons{{b_.id(), "mai"}}));
  EXPECT_EQ(at_b.readers.at(again), (Persons{{b_.id(), "mai"}}));
  EXPECT_EQ(at_b.readers.at(other), (Persons{{b_.id(), "nam"}}));
}

TEST_F(Readers, AreNamedForRedOnly) {
  Statement amber = a_.draft(agreement_);
  amber.handling.tlp = stix::Tlp::AmberStrict;
  const Digest said = a_.say(amber, {{b_.id(), "mai"}});
  const Arrived at_b = hand_over(b_);
  EXPECT_THAT(at_b.envelopes[0], HasSubstr(R"("readers":[])"));
  EXPECT_THAT(at_b.readers.at(said), IsEmpty());
}

TEST_F(Readers, WhomNobodyKnowsAreKeptAndTheSenderLearnsNothing) {
  const Digest said = a_.say(red(), {{b_.id(), "nobody.yet"}});
  EXPECT_EQ(hand_over(b_).readers.at(said), (Persons{{b_.id(), "nobody.yet"}}));
  EXPECT_THAT(a_.ledger_with(b_), ElementsAre("out receipted"));
}

TEST_F(Readers, AreNeededForRed) {
  EXPECT_EQ(refusal_of({}, red()), "delivery.red_names_nobody");
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements"), 0);
  EXPECT_EQ(refusal_of({"mai"}, red()), "");
}

TEST_F(Readers, OfHostileFormAreRefused) {
  std::vector<std::string> many, most;
  for (int i = 0; i < 10'000; ++i) many.push_back("reader" + std::to_string(i));
  most.assign(many.begin(), many.begin() + kMaxReaders);
  const std::vector<std::string> too_many(many.begin(), many.begin() + kMaxReaders + 1);
  const std::vector<std::vector<std::string>> bad = {
      {""},         {"m"},        {"mai", "mai"},         {"mai linh"}, {b_.id().text() + "/mai"},
      {"mai/linh"}, {"mai\n"},    {"mai\x1b[2J"},         {"Mai"},      {"-mai"},
      {"key:0123"}, {"m\u00e1i"}, {std::string(65, 'a')}, {"mai", ""},  too_many,
      many};
  for (const auto& readers : bad) {
    EXPECT_EQ(refusal_of(readers, red()), "envelope.malformed") << readers.size() << ' ' << readers.front();
    EXPECT_EQ(refusal_of(readers, a_.draft(agreement_)), "envelope.malformed");
  }
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM labels"), 0);
  EXPECT_EQ(refusal_of(most, red()), "");
}

TEST_F(Readers, AreNotForAForwarderToName) {
  a_.say(red(), {{b_.id(), "mai"}});
  hand_over(b_);
  const Digest said = b_.get([&](store::Transaction& tx) -> Result<Digest> {
    const auto row =
        TRY(list(tx, {"in", "", 0, 1}, TRY(trust::scope(tx, trust::PersonReader{{b_.id(), "mai"}})), b_.id()));
    TRY_VOID(enqueue(tx, row.at(0).statement, agreement_.id, c_.id(), b_.now));
    return row.at(0).statement.digest;
  });
  EXPECT_FALSE(b_.next(c_));
  EXPECT_THAT(b_.ledger_with(c_), ElementsAre("out withheld release.red_names_nobody_there"));

  // Binh's node tells itself that Chi's people were meant too.
  b_.sql("INSERT INTO label_readers (label, party, account) SELECT label, '" + c_.id().text() + "', 'nam' FROM labels");
  b_.write(
      [&](store::Transaction& tx) { return enqueue(tx, must(archived(tx, said)), agreement_.id, c_.id(), b_.now); });
  const auto delivery = b_.next(c_);
  ASSERT_TRUE(delivery);
  const auto opened = c_.open(b_, delivery->records);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().error.id, "delivery.red_onward");
}

}  // namespace
}  // namespace tocsin::exchange
