// Laws: nothing foreign passes as signed by our key; what was signed verifies as its type only, and under no other
// spelling of the signature, and no longer once a byte of it is changed.
#include "core/trust/signed.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

constexpr trust::SignedType kTypes[] = {trust::SignedType::Descriptor, trust::SignedType::Statement,
                                        trust::SignedType::Envelope, trust::SignedType::Receipt};

const crypto::SigningKey& key() {
  static const auto made = crypto::SigningKey::generate();  // unknown to the corpus: nobody can have signed
  return made;
}

void check_foreign(const trust::Signed& object) {
  for (const auto type : kTypes) CHECK(!trust::verify(type, key().public_key(), object));
  const auto id = trust::key_id(object.jws);
  if (!id) return test_support::check_refusal(id.error());
  CHECK(id->size() == 43);
  static_cast<void>(object.digest());  // the form has been checked: naming it ends no process
}

void check_signed(test_support::FuzzInput& input) {
  const auto type = kTypes[input.byte() % 4];
  const std::string change(input.text(24));
  test_support::FuzzInput edits(reinterpret_cast<const std::uint8_t*>(change.data()), change.size());
  const trust::Signed good = trust::sign(type, key(), std::string(input.rest()));
  const auto verified = trust::verify(type, key().public_key(), good);
  const auto parsed = json::parse(good.payload);
  CHECK(verified.has_value() == parsed.has_value());
  if (verified) CHECK(*verified == *parsed);
  if (!verified) test_support::check_refusal(verified.error());
  CHECK(trust::key_id(good.jws) == trust::key_id(key().public_key()));
  for (const auto other : kTypes)
    if (other != type) CHECK(!trust::verify(other, key().public_key(), good));

  trust::Signed changed = good;
  test_support::edit_bytes(edits.byte() % 2 == 0 ? changed.jws : changed.payload, edits);
  if (changed.jws != good.jws || changed.payload != good.payload) check_foreign(changed);
}

}  // namespace

/// The first byte: 0 takes the rest as a foreign signature, up to the first line feed, and its payload; otherwise the
/// rest is changes of what we signed (24 bytes) and the payload that we sign.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  if (input.byte() != 0) {
    check_signed(input);
    return 0;
  }
  const std::string_view bytes = input.rest();
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  check_foreign({std::string(bytes.substr(0, line)), std::string(bytes.substr(std::min(line + 1, bytes.size())))});
  return 0;
}
