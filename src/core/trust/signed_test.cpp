#include "core/trust/signed.h"

#include <gtest/gtest.h>

#include "core/trust/trust_fixture.h"

namespace tocsin::trust {
namespace {

using testing::key_of;

constexpr SignedType kTypes[] = {SignedType::Descriptor, SignedType::Statement, SignedType::Envelope,
                                 SignedType::Receipt};

// A signature over a header of the test's choice: what a forger with a key of its own could send.
Signed sign_with_header(const crypto::SigningKey& key, std::string_view header, std::string payload) {
  const std::string encoded = base::to_base64url(base::as_bytes(header));
  const auto signature = key.sign(base::as_bytes(encoded + "." + payload));
  return {encoded + ".." + signature.base64url(), std::move(payload)};
}

std::string header_naming(const crypto::SigningKey& key) {
  return R"({"alg":"EdDSA","b64":false,"crit":["b64"],"kid":")" + key_id(key.public_key()) +
         R"(","typ":"tocsin-statement"})";
}

TEST(Signed, RoundTripsTheExactPayload) {
  const auto key = key_of(1);
  for (const SignedType type : kTypes) {
    const Signed object = sign(type, key, R"({"b":1,"a":[true]})");
    const auto value = verify(type, key.public_key(), object);
    ASSERT_TRUE(value) << base::describe(value.error());
    EXPECT_EQ(value->integer_or("b", 0), 1);
    EXPECT_EQ(object.payload, R"({"b":1,"a":[true]})");
  }
}

TEST(Signed, NeverPassesAsAnotherType) {
  const auto key = key_of(1);
  for (const SignedType made : kTypes)
    for (const SignedType asked : kTypes)
      EXPECT_EQ(verify(asked, key.public_key(), sign(made, key, "{}")).has_value(), made == asked)
          << typ(made) << " as " << typ(asked);
}

TEST(Signed, FailsWithAnyChangedByteOfThePayload) {
  const auto key = key_of(1);
  const Signed good = sign(SignedType::Statement, key, R"({"text":"a payload","n":12345})");
  for (std::size_t i = 0; i < good.payload.size(); ++i)
    for (const int flip : {1, 0x20, 0x80}) {
      Signed bad = good;
      bad.payload[i] = static_cast<char>(bad.payload[i] ^ flip);
      const auto result = verify(SignedType::Statement, key.public_key(), bad);
      ASSERT_FALSE(result) << i;
      EXPECT_EQ(result.error().id, "trust.bad_signature");
    }
  Signed longer = good;
  longer.payload += ' ';
  EXPECT_FALSE(verify(SignedType::Statement, key.public_key(), longer));
}

TEST(Signed, FailsWithAnyChangedByteOfTheJws) {
  const auto key = key_of(1);
  const Signed good = sign(SignedType::Statement, key, "{}");
  for (std::size_t i = 0; i < good.jws.size(); ++i)
    for (const char other : {'A', 'z', '_', '.', '=', '\0'}) {
      if (good.jws[i] == other) continue;
      Signed bad = good;
      bad.jws[i] = other;
      EXPECT_FALSE(verify(SignedType::Statement, key.public_key(), bad)) << i << ' ' << int{other};
    }
  for (std::size_t size = 0; size < good.jws.size(); ++size)
    EXPECT_FALSE(verify(SignedType::Statement, key.public_key(), {good.jws.substr(0, size), "{}"})) << size;
  EXPECT_FALSE(verify(SignedType::Statement, key.public_key(), {good.jws + "A", "{}"}));
}

TEST(Signed, RefusesEveryHeaderButTheOne) {
  const auto key = key_of(1);
  const std::string kid = key_id(key.public_key());
  ASSERT_TRUE(verify(SignedType::Statement, key.public_key(), sign_with_header(key, header_naming(key), "{}")));
  const std::string headers[] = {
      R"({"b64":false,"alg":"EdDSA","crit":["b64"],"kid":")" + kid + R"(","typ":"tocsin-statement"})",
      R"({"alg":"EdDSA","b64":false,"crit":["b64"],"kid":")" + kid + R"(","typ":"tocsin-statement","jwk":{}})",
      R"({"alg":"EdDSA","b64":false,"crit":["b64"],"jku":"https://e.example","kid":")" + kid +
          R"(","typ":"tocsin-statement"})",
      R"({"alg": "EdDSA","b64":false,"crit":["b64"],"kid":")" + kid + R"(","typ":"tocsin-statement"})",
      R"({"alg":"none","b64":false,"crit":["b64"],"kid":")" + kid + R"(","typ":"tocsin-statement"})",
      R"({"alg":"HS256","b64":false,"crit":["b64"],"kid":")" + kid + R"(","typ":"tocsin-statement"})",
      R"({"alg":"EdDSA","kid":")" + kid + R"(","typ":"tocsin-statement"})",
      R"({"alg":"EdDSA","b64":false,"crit":["b64"],"kid":")" + kid + R"("})",
      "{}",
      "",
  };
  for (const auto& header : headers) {
    const auto result = verify(SignedType::Statement, key.public_key(), sign_with_header(key, header, "{}"));
    ASSERT_FALSE(result) << header;
    EXPECT_EQ(result.error().id, "trust.bad_jws") << header;
  }
}

TEST(Signed, RefusesAnotherKeyEvenWhereItNamesOurs) {
  const auto ours = key_of(1), theirs = key_of(2);
  const auto named = verify(SignedType::Statement, ours.public_key(), sign(SignedType::Statement, theirs, "{}"));
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().id, "trust.wrong_key");
  const auto claimed =
      verify(SignedType::Statement, ours.public_key(), sign_with_header(theirs, header_naming(ours), "{}"));
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().id, "trust.bad_signature");
}

TEST(Signed, RefusesASignedPayloadThatIsNotStrictJson) {
  const auto key = key_of(1);
  for (const std::string_view payload : {R"({"a":1,"a":2})", "{} {}", "", R"({"a":9007199254740993000000})"})
    EXPECT_FALSE(
        verify(SignedType::Statement, key.public_key(), sign(SignedType::Statement, key, std::string(payload))))
        << payload;
}

// RFC 7515 appendix F (detached content), RFC 7797 section 3 (b64=false) and RFC 8037 appendix A: key, thumbprint and
// the profile's signing input, put together by hand.
TEST(Signed, IsADetachedJwsThatAnybodyCanRebuild) {
  const auto seed = base::from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  ASSERT_TRUE(seed);
  crypto::initialise();
  const auto key = crypto::SigningKey::from_seed(*seed);
  EXPECT_EQ(key.public_key().base64url(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(key_id(key.public_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");

  const std::string payload = "{\"text\":\"xin ch\u00e0o\"}";
  const Signed object = sign(SignedType::Envelope, key, payload);
  const std::string header =
      R"({"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",)"
      R"("typ":"tocsin-envelope"})";
  const std::string encoded = base::to_base64url(base::as_bytes(header));
  ASSERT_TRUE(object.jws.starts_with(encoded + ".."));
  const auto signature = crypto::Signature::from_base64url(std::string_view(object.jws).substr(encoded.size() + 2));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(crypto::verify(key.public_key(), base::as_bytes(encoded + "." + payload), *signature));
  EXPECT_EQ(object.signature(), *signature);
  EXPECT_EQ(object.digest(), crypto::sha256(payload + std::string(base::as_text(signature->view()))));
}

TEST(Signed, KeyIdOfForeignTextIsAnErrorNotACrash) {
  for (const std::string_view jws : {"", "..", "a..b", "e30..AA", "....", "e30.e30.e30"}) EXPECT_FALSE(key_id(jws));
  EXPECT_FALSE(key_id(std::string(100'000, 'A') + ".."));
}

}  // namespace
}  // namespace tocsin::trust
