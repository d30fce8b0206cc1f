#include "core/exchange/recover.h"

#include <gtest/gtest.h>

#include "core/exchange/exchange_fixture.h"

namespace tocsin::exchange {
namespace {

using testing::Node;

// An and Binh under one agreement, everything delivered. An is then thrown back to an earlier state: `backup` is a
// second node with the same keys that has seen only what happened before the backup.
class Recoveries : public ::testing::Test {
 protected:
  Recoveries() {
    agreement_ = trust::testing::agreement_between({a_.id(), b_.id()});
    for (Node* node : {&a_, &b_, &again_}) node->agree(agreement_);
    // The same party: its log is the same until the backup.
    again_.sql("UPDATE log_epochs SET epoch = '" + a_.descriptor().log.id + "'");
    again_.descriptor().log.id = a_.descriptor().log.id;
    a_.meet(b_);
    b_.meet(a_);
    again_.meet(b_);
  }

  Digest say(Node& node, std::string_view kind = "message", const PartyId& to = {}) {
    return node.say(node.draft(agreement_, kind), {}, to);
  }
  // Everything from one to the other, applied as journeys apply it; how many statements were fresh.
  std::size_t exchange(Node& from, Node& to) {
    std::size_t fresh = 0;
    while (const auto delivery = from.next(to)) {
      const auto incoming = to.open(from, delivery->records);
      if (!incoming) {
        ADD_FAILURE() << incoming.error().error.id;
        break;
      }
      for (const IncomingStatement& in : incoming->fresh) {
        ++fresh;
        if (in.statement->kind == "recover")
          to.write([&](store::Transaction& tx) { return give_back(tx, to.self, from.id(), in.statement, to.now); });
        if (in.statement->kind == "ack" && in.statement->body.text("of") == "recover") {
          const auto taken = to.db().write([&](store::Transaction& tx) {
            return take_recover_ack(tx, to.self, from.id(), *in.statement->in_reply_to, in.statement->body, to.now);
          });
          // The answer to a question of a node that is lost comes again, too, and is passed over.
          EXPECT_TRUE(taken || taken.error().id == "recover.nobody_asked") << base::describe(taken.error());
        }
      }
      from.take(to, incoming->receipts);
    }
    return fresh;
  }
  void restore() { restore(again_, 100); }
  static void restore(Node& node, std::uint64_t version) {
    node.write([&](store::Transaction& tx) -> Result<void> {
      node.descriptor().log.id = TRY(open_epoch(tx, node.now));
      node.descriptor().version = version;
      TRY_VOID(trust::store_own(tx, node.verified_descriptor(), node.now));
      return ask_peers(tx, node.self, node.now);
    });
  }
  bool recovering() {
    return again_.get([&](store::Transaction& tx) { return is_recovering(tx); });
  }
  bool holds(Node& node, const Digest& digest) {
    return node.get([&](store::Transaction& tx) { return Result<bool>(archived(tx, digest).has_value()); });
  }

  Node a_{10}, b_{30}, again_{10};
  trust::Agreement agreement_;
};

TEST_F(Recoveries, WhatWasSaidAfterTheBackupComesBackAndIsSaidAgain) {
  const Digest said = say(a_), control = say(a_, "ping", b_.id());
  exchange(a_, b_);
  restore();
  EXPECT_TRUE(recovering());
  EXPECT_EQ(exchange(again_, b_), 1u) << "the recover statement";
  exchange(b_, again_);
  EXPECT_FALSE(recovering());
  for (const Digest& digest : {said, control}) {
    EXPECT_TRUE(holds(again_, digest));
    const auto leaf = again_.get([&](store::Transaction& tx) { return leaf_of(tx, digest); });
    ASSERT_TRUE(leaf);
    EXPECT_EQ(leaf->epoch, again_.descriptor().log.id);
    const auto to = again_.get([&](store::Transaction& tx) { return recipients_of(tx, digest); });
    ASSERT_EQ(to.size(), 1u) << "who holds it is known again, so that a retraction reaches it";
    EXPECT_EQ(to[0].party, b_.id());
    EXPECT_EQ(to[0].state, DeliveryState::Receipted);
  }
  const auto found = again_.get([&](store::Transaction& tx) { return recoveries(tx); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].returned, 2);
  EXPECT_TRUE(found[0].answered);
  EXPECT_TRUE(again_.get([&](store::Transaction& tx) { return verify_log(tx, again_.self); }).ok());
}

TEST_F(Recoveries, TheAnswerShowsHowFarThePeerHasSeenTheEarlierEpoch) {
  const std::string earlier = a_.descriptor().log.id;
  say(a_);
  say(a_);
  exchange(a_, b_);
  restore();
  exchange(again_, b_);
  exchange(b_, again_);
  const json::Value ack = again_.get([&](store::Transaction& tx) -> Result<json::Value> {
    std::optional<Digest> digest;
    TRY_VOID(tx.each("SELECT digest FROM statements WHERE kind = 'ack'",
                     [&](const store::Row& row) { digest = row.digest(0); }));
    return json::parse(TRY(signed_bytes(tx, *digest)).payload);
  });
  const json::Array& notes = *ack.find("body")->find("checkpoints")->array();
  ASSERT_EQ(notes.size(), 1u);
  const auto head = merkle::open_checkpoint(*notes[0].string(), origin(a_.id(), earlier), a_.keys().log.public_key());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->size, 2u);
}

TEST_F(Recoveries, WhatWasReceivedAfterTheBackupComesAgainInItsOrder) {
  std::vector<Digest> sent;
  for (int i = 0; i < 3; ++i) sent.push_back(say(b_));
  EXPECT_EQ(exchange(b_, a_), 3u);
  sent.push_back(say(b_));  // one on the way, at a position that the restored node does not expect
  ASSERT_TRUE(b_.next(a_));
  restore();
  exchange(again_, b_);
  EXPECT_GE(exchange(b_, again_), 4u);
  std::vector<Digest> at_again;
  again_.write([&](store::Transaction& tx) {
    return tx.each("SELECT digest FROM statements WHERE kind = 'message' ORDER BY row",
                   [&](const store::Row& row) { at_again.push_back(row.digest(0)); });
  });
  EXPECT_EQ(at_again, sent);
  EXPECT_FALSE(b_.next(again_));
  say(b_);
  EXPECT_EQ(exchange(b_, again_), 1u) << "and the stream goes on";
}

TEST_F(Recoveries, OnlyWhatIsMissingComesBack) {
  // Both states share the first delivery in each direction.
  const Statement early = a_.draft(agreement_);
  a_.say(early);
  exchange(a_, b_);
  say(b_);
  const auto delivery = b_.next(a_);
  ASSERT_TRUE(delivery);
  const auto taken = again_.open(b_, delivery->records);
  ASSERT_TRUE(taken);
  const auto also = a_.open(b_, delivery->records);
  ASSERT_TRUE(also);
  b_.take(a_, also->receipts);
  const Digest late = say(b_);
  exchange(b_, a_);
  restore();
  exchange(again_, b_);
  EXPECT_EQ(exchange(b_, again_), 3u) << "our one statement, the late one, the ack";
  EXPECT_TRUE(holds(again_, late));
}

TEST_F(Recoveries, NothingThatCouldContradictLeavesBeforeTheAnswer) {
  restore();
  const auto refused = again_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY(issue(tx, again_.self, again_.draft(agreement_, "intel"), {}, again_.now));
    return {};
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "recover.waiting");
  say(again_, "alert");
  EXPECT_EQ(exchange(again_, b_), 2u) << "the question and the alert: the bell still rings";
}

TEST_F(Recoveries, WhatWaitedBeforeTheBackupWaitsUntilTheAnswerAndLosesNothing) {
  const Digest waiting = say(again_, "intel"), bell = say(again_, "alert");
  restore();
  exchange(again_, b_);
  EXPECT_FALSE(holds(b_, waiting));
  EXPECT_TRUE(holds(b_, bell));
  exchange(b_, again_);
  EXPECT_EQ(exchange(again_, b_), 1u);
  EXPECT_TRUE(holds(b_, waiting));
  EXPECT_FALSE(again_.next(b_));
}

TEST_F(Recoveries, APersonCanStopWaitingAndALateAnswerIsTakenAllTheSame) {
  const Digest said = say(a_);
  exchange(a_, b_);
  restore();
  again_.write([&](store::Transaction& tx) { return stop_waiting(tx, "linh", again_.now); });
  EXPECT_FALSE(recovering());
  say(again_, "intel");
  EXPECT_EQ(exchange(again_, b_), 2u);
  exchange(b_, again_);
  EXPECT_TRUE(holds(again_, said));
  const auto found = again_.get([&](store::Transaction& tx) { return recoveries(tx); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].waived_by, "linh");
  EXPECT_TRUE(found[0].answered);
}

TEST_F(Recoveries, AreAnsweredOncePerEpoch) {
  restore();
  exchange(again_, b_);
  const auto queued = b_.count("SELECT COUNT(*) FROM queue");
  const Digest asked = again_.get([&](store::Transaction& tx) -> Result<Digest> {
    Statement again;
    again.kind = "recover";
    again.body = write_recover({});
    const auto issued = TRY(issue(tx, again_.self, std::move(again), {}, again_.now));
    TRY_VOID(enqueue(tx, issued, "", b_.id(), again_.now));
    TRY(tx.run("UPDATE recoveries SET statement = ?", issued.digest()));
    return issued.digest();
  });
  exchange(again_, b_);
  EXPECT_TRUE(holds(b_, asked));
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM queue"), queued);
}

// A node that is restored once more before its question left asks only what it asks now.
TEST_F(Recoveries, AskOnlyTheLastQuestion) {
  restore();
  again_.write([&](store::Transaction& tx) { return ask_peers(tx, again_.self, again_.now); });
  EXPECT_EQ(exchange(again_, b_), 1u);
  EXPECT_EQ(again_.count("SELECT COUNT(*) FROM statements WHERE kind = 'recover'"), 2);
  EXPECT_EQ(b_.count("SELECT COUNT(*) FROM statements WHERE kind = 'recover'"), 1);
  exchange(b_, again_);
  EXPECT_FALSE(recovering()) << "and that one is answered";
}

// What a peer says it holds is bounded, and of content only.
TEST_F(Recoveries, TakeNoEndlessListsOfWhatIsHeld) {
  restore();
  const auto answer = [&](int count, std::string_view kind, const AgreementId& agreement, bool more) {
    json::Array held;
    for (int i = 0; i < count; ++i) {
      json::Object entry;
      entry.set("statement", crypto::sha256(std::to_string(i)).base64url());
      entry.set("author", b_.id().text());
      entry.set("kind", kind);
      entry.set("agreement", agreement);
      held.push_back(std::move(entry));
    }
    json::Object body{{"checkpoints", json::Array{}}, {"more", more}};
    body.set("held", std::move(held));
    const auto done = again_.db().write([&](store::Transaction& tx) -> Result<void> {
      std::optional<Digest> asked;
      TRY_VOID(tx.each("SELECT statement FROM recoveries", [&](const store::Row& row) { asked = row.digest(0); }));
      return take_recover_ack(tx, again_.self, b_.id(), *asked, json::Value(body), again_.now);
    });
    return done ? "" : done.error().id;
  };
  const AgreementId id = agreement_.id;
  EXPECT_EQ(answer(1, "ack", id, true), "recover.malformed");
  EXPECT_EQ(answer(1, "intel", "", true), "recover.malformed");
  EXPECT_EQ(answer(5001, "intel", id, true), "recover.malformed");
  EXPECT_EQ(answer(2, "intel", id, true), "");
  EXPECT_EQ(again_.count("SELECT COUNT(*) FROM ledger WHERE reason = 'ledger.recovered'"), 2);
  EXPECT_TRUE(recovering()) << "more is to come";
  again_.sql("UPDATE recoveries SET held = 50000");
  EXPECT_EQ(answer(1, "intel", id, true), "recover.malformed");
  EXPECT_EQ(answer(0, "intel", id, false), "");
  EXPECT_FALSE(recovering());
  again_.sql("UPDATE recoveries SET held = 0");
  EXPECT_EQ(answer(5, "intel", id, false), "");
  EXPECT_EQ(again_.count("SELECT COUNT(*) FROM ledger WHERE reason = 'ledger.recovered'"), 2) << "nothing afterwards";
}

// The peer has given it back once and has receipts for that: of a node that is lost, too, by now.
TEST_F(Recoveries, OfABackupMadeBeforeTheAnswerCameBringItAllBackAgain) {
  const Digest said = say(a_), control = say(a_, "ping", b_.id());
  exchange(a_, b_);
  restore();
  Node third{10};  // of a backup made now
  third.agree(agreement_);
  third.sql("UPDATE log_epochs SET epoch = '" + a_.descriptor().log.id + "'");
  third.sql("INSERT INTO log_epochs (epoch, number, opened, size) VALUES ('" + again_.descriptor().log.id +
            "', 2, 0, 0)");
  third.descriptor().log.id = again_.descriptor().log.id;
  third.meet(b_);
  exchange(again_, b_);
  exchange(b_, again_);
  ASSERT_TRUE(holds(again_, said));
  restore(third, 101);
  exchange(third, b_);
  exchange(b_, third);
  EXPECT_TRUE(holds(third, said));
  EXPECT_TRUE(holds(third, control));
  const auto found = third.get([&](store::Transaction& tx) { return recoveries(tx); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].answered);
  EXPECT_EQ(found[0].returned, 3) << "what was said first, and the question of the first restore";
}

TEST_F(Recoveries, AreNotAnsweredMoreThanTenTimesADay) {
  restore();
  const auto served_before = [&](int count, Time at) {
    b_.write([&](store::Transaction& tx) -> Result<void> {
      TRY(tx.run("DELETE FROM recoveries_served"));
      for (int i = 0; i < count; ++i)
        TRY(tx.run("INSERT INTO recoveries_served (party, epoch, statement, at) VALUES (?, ?, ?, ?)", a_.id().text(),
                   "earlier " + std::to_string(i), Digest{}, at));
      return {};
    });
  };
  const auto incoming = b_.open(again_, again_.next(b_)->records);
  ASSERT_TRUE(incoming);
  const VerifiedStatement& asked = incoming->fresh.at(0).statement;
  ASSERT_EQ(asked->kind, "recover");
  const auto answer = [&] {
    const auto done = b_.get([&](store::Transaction& tx) -> Result<std::string> {
      const auto given = give_back(tx, b_.self, a_.id(), asked, b_.now);
      return given ? "" : given.error().id;
    });
    return done;
  };
  served_before(10, b_.now);
  EXPECT_EQ(answer(), "recover.too_often");
  served_before(10, b_.now - base::days(1));
  EXPECT_EQ(answer(), "");
  served_before(9, b_.now);
  EXPECT_EQ(answer(), "");
}

// A peer that puts words into our mouth: what our key has not signed, although our log holds it; and what our key has
// signed, but only a log of the peer's holds.
TEST_F(Recoveries, NobodyGivesBackWhatWeNeverSaid) {
  restore();
  struct Lie {
    VerifiedStatement statement;
    Node& log_of;
    std::string problem;
  };
  for (const Lie& lie : {Lie{sign_statement(b_.keys(), again_.draft(agreement_)), again_, "trust.wrong_key"},
                         Lie{sign_statement(again_.keys(), again_.draft(agreement_)), b_, "log.bad_signature"}}) {
    const Digest& digest = lie.statement.digest();
    InclusionProof proof;
    lie.log_of.write([&](store::Transaction& tx) -> Result<void> {
      const auto leaf = TRY(append_leaf(tx, digest, "message", lie.log_of.now));
      const auto size = TRY(current_epoch(tx)).size;
      const auto hashes = TRY(inclusion(tx, leaf, size));
      proof = {digest, leaf.epoch, leaf.index, size, hashes, TRY(checkpoint(tx, lie.log_of.self, lie.log_of.now))};
      return {};
    });
    const std::string records = b_.get([&](store::Transaction& tx) -> Result<std::string> {
      const std::string epoch = TRY(current_epoch(tx)).id;
      std::string out;
      append_record(out, RecordType::Checkpoint, {"", TRY(checkpoint(tx, b_.self, b_.now))});
      append_record(out, RecordType::Statement, lie.statement.signed_bytes());
      append_record(out, RecordType::Proof, {"", write_proof(proof)});
      append_record(
          out, RecordType::Envelope,
          sign_envelope(b_.keys(), {b_.id(), again_.id(), {epoch, ""}, 0, {digest}, {}, Basis::Returned, {}}));
      return out;
    });
    const auto opened = again_.open(b_, records);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error.id.substr(0, lie.problem.size()), lie.problem);
    EXPECT_FALSE(holds(again_, digest));
  }
}

// The other side calls first: what it had under way arrives before it has read our question, and its stream then begins
// anew.
TEST_F(Recoveries, SurviveWhatArrivesBeforeTheQuestion) {
  say(b_);
  exchange(b_, a_);
  const Digest control = say(b_, "ping", a_.id());
  restore();
  const auto delivery = b_.next(again_);
  ASSERT_TRUE(delivery);
  const auto early = again_.open(b_, delivery->records);
  ASSERT_TRUE(early);
  b_.take(again_, early->receipts);
  exchange(again_, b_);
  exchange(b_, again_);
  EXPECT_FALSE(recovering());
  EXPECT_TRUE(holds(again_, control));
  EXPECT_FALSE(b_.next(again_));
  say(b_);
  EXPECT_EQ(exchange(b_, again_), 1u) << "and the stream goes on";
}

TEST_F(Recoveries, OfBothSidesAtOnceEnd) {
  const Digest ours = say(a_), theirs = say(b_);
  exchange(a_, b_);
  exchange(b_, a_);
  restore();
  // The other is restored too, from a backup that holds all of this: it asks us, who have just opened a new epoch.
  b_.write([&](store::Transaction& tx) -> Result<void> {
    b_.descriptor().log.id = TRY(open_epoch(tx, b_.now));
    b_.descriptor().version = 100;
    TRY_VOID(trust::store_own(tx, b_.verified_descriptor(), b_.now));
    return ask_peers(tx, b_.self, b_.now);
  });
  for (int round = 0; round < 3; ++round) {
    exchange(again_, b_);
    exchange(b_, again_);
  }
  EXPECT_FALSE(recovering());
  EXPECT_FALSE(b_.get([&](store::Transaction& tx) { return is_recovering(tx); }));
  EXPECT_TRUE(holds(again_, ours));
  EXPECT_TRUE(holds(again_, theirs));
  say(again_);
  say(b_);
  EXPECT_EQ(exchange(again_, b_), 1u);
  EXPECT_EQ(exchange(b_, again_), 1u);
}

// A copy of what had been on its way comes late, when the answer has come, too; and a receipt that the node had given
// before it was lost.
TEST_F(Recoveries, WhatIsOfTheNodeThatWasLostIsNotTakenForWhatComesAfter) {
  say(b_, "ping", a_.id());
  exchange(b_, a_);
  const Digest control = say(b_, "ping", a_.id());
  const auto under_way = b_.next(a_);
  ASSERT_TRUE(under_way);
  const auto arrived = a_.open(b_, under_way->records);
  ASSERT_TRUE(arrived);
  restore();
  exchange(again_, b_);
  const auto receipt = arrived->receipts.at(0);
  EXPECT_FALSE(b_.get([&](store::Transaction& tx) -> Result<bool> {
    return take_receipt(tx, TRY(trust::party(tx, again_.id())), receipt, b_.now);
  })) << "it says nothing of the node that there is now";
  exchange(b_, again_);
  EXPECT_FALSE(recovering());
  EXPECT_TRUE(holds(again_, control));
  const auto late = again_.open(b_, under_way->records);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.id, "envelope.other_recovery");
  say(b_);
  EXPECT_EQ(exchange(b_, again_), 1u) << "and the stream goes on";
}

TEST_F(Recoveries, AQuarantinedPeerIsAskedButNotWaitedFor) {
  again_.write([&](store::Transaction& tx) {
    return trust::set_quarantine(tx, b_.id(), true, "lost a key", "linh", again_.now);
  });
  restore();
  EXPECT_FALSE(recovering());
  EXPECT_EQ(exchange(again_, b_), 1u);
}

// It had spoken with the node that was lost, after the backup: without being asked its streams would go on where that
// one stood.
TEST_F(Recoveries, APeerThatIsVerifiedAfterwardsIsAskedThenAndNotWaitedFor) {
  again_.sql("UPDATE parties SET state = 'invited' WHERE own = 0");
  say(b_, "ping", a_.id());
  exchange(b_, a_);
  restore();
  EXPECT_FALSE(recovering());
  again_.sql("UPDATE parties SET state = 'verified' WHERE own = 0");
  for (int times = 0; times < 2; ++times)
    again_.write([&](store::Transaction& tx) { return ask_late(tx, again_.self, b_.id(), "linh", again_.now); });
  EXPECT_FALSE(recovering());
  EXPECT_EQ(exchange(again_, b_), 1u) << "asked once";
  exchange(b_, again_);
  const Digest said = say(b_, "ping", a_.id());
  exchange(b_, again_);
  EXPECT_TRUE(holds(again_, said));
}

TEST_F(Recoveries, OfANodeThatWasNeverRestoredAreNotAskedFor) {
  a_.write([&](store::Transaction& tx) { return ask_late(tx, a_.self, b_.id(), "linh", a_.now); });
  EXPECT_EQ(a_.count("SELECT COUNT(*) FROM recoveries"), 0);
}

TEST(RecoverBody, IsReadBackAsWritten) {
  const RecoverRequest request{{{"1-00", 7, false}, {"2-11", 3, true}},
                               {{{"2-11", "", Digest{}}, 3}, {{"2-11", base::uuid7({})}, 0}},
                               {{{"1-00", ""}, 4}}};
  const auto read = read_recover(write_recover(request));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, request);
}

TEST(RecoverBody, OfAnotherShapeIsRefused) {
  for (const char* text :
       {"{}", R"({"epochs":[]})", R"({"epochs":[],"streams":{},"sent":[]})", R"({"epochs":[],"streams":[]})",
        R"({"epochs":[{}],"streams":[],"sent":[]})", R"({"epochs":[{"epoch":"1-0","size":-1}],"streams":[],"sent":[]})",
        R"({"epochs":[],"streams":[{"epoch":"1-0","agreement":"","position":-1}],"sent":[]})",
        R"({"epochs":[],"streams":[],"sent":[{"epoch":"1-0","agreement":"","position":3,"recovery":"x"}]})"}) {
    const auto body = json::parse(text);
    ASSERT_TRUE(body);
    const auto read = read_recover(*body);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().id, "recover.malformed") << text;
  }
}

}  // namespace
}  // namespace tocsin::exchange
