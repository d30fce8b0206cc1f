// A seeded random walk over three nodes: they publish, pass on, retract, see, acknowledge; answers get lost, deliveries
// come twice, statements fail, power is cut with writes half on the disk, disks are full, nodes restart. Once all is
// good again, all must agree with a model that knows only what was meant: nothing that was answered is missing, nothing
// is there twice.
#include <random>
#include <set>

#include "core/exchange/retractions.h"
#include "ground/store/sqlite/fault_vfs.h"
#include "journeys/journeys_fixture.h"

namespace tocsin::journeys::testing {
namespace {

using store::sqlite::FaultDisk;
using ::testing::ElementsAreArray;

class Walk : public Three {
 protected:
  ~Walk() override {
    for (Node* node : nodes_) node->stop();  // before their disks
  }

  struct Meant {
    Node* author = nullptr;
    std::set<Node*> holders;  ///< who may have it, its author too
    bool retracted = false;
  };

  std::size_t draw(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  Node& any_node() { return *nodes_[draw(nodes_.size())]; }
  std::pair<Node*, Node*> any_way() { return ways_[draw(ways_.size())]; }

  void publish_something() {
    const std::string value = "198.51." + std::to_string(100 + number_ / 250) + "." + std::to_string(1 + number_ % 250);
    ++number_;
    Node& author = draw(2) == 0 ? an_ : binh_;
    const bool too_secret = draw(5) == 0;
    const auto items = author.import({value}, too_secret ? stix::Tlp::AmberStrict : stix::Tlp::Green);
    Meant& meant = meant_[value];
    meant.author = &author;
    meant.holders = {&author};
    // An publishes to Binh; Binh to An, to Chi or to both.
    const std::size_t to = &author == &an_ ? 0 : draw(3);
    const auto done = author.publish(items, to == 0 ? with_an_ : to == 1 ? with_chi_ : trust::AgreementId{});
    ASSERT_EQ(done.has_value(), !too_secret);
    if (too_secret) return;
    if (to != 1) meant.holders.insert(&author == &an_ ? &binh_ : &an_);
    if (to != 0) meant.holders.insert(&chi_);
  }

  // Binh hands on to Chi what it has from An.
  void pass_on_something() {
    for (auto& [value, meant] : meant_) {
      if (meant.author != &an_ || meant.retracted || meant.holders.contains(&chi_) || draw(2) == 0) continue;
      const auto here = binh_.items_of(value);
      if (here.empty()) continue;
      ASSERT_TRUE(binh_.publish({here[0].item}, with_chi_)) << value;
      meant.holders.insert(&chi_);
      return;
    }
  }

  void retract_something() {
    constexpr exchange::RetractReason kReasons[] = {exchange::RetractReason::Wrong,
                                                    exchange::RetractReason::PersonalData};
    for (auto& [value, meant] : meant_) {
      if (meant.retracted || draw(8) != 0) continue;
      ASSERT_TRUE(meant.author->retract(meant.author->item_of(value).item, kReasons[draw(2)])) << value;
      meant.retracted = true;
      return;
    }
  }

  void see_something() {
    Node& node = any_node();
    for (const auto& [value, meant] : meant_) {
      if (node.items_of(value).empty() || draw(3) != 0) continue;
      ASSERT_TRUE(node.see(value, draw(2) == 0 ? "10.1.4.20" : "10.9.9.9", static_cast<std::int64_t>(1 + draw(5))));
      return;
    }
  }

  void acknowledge_something() {
    Node& node = any_node();
    for (const auto& alert : node.all_alerts())
      if (alert.state == alerts::State::Open) {
        ASSERT_TRUE(acknowledge_alert(node.context(), alert.id, kDuty, "Duty", ""));
        return;
      }
  }

  // One exchange on a network, and with disks, that may fail at any place.
  void hand_over_badly() {
    const auto [from, to] = any_way();
    if (draw(6) == 0) from->faults().fail_at(static_cast<std::int64_t>(1 + draw(40)));
    const PeerAnswer pulled = answer_pull(from->context(), to->id());
    from->faults().heal();
    if (pulled.status != 200) return;
    if (draw(5) == 0) return late_.push_back({from, to, pulled.body});  // the request is lost
    if (draw(5) == 0) to->faults().fail_at(static_cast<std::int64_t>(1 + draw(150)));
    const auto receipts = receive(to->context(), from->id(), pulled.body);
    const bool failed = to->faults().failed();
    to->faults().heal();
    if (!receipts) {
      EXPECT_TRUE(failed || is_healed(receipts.error().error)) << base::describe(receipts.error().error);
      late_.push_back({from, to, pulled.body});
      answer_receipts(from->context(), to->id(), write_refusal(receipts.error()));
      return;
    }
    taken_.push_back({from, to, pulled.body});
    if (draw(4) == 0) return;  // the answer is lost
    EXPECT_EQ(answer_receipts(from->context(), to->id(), receipts->answer).status, 204);
  }

  // The same, and power is cut at one of the two, or its disk is full or reports an error: whoever fell stands up with
  // what its disk has kept.
  void hand_over_as_a_disk_fails() {
    const auto [from, to] = any_way();
    Node& victim = draw(3) == 0 ? *from : *to;
    FaultDisk& disk = disk_of(victim);
    switch (draw(4)) {
      case 0:
        disk.limit_space(draw(64) * 1024);
        break;
      case 1:
        disk.fail_syncs(1 + draw(3));
        break;
      default:
        disk.cut_power_at(disk.operations() + 1 + draw(60));
    }
    const PeerAnswer pulled = answer_pull(from->context(), to->id());
    if (pulled.status == 200) {
      if (const auto receipts = receive(to->context(), from->id(), pulled.body)) {
        taken_.push_back({from, to, pulled.body});
        answer_receipts(from->context(), to->id(), receipts->answer);
      } else {
        late_.push_back({from, to, pulled.body});
      }
    }
    disk.lift_space_limit();
    disk.fail_syncs(0);
    restart(victim);
  }

  void restart(Node& node) {
    node.stop();
    disk_of(node).restart();
    node.start(vfs_of(node));
  }

  void repeat_something() {
    if (taken_.empty()) return;
    const Taken& old = taken_[draw(taken_.size())];
    const auto objects = old.to->count("SELECT COUNT(*) FROM objects");
    const auto receipts = receive(old.to->context(), old.from->id(), old.records);
    EXPECT_TRUE(receipts) << base::describe(receipts.error().error);
    EXPECT_EQ(old.to->count("SELECT COUNT(*) FROM objects"), objects);
  }

  // What was refused or lost comes late, perhaps when it has been given up, and its answer goes nowhere.
  void deliver_late() {
    if (late_.empty()) return;
    const Taken& old = late_[draw(late_.size())];
    const auto receipts = receive(old.to->context(), old.from->id(), old.records);
    EXPECT_TRUE(receipts || is_healed(receipts.error().error)) << base::describe(receipts.error().error);
  }

  static bool is_healed(const Error& refusal) {
    return refusal.id == "envelope.missing_statement" || refusal.id == "envelope.gap" ||
           refusal.id == "delivery.old_checkpoint";
  }

  void step() {
    switch (draw(13)) {
      case 0:
      case 1:
        return publish_something();
      case 2:
        return pass_on_something();
      case 3:
        return retract_something();
      case 4:
        return see_something();
      case 5:
        return acknowledge_something();
      case 6:
        return draw(2) == 0 ? repeat_something() : deliver_late();
      case 7:
        if (draw(3) == 0) restart(any_node());
        return clock_.advance(base::minutes(1));
      case 8:
        return hand_over_as_a_disk_fails();
      default:
        return hand_over_badly();
    }
  }

  void expect_agreement() {
    std::map<Node*, std::vector<std::string>> matched;
    for (const auto& [value, meant] : meant_)
      for (Node* node : nodes_) {
        const auto items = node->items_of(value);
        if (!meant.holders.contains(node)) {
          EXPECT_TRUE(items.empty()) << value << " is where nobody permitted it";
        } else if (!meant.retracted) {
          EXPECT_EQ(items.size(), 1u) << value;
          matched[node].push_back(value);
        }
      }
    for (Node* node : nodes_) {
      auto& values = matched[node];
      std::sort(values.begin(), values.end());
      EXPECT_THAT(node->matches(), ElementsAreArray(values)) << name_of(*node);
    }
    for (Node* node : nodes_) {
      SCOPED_TRACE(name_of(*node));
      EXPECT_EQ(node->count("SELECT COUNT(*) FROM envelopes WHERE state NOT IN ('receipted', 'void')"), 0);
      EXPECT_EQ(node->count("SELECT COUNT(*) FROM ledger WHERE direction = 'out' AND state IN ('queued', 'sent')"), 0);
      EXPECT_EQ(node->count("SELECT COUNT(*) FROM retraction_holders WHERE at IS NULL"), 0);
      EXPECT_EQ(node->count("SELECT COUNT(*) FROM equivocations"), 0);
      EXPECT_TRUE(
          node->get([&](store::Transaction& tx) { return exchange::verify_log(tx, node->context().self); }).ok());
    }
    for (auto [from, to] : ways_) {
      SCOPED_TRACE(name_of(*from) + " to " + name_of(*to));
      EXPECT_EQ(positions(*from, *to, "out", "receipted"), positions(*to, *from, "in", "received"));
      EXPECT_EQ(
          receipts(*from, "SELECT quote(receipt_payload) FROM envelopes WHERE state = 'receipted' AND recipient = '" +
                              to->id().text() + "' ORDER BY 1"),
          receipts(*to,
                   "SELECT quote(payload) FROM receipts_given WHERE sender = '" + from->id().text() + "' ORDER BY 1"));
      // An acknowledgement given is an acknowledgement known.
      EXPECT_EQ(to->count("SELECT COUNT(*) FROM alerts WHERE state = 'acknowledged' AND party = '" + from->id().text() +
                          "' AND sender = '" + from->id().text() + "'"),
                from->count("SELECT COUNT(*) FROM alert_recipients WHERE acknowledged_at IS NOT NULL AND party = '" +
                            to->id().text() + "'"));
    }
  }

  std::string vfs_of(const Node& node) const { return "disk of " + name_of(node); }
  FaultDisk& disk_of(const Node& node) { return *disks_.at(&node); }
  void put_onto_failing_disks(std::uint64_t seed) {
    for (Node* node : nodes_) {
      node->stop();
      disks_[node] = std::make_unique<FaultDisk>(vfs_of(*node), seed);
      node->start(vfs_of(*node));
    }
  }

  std::string name_of(const Node& node) const { return &node == &an_ ? "An" : &node == &binh_ ? "Binh" : "Chi"; }
  static std::vector<std::string> positions(Node& node, const Node& peer, const std::string& direction,
                                            const std::string& state) {
    return receipts(node,
                    "SELECT agreement || ' ' || position || ' ' || hex(statement) FROM ledger WHERE direction = '" +
                        direction + "' AND state = '" + state + "' AND party = '" + peer.id().text() +
                        "' ORDER BY agreement, position");
  }
  static std::vector<std::string> receipts(Node& node, const std::string& sql) {
    std::vector<std::string> out;
    node.get([&](store::Transaction& tx) -> Result<int> {
      TRY_VOID(tx.each(sql, [&](const store::Row& row) { out.emplace_back(row.text(0)); }));
      return 0;
    });
    return out;
  }

  struct Taken {
    Node *from, *to;
    std::string records;
  };
  std::mt19937_64 random_;
  const std::vector<Node*> nodes_ = {&an_, &binh_, &chi_};
  const std::vector<std::pair<Node*, Node*>> ways_ = {{&an_, &binh_}, {&binh_, &an_}, {&binh_, &chi_}, {&chi_, &binh_}};
  std::map<const Node*, std::unique_ptr<FaultDisk>> disks_;
  std::map<std::string, Meant> meant_;
  std::vector<Taken> taken_, late_;
  int number_ = 0;
};

class Walks : public Walk, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(Walks, EndInAgreement) {
  random_.seed(GetParam());
  put_onto_failing_disks(GetParam());
  for (Node* node : nodes_) node->mark_critical("10.1.4.20");
  for (int steps = 0; steps < 150 && !HasFailure(); ++steps) step();
  EXPECT_TRUE(settle());
  EXPECT_GT(meant_.size(), 5u) << "the walk went nowhere";
  expect_agreement();
}

INSTANTIATE_TEST_SUITE_P(OfSeed, Walks, ::testing::Range<std::uint64_t>(1, 17));

}  // namespace
}  // namespace tocsin::journeys::testing
