// Keys follow each other while the party goes on: nothing that was said is lost by it, and nothing that a thief says is
// taken.
#include "journeys/renew.h"

#include "core/exchange/log.h"
#include "core/exchange/proof.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr KeyChange kAll[] = {
    {trust::KeyUse::Statement}, {trust::KeyUse::Log}, {trust::KeyUse::Exercise}, {trust::KeyUse::Tls}};

class Renewing : public Three {
 protected:
  Renewing() {
    must(chi_.context().self.keys->save(folder_.file("keys")));
    ring_ = must(trust::KeyRing::open(folder_.file("keys")));
    chi_.use(*ring_);
    // Both sides have said something, and both have receipts.
    give("198.51.100.1");
    EXPECT_TRUE(binh_.publish(binh_.import({"203.0.113.1"}), with_chi_));
    EXPECT_TRUE(settle());
  }
  /// Chi publishes it to Binh.
  Digest give(const std::string& value) { return give_from(chi_, value); }
  Digest give_from(Node& node, const std::string& value) {
    EXPECT_TRUE(node.publish(node.import({value}), with_chi_));
    return node.get([&](store::Transaction& tx) { return newest(tx); });
  }
  static Result<Digest> newest(store::Transaction& tx) {
    const auto epoch = TRY(exchange::current_epoch(tx));
    return TRY(exchange::leaves(tx, epoch.id, epoch.size, 1)).at(0).statement;
  }
  trust::Signed signed_renewal(const std::vector<KeyChange>& changes) {
    return trust::sign_descriptor(root_of_chi(), must(prepare_renewal(chi_.context(), changes)).next);
  }
  std::string renewed(const std::vector<KeyChange>& changes) {
    const auto taken = take_renewal(chi_.context(), signed_renewal(changes), kAnalyst);
    return taken ? "" : taken.error().id;
  }
  trust::Descriptor own() {
    return chi_.get([](store::Transaction& tx) { return trust::own_party(tx); }).descriptor;
  }
  trust::Descriptor known_to_binh() {
    return binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); }).descriptor;
  }
  static KeyChange stolen(std::int64_t last_good, std::uint64_t epoch = 0) {
    return {trust::KeyUse::Statement, LastGood{epoch, last_good}, {}};
  }
  std::int64_t leaf_of(const Digest& statement) {
    const auto leaf = chi_.get([&](store::Transaction& tx) { return exchange::leaf_of(tx, statement); });
    return static_cast<std::int64_t>(leaf.value().index);
  }
  void expect_log_holds() {
    EXPECT_TRUE(chi_.get([&](store::Transaction& tx) { return exchange::verify_log(tx, chi_.context().self); }).ok());
  }
  void expect_all_receipted() {
    EXPECT_TRUE(settle());
    for (Node* node : {&chi_, &binh_})
      EXPECT_EQ(node->count("SELECT COUNT(*) FROM ledger WHERE direction = 'out' AND state <> 'receipted'"), 0);
  }

  std::unique_ptr<trust::KeyRing> ring_;
};

TEST_F(Renewing, AllKeysFollowAndBothGoOn) {
  const trust::OwnKeys& before = *chi_.context().self.keys;
  ASSERT_EQ(renewed({std::begin(kAll), std::end(kAll)}), "");
  const trust::OwnKeys& now = *chi_.context().self.keys;
  EXPECT_NE(now.statement.public_key(), before.statement.public_key());
  EXPECT_NE(now.peer_tls.certificate_pem, before.peer_tls.certificate_pem);
  EXPECT_EQ(own().statement_key, now.statement.public_key());
  give("198.51.100.2");
  ASSERT_TRUE(binh_.publish(binh_.import({"203.0.113.2"}), with_chi_));
  expect_all_receipted();
  EXPECT_EQ(known_to_binh().log_key, now.log.public_key());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "203.0.113.1", "203.0.113.2"));
  expect_log_holds();
  const auto peer = binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); });
  EXPECT_EQ(peer.checkpoint_state, "consistent");
  EXPECT_TRUE(exchange::open_checkpoint(peer.checkpoint, peer.descriptor, peer.descriptor.log.id));
}

TEST_F(Renewing, WhatWasSaidUnderTheKeysBeforeGoesOnToOthers) {
  ASSERT_EQ(renewed({std::begin(kAll), std::end(kAll)}), "");
  ASSERT_TRUE(settle());
  const auto item = binh_.item_of("198.51.100.1").item;
  ASSERT_TRUE(binh_.publish({item}, with_an_));
  ASSERT_TRUE(settle());
  EXPECT_THAT(an_.matches(), ElementsAre("198.51.100.1")) << "with its proof under the log key of then";
}

TEST_F(Renewing, AnEnvelopeThatWasSealedBeforeIsSealedAnew) {
  give("198.51.100.2");
  const std::string lost = records(chi_, binh_);
  ASSERT_NE(lost, "");
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  expect_all_receipted();
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "203.0.113.1"));
}

TEST_F(Renewing, AnEnvelopeWhoseReceiptWasLostIsKnownToHaveArrived) {
  give("198.51.100.2");
  ASSERT_TRUE(receive(binh_.context(), chi_.id(), records(chi_, binh_)));  // the answer is lost
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  give("198.51.100.3");
  expect_all_receipted();
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "198.51.100.3", "203.0.113.1"));
}

TEST_F(Renewing, AReceiptThatWasLostIsGivenUnderTheNewKey) {
  ASSERT_TRUE(binh_.publish(binh_.import({"203.0.113.2"}), with_chi_));
  ASSERT_TRUE(receive(chi_.context(), binh_.id(), records(binh_, chi_)));  // the answer is lost
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  while (hand_over(chi_, binh_) == Handed::Taken) continue;  // Binh knows the new key
  expect_all_receipted();
}

TEST_F(Renewing, WhatAStolenKeySaidAfterTheLastGoodLeafIsNotTakenAndWhatWasTakenStops) {
  const Digest good = give("198.51.100.2");
  give("198.51.100.3");
  ASSERT_TRUE(settle());
  ASSERT_THAT(binh_.matches(), Contains("198.51.100.3"));
  const auto prepared = must(prepare_renewal(chi_.context(), {stolen(leaf_of(good))}));
  EXPECT_EQ(prepared.given_up, 1u);
  ASSERT_EQ(renewed({stolen(leaf_of(good))}), "");
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "203.0.113.1"));
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM statements WHERE retracted_by IS NOT NULL"), 1);
  // Its owner says it again, with the new key, and it counts.
  give("198.51.100.4");
  expect_all_receipted();
  EXPECT_THAT(binh_.matches(), Contains("198.51.100.4"));
}

TEST_F(Renewing, OfAKeyThatNeverWasOursNothingCounts) {
  ASSERT_EQ(renewed({stolen(-1)}), "");
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("203.0.113.1"));
}

// The thief has the keys of before, and a copy of the database.
TEST_F(Renewing, AThiefWithTheKeysOfBeforeIsRefused) {
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  ASSERT_TRUE(settle());
  const std::string by_chi = [&] {
    give("198.51.100.2");
    return records(chi_, binh_);
  }();
  std::string stolen;
  for (const exchange::Record& record : must(exchange::read_records(by_chi))) {
    trust::Signed object = record.object;
    if (record.type == exchange::RecordType::Envelope)
      object = trust::sign(trust::SignedType::Envelope, founding_keys_of_chi().statement, object.payload);
    exchange::append_record(stolen, record.type, object);
  }
  expect_refused_records(chi_, binh_, stolen, "trust.wrong_key");
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "203.0.113.1"));
}

TEST_F(Renewing, OnlyKeysThatWaitHereAreTaken) {
  const auto refused = [&](const std::function<void(trust::Descriptor&)>& change) {
    trust::Descriptor next = must(prepare_renewal(chi_.context(), {{trust::KeyUse::Statement}})).next;
    change(next);
    const auto taken = take_renewal(chi_.context(), trust::sign_descriptor(root_of_chi(), next), kAnalyst);
    return taken ? "" : taken.error().id;
  };
  const auto another = crypto::SigningKey::generate().public_key();
  EXPECT_EQ(refused([&](trust::Descriptor& d) { d.statement_key = another; }), "descriptor.other_content");
  EXPECT_EQ(refused([&](trust::Descriptor& d) { d.log_key = another; }), "descriptor.other_content");
  EXPECT_EQ(refused([&](trust::Descriptor& d) { d.tls_pins.push_back(Digest{}); }), "descriptor.other_content");
  EXPECT_EQ(refused([&](trust::Descriptor& d) {
              d.retired.push_back({"log", another, d.log.id, 0, 9});
            }),
            "descriptor.other_content");
  EXPECT_EQ(refused([&](trust::Descriptor& d) { d.endpoints = {"https://elsewhere.example"}; }),
            "descriptor.other_content");
  EXPECT_EQ(own().version, 1u);
  EXPECT_EQ(refused([](trust::Descriptor&) {}), "");
}

TEST_F(Renewing, ALeafThatIsNotThereIsNotTheLastGoodOne) {
  const auto prepared = prepare_renewal(chi_.context(), {stolen(1000)});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().id, "keys.last_good_beyond");
}

TEST_F(Renewing, NothingIsHalfDoneWhereTheDiskFails) {
  const auto renewal = signed_renewal({std::begin(kAll), std::end(kAll)});
  const auto before = chi_.context().self.keys->statement.public_key();
  int failures = 0;
  for (;; ++failures) {
    chi_.faults().fail_at(failures + 1);
    const auto taken = take_renewal(chi_.context(), renewal, kAnalyst);
    const bool failed = chi_.faults().failed();
    chi_.faults().heal();
    if (!failed) {
      EXPECT_TRUE(taken) << base::describe(taken.error());
      break;
    }
    EXPECT_FALSE(taken);
    EXPECT_EQ(chi_.context().self.keys->statement.public_key(), before);
    EXPECT_EQ(own().version, 1u);
  }
  EXPECT_GT(failures, 5);
  EXPECT_NE(chi_.context().self.keys->statement.public_key(), before);
  give("198.51.100.2");
  expect_all_receipted();
}

TEST_F(Renewing, TheNextRootTakesThePlaceOfOneThatWasLost) {
  const trust::NextRoot next = next_root_of_chi();
  const auto successor = crypto::SigningKey::generate();
  const auto planned = must(prepare_renewal(chi_.context())).next;
  const std::string payload = must(trust::succeed(trust::write_descriptor(planned), next, successor.public_key()));
  const auto taken =
      take_renewal(chi_.context(), trust::sign(trust::SignedType::Descriptor, next.key, payload), kAnalyst);
  ASSERT_TRUE(taken) << base::describe(taken.error());
  give("198.51.100.2");
  expect_all_receipted();
  EXPECT_EQ(known_to_binh().root, next.key.public_key());
  EXPECT_EQ(known_to_binh().party, chi_.id());
  // Whoever has the root of before says nothing that counts.
  trust::Descriptor stolen = planned;
  stolen.version = 99;
  const auto refused = take_renewal(chi_.context(), trust::sign_descriptor(root_of_chi(), stolen), kAnalyst);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "descriptor.other_roots");
  const auto shown = must(trust::verify_descriptor(trust::sign_descriptor(root_of_chi(), stolen)));
  const auto at_binh = binh_.db().write([&](store::Transaction& tx) -> Result<void> {
    TRY(trust::take_descriptor(tx, shown, clock_.now()));
    return {};
  });
  ASSERT_FALSE(at_binh);
  EXPECT_EQ(at_binh.error().id, "descriptor.other_roots");
}

// Whoever has the root can count as high as a number goes, take back honest keys, and name a log of any epoch: the next
// root is bound by none of it.
TEST_F(Renewing, AThiefOfTheRootDoesNotLockTheNextOneOut) {
  trust::Descriptor stolen = own();
  stolen.version = (std::uint64_t{1} << 53) - 1;
  stolen.retired = {{"statement", stolen.statement_key, stolen.log.id, 0, 0}};
  stolen.statement_key = crypto::SigningKey::generate().public_key();
  stolen.log.id = "99999-" + std::string(32, 'a');
  const auto shown = must(trust::verify_descriptor(trust::sign_descriptor(root_of_chi(), stolen)));
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) { return trust::take_descriptor(tx, shown, clock_.now()); }),
            trust::DescriptorOutcome::Newer);
  const trust::NextRoot next = next_root_of_chi();
  const auto successor = crypto::SigningKey::generate();
  const auto planned = must(prepare_renewal(chi_.context())).next;
  const std::string payload = must(trust::succeed(trust::write_descriptor(planned), next, successor.public_key()));
  ASSERT_TRUE(take_renewal(chi_.context(), trust::sign(trust::SignedType::Descriptor, next.key, payload), kAnalyst));
  give("198.51.100.2");
  expect_all_receipted();
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "203.0.113.1"));
  EXPECT_EQ(known_to_binh().root, next.key.public_key());
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); }).state,
            trust::PeerState::Verified);
}

// Two administrators, or one who tries again: the second is refused, and the keys of the first stay in force.
TEST_F(Renewing, OfTwoAnnouncementsTheSecondChangesNothing) {
  const trust::Signed renewal = signed_renewal({{trust::KeyUse::Statement}});
  ASSERT_TRUE(take_renewal(chi_.context(), renewal, kAnalyst));
  const auto in_force = chi_.context().self.keys->statement.public_key();
  const auto again = take_renewal(chi_.context(), renewal, kAnalyst);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().id, "descriptor.version_goes_back");
  EXPECT_EQ(chi_.context().self.keys->statement.public_key(), in_force);
  EXPECT_EQ(own().statement_key, in_force);
}

// "An administrator leaves": his key was followed by plan, and is found to be stolen later.
TEST_F(Renewing, AKeyThatWasFollowedByPlanCanBeTakenBackLater) {
  const auto before = own().statement_key;
  const Digest good = give("198.51.100.2");
  give("198.51.100.3");
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  give("198.51.100.4");
  expect_all_receipted();
  const auto in_force = own().statement_key;
  KeyChange change = stolen(leaf_of(good));
  change.retired = crypto::SigningKey::generate().public_key();
  EXPECT_EQ(prepare_renewal(chi_.context(), {change}).error().id, "keys.no_such_key");
  change.retired = before;
  EXPECT_EQ(must(prepare_renewal(chi_.context(), {change})).given_up, 1u) << "not what its follower has signed";
  ASSERT_EQ(renewed({change}), "");
  EXPECT_EQ(own().statement_key, in_force) << "which is innocent";
  ASSERT_TRUE(settle());
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "198.51.100.4", "203.0.113.1"));
}

TEST_F(Renewing, AKeyThatWasTakenBackIsNeverGoodForMoreAgain) {
  const auto before = own().statement_key;
  const Digest good = give("198.51.100.2");
  give("198.51.100.3");
  ASSERT_EQ(renewed({stolen(leaf_of(good))}), "");
  KeyChange further = stolen(leaf_of(good) + 1);
  further.retired = before;
  const auto same = must(prepare_renewal(chi_.context(), {further})).next;
  EXPECT_EQ(same.retired.at(0).last, static_cast<std::uint64_t>(leaf_of(good)));
  further.last_good = LastGood{0, -1};
  const auto none = must(prepare_renewal(chi_.context(), {further})).next;
  EXPECT_FALSE(none.retired.at(0).is_good_for(none.log.id, 0));
}

TEST_F(Renewing, ALogKeyThatIsGoodForNothingOpensNothing) {
  const std::string note =
      chi_.get([&](store::Transaction& tx) { return exchange::checkpoint(tx, chi_.context().self, clock_.now()); });
  const std::string epoch = own().log.id;
  EXPECT_TRUE(exchange::open_checkpoint(note, own(), epoch));
  const auto size = must(exchange::open_checkpoint(note, own(), epoch)).size;
  const auto after = [&](std::uint64_t first, std::uint64_t last) {
    trust::Descriptor later = own();
    later.retired = {{"log", later.log_key, epoch, first, last}};
    later.log_key = crypto::SigningKey::generate().public_key();
    return exchange::open_checkpoint(note, later, epoch).has_value();
  };
  EXPECT_TRUE(after(0, size - 1));
  EXPECT_FALSE(after(0, size - 2)) << "of a larger tree";
  EXPECT_FALSE(after(1, 0));
}

// The peer's own log key was stolen, and what it proved before was under it: a log that does not go on from there is
// not believed because the old note cannot be opened any more.
TEST_F(Renewing, ARevokedLogKeyDoesNotMakeARewrittenLogConsistent) {
  ASSERT_EQ(renewed({{trust::KeyUse::Log, LastGood{0, 0}, {}}}), "");
  give("198.51.100.2");
  std::string cut;
  for (const exchange::Record& record : must(exchange::read_records(records(chi_, binh_))))
    if (record.type != exchange::RecordType::Proof || record.object.payload.find("\"statement\"") != std::string::npos)
      exchange::append_record(cut, record.type, record.object);  // without what leads on from the note before
  ASSERT_TRUE(receive(binh_.context(), chi_.id(), cut));
  const auto peer = binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); });
  EXPECT_EQ(peer.checkpoint_state, "unverified");
  expect_all_receipted();
  EXPECT_EQ(binh_.get([&](store::Transaction& tx) { return trust::party(tx, chi_.id()); }).checkpoint_state,
            "consistent");
}

TEST_F(Renewing, TheMarginOfAPlannedChangeGoesWithTheNextRenewal) {
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  EXPECT_GT(own().retired.at(0).last, kLeavesUntilSigned);
  give("198.51.100.2");
  const auto size = chi_.get([](store::Transaction& tx) { return exchange::current_epoch(tx); }).size;
  ASSERT_EQ(renewed({}), "");
  EXPECT_EQ(own().retired.at(0).last, size - 1);
  expect_all_receipted();
  EXPECT_EQ(binh_.count("SELECT COUNT(*) FROM statements WHERE retracted_by IS NOT NULL"), 0);
}

// A machine was taken over: a backup of before, and all that was said since is not ours.
TEST_F(Renewing, AfterARestoreAKeyIsTakenBackToALeafOfTheEpochBefore) {
  const Digest good = give("198.51.100.2");
  ASSERT_TRUE(settle());
  const std::int64_t leaf = leaf_of(good);
  const std::string backup = back_up(chi_);
  give("198.51.100.3");  // the thief
  ASSERT_TRUE(settle());
  ASSERT_THAT(binh_.matches(), Contains("198.51.100.3"));
  clock_.advance(base::days(1));
  Node again = restored(2, backup);
  const std::string keys = folder_.file("keys of the backup");
  must(again.context().self.keys->save(keys));
  const auto ring = must(trust::KeyRing::open(keys));
  again.use(*ring);
  EXPECT_EQ(prepare_renewal(again.context(), {stolen(leaf, 7)}).error().id, "keys.no_such_epoch");
  const auto next = must(prepare_renewal(again.context(), {stolen(leaf, 1)})).next;
  ASSERT_TRUE(take_renewal(again.context(), trust::sign_descriptor(root_of_chi(), next), kAnalyst));
  for (int round = 0; round < 20; ++round) {
    hand_over(again, binh_);
    hand_over(binh_, again);
  }
  EXPECT_THAT(binh_.matches(), ElementsAre("198.51.100.1", "198.51.100.2", "203.0.113.1"));
}

// Nothing of this epoch was ours: the key stays taken back all the same.
TEST_F(Renewing, AKeyThatWasGoodForNothingDoesNotComeBackEither) {
  const std::string backup = back_up(chi_);
  ASSERT_EQ(renewed({stolen(-1)}), "");
  ASSERT_TRUE(settle());
  clock_.advance(base::days(1));
  Node again = restored(2, backup);
  EXPECT_EQ(hand_over(again, binh_), Handed::Refused);
  EXPECT_EQ(last_refusal_, "descriptor.retired_key");
}

// Both have new keys, and neither knows that of the other, while each waits for a receipt of the other.
TEST_F(Renewing, BothMayChangeTheirKeysWhileReceiptsAreLost) {
  must(binh_.context().self.keys->save(folder_.file("keys of Binh")));
  const auto ring = must(trust::KeyRing::open(folder_.file("keys of Binh")));
  binh_.use(*ring);
  for (Node* node : {&chi_, &binh_})
    must(node->retract(node->items_of(node == &chi_ ? "198.51.100.1" : "203.0.113.1").at(0).item));
  ASSERT_TRUE(receive(binh_.context(), chi_.id(), records(chi_, binh_)));  // both answers are lost
  ASSERT_TRUE(receive(chi_.context(), binh_.id(), records(binh_, chi_)));
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  const auto next = must(prepare_renewal(binh_.context(), {{trust::KeyUse::Statement}})).next;
  ASSERT_TRUE(take_renewal(binh_.context(), trust::sign_descriptor(root_of_binh(), next), kAnalyst));
  const auto serve = [](Node& from, Node& to) {  // what is shown may be under a key that is not known yet
    const PeerAnswer pulled = answer_pull(from.context(), to.id());
    if (pulled.status == 204) return;
    const auto taken = receive(to.context(), from.id(), pulled.body);
    answer_receipts(from.context(), to.id(), taken ? taken->answer : write_refusal(taken.error()));
  };
  for (int round = 0; round < 3; ++round) {
    serve(chi_, binh_);
    serve(binh_, chi_);
  }
  expect_all_receipted();
}

// A backup from before a key was stolen brings the stolen key back: peers do not take it, until new keys follow again.
TEST_F(Renewing, ABackupOfBeforeDoesNotBringAStolenKeyBack) {
  const std::string backup = back_up(chi_);
  ASSERT_EQ(renewed({{trust::KeyUse::Statement}}), "");
  ASSERT_TRUE(settle());
  clock_.advance(base::days(1));
  Node again = restored(2, backup);
  EXPECT_EQ(hand_over(again, binh_), Handed::Refused);
  EXPECT_EQ(last_refusal_, "descriptor.retired_key");
  const auto ring = [&] {
    const std::string keys = folder_.file("keys of the backup");
    must(again.context().self.keys->save(keys));
    return must(trust::KeyRing::open(keys));
  }();
  again.use(*ring);
  const auto next = must(prepare_renewal(again.context(), {{trust::KeyUse::Statement}})).next;
  ASSERT_TRUE(take_renewal(again.context(), trust::sign_descriptor(root_of_chi(), next), kAnalyst));
  for (int round = 0; round < 20; ++round) {
    hand_over(again, binh_);
    hand_over(binh_, again);
  }
  give_from(again, "198.51.100.9");
  hand_over(again, binh_);
  EXPECT_THAT(binh_.matches(), Contains("198.51.100.9"));
}

// --- the key of the line

class AtTheLine : public Renewing {
 protected:
  int introduce(const trust::Signed& descriptor, const Digest& pin) {
    std::string records;
    exchange::append_record(records, exchange::RecordType::Descriptor, descriptor);
    return answer_introduction(binh_.context(), pin, records).status;
  }
  trust::Signed shown() {
    return chi_.get([](store::Transaction& tx) { return trust::own_party(tx); }).descriptor_signed;
  }
};

TEST_F(AtTheLine, ANewKeyIsKnownByTheDescriptorThatNamesIt) {
  const Digest before = own().tls_pins.at(0);
  const trust::Signed old_descriptor = shown();
  ASSERT_EQ(renewed({{trust::KeyUse::Tls}}), "");
  const Digest now = own().tls_pins.at(0);
  ASSERT_NE(now, before);
  EXPECT_EQ(introduce(shown(), before), 401) << "a key that it does not name";
  EXPECT_EQ(introduce(old_descriptor, before), 401) << "not a newer one";
  EXPECT_EQ(known_to_binh().version, 1u);
  EXPECT_EQ(introduce(shown(), now), 204);
  EXPECT_EQ(known_to_binh().tls_pins.at(0), now);
  const auto by_pin = binh_.get([&](store::Transaction& tx) { return trust::peer_by_pin(tx, now); });
  EXPECT_EQ(by_pin.id, chi_.id());
}

TEST_F(AtTheLine, AStrangerCannotIntroduceHimself) {
  // An, whom Chi has never met, and who is verified at Binh's.
  const auto an = an_.get([](store::Transaction& tx) { return trust::own_party(tx); });
  std::string records;
  exchange::append_record(records, exchange::RecordType::Descriptor, an.descriptor_signed);
  EXPECT_EQ(answer_introduction(chi_.context(), an.descriptor.tls_pins.at(0), records).status, 401);
  EXPECT_EQ(chi_.count("SELECT COUNT(*) FROM parties"), 2);
  for (const std::string& garbage : {std::string(), std::string("D"), std::string(1000, 'x'), records + records})
    EXPECT_EQ(answer_introduction(chi_.context(), an.descriptor.tls_pins.at(0), garbage).status, 401);
}

}  // namespace
}  // namespace tocsin::journeys::testing
