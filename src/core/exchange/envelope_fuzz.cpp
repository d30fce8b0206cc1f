// Laws: an envelope or a receipt that verifies is of the party that signed it; said again with the fields that were
// read, it is the same bytes each time; one never passes as the other.
#include "core/exchange/envelope.h"
#include "core/exchange/exchange_fixture.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using trust::testing::party_of;

const trust::OwnKeys& keys() {
  static const trust::OwnKeys made = exchange::testing::keys_of(10);
  return made;
}
const trust::Descriptor& signer() {
  static const trust::Descriptor made = trust::testing::descriptor_of(10);
  return made;
}

json::Value make(bool envelope) {
  const exchange::Stream stream{"1-000102030405060708090a0b0c0d0e0f", "0193a0c4-0000-7000-8000-000000000001"};
  const exchange::Envelope e{party_of(10),
                             party_of(30),
                             stream,
                             7,
                             {crypto::sha256("a"), crypto::sha256("b")},
                             crypto::sha256("c"),
                             exchange::Basis::Onward,
                             {"linh", "mai"}};
  const exchange::Receipt r{party_of(30),
                            party_of(10),
                            stream,
                            7,
                            8,
                            crypto::sha256("run"),
                            crypto::sha256("envelope"),
                            crypto::sha256("checkpoint")};
  return *json::parse(envelope ? sign_envelope(keys(), e).payload : sign_receipt(keys(), r).payload);
}

const json::Value& good(bool envelope) {
  static const json::Value kinds[] = {make(false), make(true)};
  return kinds[envelope ? 1 : 0];
}

template <typename Read, typename Write>
void check(const trust::Signed& object, Read read, Write write) {
  static const trust::Descriptor stranger = trust::testing::descriptor_of(60);
  CHECK(!read(object, stranger));
  const auto first = read(object, signer());
  if (!first) return test_support::check_refusal(first.error());
  const trust::Signed said_again = write(keys(), *first);
  const auto second = read(said_again, signer());
  CHECK(second);
  CHECK(write(keys(), *second).payload == said_again.payload);
}

}  // namespace

/// The first byte: even an envelope, odd a receipt; below 2 the rest is the payload, below 4 changes of bytes of a good
/// one, otherwise edits of its document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  const bool envelope = mode % 2 == 0;
  std::string payload = json::write(mode > 3 ? test_support::edited(good(envelope), input) : good(envelope));
  if (mode < 2) payload = input.rest();
  if (mode == 2 || mode == 3) test_support::edit_bytes(payload, input);
  const auto as_envelope = trust::sign(trust::SignedType::Envelope, keys().statement, payload);
  const auto as_receipt = trust::sign(trust::SignedType::Receipt, keys().statement, payload);
  CHECK(!exchange::verify_receipt(as_envelope, signer()) && !exchange::verify_envelope(as_receipt, signer()));
  check(as_envelope, exchange::verify_envelope, exchange::sign_envelope);
  check(as_receipt, exchange::verify_receipt, exchange::sign_receipt);
  if (const auto e = exchange::verify_envelope(as_envelope, signer())) {
    CHECK(e->sender == signer().party && !e->statements.empty());
    CHECK(exchange::run_digest(e->statements) != exchange::run_digest({}));
  }
  if (const auto r = exchange::verify_receipt(as_receipt, signer()))
    CHECK(r->recipient == signer().party && r->from <= r->to);
  return 0;
}
