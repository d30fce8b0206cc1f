#include <gtest/gtest.h>

#include "ground/crypto/crypto.h"
#include "ground/crypto/test_bytes.h"

namespace tocsin::crypto {
namespace {

// draft-irtf-cfrg-xchacha-03 appendix A.3.1, behind our version byte.
TEST(Column, OpensTheExampleOfTheXChaChaDraft) {
  const Bytes key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const Bytes sealed = hex(
      "01404142434445464748494a4b4c4d4e4f5051525354555657bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396c"
      "bb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc36948"
      "8f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
  const auto opened = open_column(key, sealed, base::as_text(hex("50515253c0c1c2c3c4c5c6c7")));
  ASSERT_TRUE(opened);
  EXPECT_EQ(base::as_text(*opened),
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
            "would be it.");
}

TEST(Column, OpensOnlyWithItsKeyAndItsContextAndUnchanged) {
  const Bytes key(32, 4), other(32, 5);
  const Bytes message = base::to_bytes("totp secret");
  const Bytes sealed = seal_column(key, message, "people.totp/7");
  EXPECT_EQ(open_column(key, sealed, "people.totp/7"), message);
  EXPECT_EQ(open_column(other, sealed, "people.totp/7"), std::nullopt);
  EXPECT_EQ(open_column(key, sealed, "people.totp/8"), std::nullopt);
  EXPECT_NE(seal_column(key, message, "people.totp/7"), sealed);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes bad = sealed;
    bad[i] ^= 1;
    EXPECT_EQ(open_column(key, bad, "people.totp/7"), std::nullopt) << i;
    EXPECT_EQ(open_column(key, ByteView(sealed).first(i), "people.totp/7"), std::nullopt) << i;
  }
  EXPECT_EQ(open_column(key, seal_column(key, {}, "c"), "c"), Bytes{});
}

TEST(PassphraseFile, OpensWithItsPassphraseOnly) {
  const Bytes secret = base::to_bytes("root key seed");
  const std::string sealed = seal_with_passphrase("đúng ngựa pin ghim", secret);
  EXPECT_TRUE(sealed.starts_with("tocsin-sealed-1 argon2id m=65536 t=3 "));
  EXPECT_EQ(sealed.find("root"), std::string::npos);
  auto opened = open_with_passphrase("đúng ngựa pin ghim", sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, secret);
  EXPECT_TRUE(open_with_passphrase("đúng ngựa pin ghim", sealed.substr(0, sealed.size() - 1)));
  EXPECT_TRUE(open_with_passphrase("đúng ngựa pin ghim", sealed + "\r\n"));

  auto refused = open_with_passphrase("wrong", sealed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "crypto.wrong_passphrase");
}

TEST(PassphraseFile, RefusesAChangedFileBeforeOrAfterTheCostlyStep) {
  const std::string sealed = seal_with_passphrase("p", base::as_bytes("secret"));
  const auto replaced = [&](std::string_view what, std::string_view with) {
    std::string out = sealed;
    const std::size_t at = out.find(what);
    CHECK(at != std::string::npos);
    return out.replace(at, what.size(), with);
  };
  const auto id = [](const std::string& text) {
    auto opened = open_with_passphrase("p", text);
    return opened ? std::string("opened") : opened.error().id;
  };
  EXPECT_EQ(id(sealed), "opened");
  EXPECT_EQ(id(""), "crypto.bad_sealed_file");
  EXPECT_EQ(id("tocsin-sealed-1 argon2id"), "crypto.bad_sealed_file");
  EXPECT_EQ(id(sealed.substr(0, 60)), "crypto.bad_sealed_file");
  EXPECT_EQ(id(replaced("sealed-1", "sealed-2")), "crypto.bad_sealed_file");
  EXPECT_EQ(id(replaced("m=65536", "m=4294967295")), "crypto.bad_sealed_file");
  EXPECT_EQ(id(replaced("t=3", "t=17")), "crypto.bad_sealed_file");
  EXPECT_EQ(id(replaced("t=3", "t=03")), "crypto.wrong_passphrase");  // the header's very bytes are authenticated
  EXPECT_EQ(id(replaced("t=3", "t=2")), "crypto.wrong_passphrase");
  std::string last = sealed;
  last[last.size() - 10] = last[last.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(id(last), "crypto.wrong_passphrase");
  EXPECT_EQ(id(std::string(2u << 20, 'A')), "crypto.bad_sealed_file");
}

}  // namespace
}  // namespace tocsin::crypto
