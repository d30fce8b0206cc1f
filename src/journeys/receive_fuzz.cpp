// Laws of a delivery as the door takes it, with everything that its statements bring about here: no statement makes the
// node fail, what was accepted can be listed, delivered again and answered in the same bytes, what it makes us say can
// be read, and a peer's refusal of what we sent - JSON of its choice - sets statements aside, or leaves things as they
// are.
#include "journeys/hostile_world_fixture.h"
#include "journeys/sync.h"
#include "tests/support/undone_database.h"

namespace {

using namespace tocsin;
using journeys::testing::World;

// What a peer makes us say can be read by every peer.
void check_answers(World& world, store::Transaction& tx) {
  const auto peer = trust::party(tx, world.sender->id());
  CHECK(peer);
  const auto delivery = exchange::next_delivery(tx, world.node.self, *peer, world.node.now);
  CHECK(delivery);
  if (!*delivery) return;
  const auto records = exchange::read_records((*delivery)->records);
  CHECK(records);
  for (const auto& record : *records)
    if (record.type == exchange::RecordType::Statement)
      CHECK(exchange::verify_statement(record.object, world.node.descriptor(), {}));
}

void deliver(World& world, store::Database& db, std::string_view records) {
  const journeys::Context context = world.context_of(db);
  const auto receipts = journeys::receive(context, world.sender->id(), records);
  if (!receipts) return test_support::check_refusal(receipts.error().error);
  const auto again = journeys::receive(context, world.sender->id(), records);
  if (again) CHECK(again->answer == receipts->answer);
  if (!again) test_support::check_refusal(again.error().error);
  CHECK(exchange::read_records(receipts->answer));
  CHECK(db.read([&](store::Transaction& tx) -> Result<void> {
    TRY(trust::agreements(tx));
    TRY(trust::peers(tx));
    TRY(exchange::retractions(tx, 0, 100));
    const auto scope = TRY(trust::scope(tx, trust::PersonReader{{world.node.id(), "an"}}));
    TRY(intel::sightings(tx, scope, 100));
    TRY(exchange::list(tx, {}, scope, world.node.id()));
    check_answers(world, tx);
    return {};
  }));
}

void refuse(World& world, store::Database& db, std::string_view body) {
  const journeys::Context context = world.context_of(db);
  const auto answer = journeys::answer_receipts(context, world.sender->id(), body);
  CHECK(answer.status == 204 || (answer.status >= 400 && answer.status < 500));
  const auto rows =
      db.read_value([&](store::Transaction& tx) { return exchange::ledger(tx, world.sender->id(), 0, 100); });
  CHECK(rows);
  for (const auto& row : *rows) {
    const std::string sentence = text::say("vi", row.reason, row.reason_args);
    CHECK(row.reason.empty() || !sentence.empty());
    CHECK(row.state != exchange::DeliveryState::Refused || body.starts_with("{"));
  }
}

json::Value good_refusal(World& world) {
  const exchange::Refusal refusal{{ErrorCode::Malformed, "statement.malformed", {"body"}, {}}, world.waiting, {}, {}};
  return *json::parse(journeys::write_refusal(refusal));
}

}  // namespace

/// The first byte: 0 and 1 take the rest as a delivery or as an answer to ours, 2 as edits of a refusal; otherwise the
/// rest tells the peer what to say; 3 and all above, odd: its own, even: another author's, onward.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  std::string bytes;
  if (mode < 2) bytes = input.rest();
  if (mode == 2) bytes = json::write(test_support::edited(good_refusal(world), input));
  if (mode > 2) bytes = world.sender->delivery(world.node.id(), mode % 2 == 1 ? *world.sender : *world.author, input);
  test_support::UndoneDatabase::run(world.node.db(), [&](store::Database& db) {
    if (mode == 1 || mode == 2)
      refuse(world, db, bytes);
    else
      deliver(world, db, bytes);
  });
  return 0;
}
