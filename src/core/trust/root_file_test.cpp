// The files in which root keys leave the machine, and how the next root takes the place of the one before.
#include "core/trust/root_file.h"

#include <gtest/gtest.h>

#include "core/trust/trust_fixture.h"

namespace tocsin::trust {
namespace {

using testing::descriptor_of;
using testing::key_of;

constexpr std::string_view kPassphrase = "a bell that one village rings";

template <typename T>
std::string id_of(const Result<T>& result) {
  return result ? "" : result.error().id;
}

// The root of party 10 is key 10, and key 11 the one that it has announced.
NextRoot next_root() {
  auto out = open_next_root(seal_next_root(key_of(11), key_of(10), kPassphrase), kPassphrase);
  CHECK(out);
  return std::move(*out);
}

TEST(RootFile, ComesBackWithItsPassphraseOnly) {
  const std::string root = seal_root(key_of(10), kPassphrase);
  EXPECT_EQ(open_root(root, kPassphrase)->public_key(), key_of(10).public_key());
  EXPECT_EQ(id_of(open_root(root, "another")), "crypto.wrong_passphrase");
  const NextRoot next = next_root();
  EXPECT_EQ(next.key.public_key(), key_of(11).public_key());
  EXPECT_EQ(next.follows, key_of(10).public_key());
}

TEST(RootFile, OfOneKindIsNotTakenForTheOther) {
  const std::string root = seal_root(key_of(10), kPassphrase),
                    next = seal_next_root(key_of(11), key_of(10), kPassphrase);
  EXPECT_EQ(id_of(open_root(next, kPassphrase)), "root.not_a_root_file");
  EXPECT_EQ(id_of(open_next_root(root, kPassphrase)), "root.not_a_next_root_file");
  EXPECT_EQ(id_of(open_root("", kPassphrase)), "root.not_a_root_file");
  const std::string title = root.substr(0, root.find('\n') + 1), other = next.substr(0, next.find('\n') + 1);
  EXPECT_EQ(id_of(open_root(title + next.substr(other.size()), kPassphrase)), "crypto.bad_sealed_file");
}

TEST(RootFile, TheNextRootFollowsWithoutTheOneBefore) {
  const Descriptor before = descriptor_of(10);
  Descriptor planned = before;
  ++planned.version;
  const auto payload = succeed(write_descriptor(planned), next_root(), key_of(112).public_key());
  ASSERT_TRUE(payload) << base::describe(payload.error());
  const auto after = verify_descriptor(sign(SignedType::Descriptor, key_of(11), *payload));
  ASSERT_TRUE(after) << base::describe(after.error());
  EXPECT_EQ((*after)->party, before.party);
  EXPECT_TRUE(continues_roots(**after, before));
  EXPECT_EQ((*after)->next_root, crypto::sha256(key_of(112).public_key().view()));
  // And once more.
  planned = **after;
  ++planned.version;
  const auto third = open_next_root(seal_next_root(key_of(112), key_of(11), kPassphrase), kPassphrase);
  const auto again = succeed(write_descriptor(planned), *third, key_of(113).public_key());
  ASSERT_TRUE(again) << base::describe(again.error());
  const auto last = verify_descriptor(sign(SignedType::Descriptor, key_of(112), *again));
  ASSERT_TRUE(last) << base::describe(last.error());
  EXPECT_TRUE(continues_roots(**last, **after));
  EXPECT_EQ((*last)->first_root(), key_of(10).public_key());
}

TEST(RootFile, AnotherRootFollowsNothing) {
  const std::string payload = write_descriptor(descriptor_of(10));
  const auto of = [&](std::uint8_t next, std::uint8_t root) {
    const auto opened = open_next_root(seal_next_root(key_of(next), key_of(root), kPassphrase), kPassphrase);
    return id_of(succeed(payload, *opened, key_of(66).public_key()));
  };
  EXPECT_EQ(of(11, 10), "");
  EXPECT_EQ(of(60, 10), "root.other_key") << "not the one that was announced";
  EXPECT_EQ(of(11, 60), "root.other_key") << "of another party";
}

}  // namespace
}  // namespace tocsin::trust
