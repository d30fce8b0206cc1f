// Laws of open_delivery: whatever a verified peer hands over, a refusal has its sentence and is no fault of ours; what
// is accepted is in the archive as it was signed, lies within the agreement, and has a receipt that its sender can
// verify; the same delivery once more brings the same receipts and nothing new.
#include "core/exchange/hostile_fixture.h"

namespace {

using namespace tocsin;
using exchange::Incoming;
using exchange::testing::HostilePeer;
using exchange::testing::Node;
using trust::testing::party_of;

struct World {
  trust::Agreement agreement = trust::testing::agreement_between({party_of(10), party_of(30), party_of(50)});
  std::vector<exchange::testing::Draft> drafts = {
      {"message", json::Object{{"text", "hello"}}},
      {"intel", json::Object{{"text", "two"}}, {R"({"type":"indicator"})", "{}"}},
      {"ping", json::Object{}},
      {"ack", json::Object{{"of", "alert"}}, {}, crypto::sha256("alert")}};
  HostilePeer sender{10, agreement, drafts};
  HostilePeer author{50, agreement, drafts};  // no peer of the node
  Node node{30};

  World() { sender.befriend(node); }
};

void check_incoming(store::Transaction& tx, World& world, const Incoming& incoming) {
  for (const auto& in : incoming.fresh) {
    const auto kept = exchange::signed_bytes(tx, in.statement.digest());
    CHECK(kept && kept->payload == in.statement.signed_bytes().payload && kept->jws == in.statement.signed_bytes().jws);
    const auto row = exchange::archived(tx, in.statement.digest());
    CHECK(row && row->author == in.statement->author && row->from == in.sender && row->id == in.statement->id);
    const bool direct = in.basis == exchange::Basis::Direct;
    CHECK(direct == (in.statement->author == in.sender));
    CHECK(in.statement->author != world.node.id());
    const auto& terms = world.agreement.terms;
    if (exchange::kind_class(in.statement->kind) == exchange::KindClass::Control) {
      CHECK(in.label_value.agreement.empty());
    } else {
      CHECK(in.label_value.agreement == world.agreement.id);
      CHECK(in.label_value.tlp <= terms.tlp && in.label_value.pap <= terms.pap);
      CHECK(direct ? in.label_value.onward <= terms.onward : in.voucher == in.sender);
      const auto& readers = in.label_value.readers;
      CHECK((in.label_value.tlp == stix::Tlp::Red) == !readers.empty());
      CHECK(readers.size() == trust::accounts_of(world.node.id(), readers).size());
    }
  }
  for (const auto& object : incoming.receipts) {
    const auto receipt = exchange::verify_receipt(object, world.node.descriptor());
    CHECK(receipt && receipt->sender == world.sender.id() && receipt->recipient == world.node.id());
  }
}

std::string bytes_of(const std::vector<exchange::Signed>& receipts) {
  std::string out;
  for (const auto& receipt : receipts) exchange::append_record(out, exchange::RecordType::Receipt, receipt);
  return out;
}

// In a transaction that is given up: each input meets the same node.
void open(World& world, std::string_view records) {
  const auto undone = world.node.db().write([&](store::Transaction& tx) -> Result<void> {
    const auto now = world.node.now;
    const auto sender = trust::party(tx, world.sender.id());
    const auto incoming = exchange::open_delivery(tx, world.node.self, *sender, records, now);
    if (!incoming) {
      test_support::check_refusal(incoming.error().error);
      if (incoming.error().two_statements) CHECK(incoming.error().error.id == "statement.two_of_one_id");
      if (incoming.error().two_histories) CHECK(incoming.error().error.id == "delivery.two_histories");
      return fail(ErrorCode::Conflict, "test.undone");
    }
    check_incoming(tx, world, *incoming);
    const auto sender_now = trust::party(tx, world.sender.id());
    CHECK(sender_now);  // its descriptor may be a newer one now, and verifies
    const auto again = exchange::open_delivery(tx, world.node.self, *sender_now, records, now);
    if (again) CHECK(again->fresh.empty() && bytes_of(again->receipts) == bytes_of(incoming->receipts));
    if (!again) test_support::check_refusal(again.error().error);
    return fail(ErrorCode::Conflict, "test.undone");
  });
  CHECK(!undone && undone.error().id == "test.undone");
}

}  // namespace

/// The first byte: 0 takes the rest as records, odd: the peer's own statements, even: another author's, onward.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  if (mode == 0) {
    open(world, input.rest());
  } else {
    const HostilePeer& author = mode % 2 == 1 ? world.sender : world.author;
    open(world, world.sender.delivery(world.node.id(), author, input));
  }
  return 0;
}
