// Laws: a descriptor that verifies is of the party that its first root names; what is read of it can be written, signed
// and read again, and is then written in the same bytes.
#include "core/trust/trust_fixture.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using trust::testing::key_of;

// A party in its second root, with everything in it that a descriptor can hold.
const json::Value& document() {
  static const json::Value made = [] {
    trust::Descriptor d = trust::testing::descriptor_of(11);
    const auto first_root = key_of(10);
    d.party = trust::PartyId::of(first_root.public_key());
    Bytes link = base::to_bytes("tocsin-root-link/1\n");
    base::append(link, d.root.view());
    d.root_chain = {{first_root.public_key(), crypto::sha256(d.root.view()), first_root.sign(link)}};
    d.retired = {{"statement", key_of(40).public_key(), d.log.id, 0, 7},
                 {"log", key_of(41).public_key(), d.log.id, 0, 7}};
    d.log.previous_checkpoint = "the note of the epoch before";
    return *json::parse(trust::write_descriptor(d));
  }();
  return made;
}

void check(const trust::Signed& object, const crypto::SigningKey& root) {
  const auto read = trust::verify_descriptor(object);
  if (!read) return test_support::check_refusal(read.error());
  const trust::Descriptor& d = **read;
  CHECK(trust::PartyId::of(d.first_root()) == d.party);
  CHECK(read->signed_bytes().digest() == object.digest());
  CHECK(!d.name.in("en").empty());
  CHECK(d.version > 0 && d.issued < d.expires);
  CHECK(d.approvals_needed() == 2 || d.kind == trust::PartyKind::Operator);
  if (root.public_key() != d.root) return;
  const auto again = trust::verify_descriptor(trust::sign_descriptor(root, d));
  CHECK(again && (*again)->party == d.party);
  CHECK(trust::write_descriptor(**again) == trust::write_descriptor(d));
}

}  // namespace

/// The first byte: 0 takes the rest as payload, 1 as changes of bytes of the good one, otherwise as edits of its
/// document. All are signed with the root key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::SigningKey root = key_of(11);
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  std::string payload = mode > 1 ? json::write(test_support::edited(document(), input)) : json::write(document());
  if (mode == 0) payload = input.rest();
  if (mode == 1) test_support::edit_bytes(payload, input);
  check(trust::sign(trust::SignedType::Descriptor, root, std::move(payload)), root);
  return 0;
}
