#include "formats/merkle/note.h"

#include <gtest/gtest.h>

#include "formats/merkle/merkle.h"

namespace tocsin::merkle {
namespace {

// The example of Go's golang.org/x/mod/sumdb/note.
constexpr const char* kPeterName = "PeterNeumann";
constexpr const char* kPeterVerifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* kPeterText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr const char* kPeterLine =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

crypto::PublicKey peter_key() {
  const auto encoded = base::from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  CHECK(encoded && encoded->size() == 33 && (*encoded)[0] == 0x01);
  return *crypto::PublicKey::from(ByteView(*encoded).subspan(1));
}

std::string peter_note() {
  return std::string(kPeterText) + "\n" + kPeterLine;
}

bool is_peters(const std::string& note) {
  const auto parsed = parse_note(note);
  return parsed && is_signed_by(*parsed, kPeterName, peter_key());
}

TEST(Note, OpensTheExampleOfGo) {
  const std::string note = peter_note();
  const auto parsed = parse_note(note);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text, kPeterText);
  EXPECT_TRUE(is_signed_by(*parsed, kPeterName, peter_key()));
  EXPECT_EQ(verifier_key(kPeterName, peter_key()), kPeterVerifier);
}

TEST(Note, SignsAsTheSpecificationShows) {
  const auto key = crypto::SigningKey::from_seed(Bytes(32, 1));
  const std::string note = sign_note("a\n\nb\n", "tocsin.example/log", key);
  EXPECT_TRUE(note.starts_with("a\n\nb\n\n— tocsin.example/log "));
  const auto parsed = parse_note(note);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text, "a\n\nb\n");
  EXPECT_TRUE(is_signed_by(*parsed, "tocsin.example/log", key.public_key()));
  EXPECT_FALSE(is_signed_by(*parsed, "tocsin.example/gol", key.public_key()));
  EXPECT_FALSE(is_signed_by(*parsed, "tocsin.example/log", peter_key()));
}

TEST(Note, NeverVerifiesOnceABitIsChanged) {
  const std::string good = peter_note();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(is_peters(bad)) << "bit " << bit % 8 << " of byte " << bit / 8;
  }
}

TEST(Note, IgnoresSignaturesOfOthers) {
  const std::string body = std::string(kPeterText) + "\n";
  // A stranger; one who shares the name; one who shares the key id under another name; another signature type.
  for (const char* line :
       {"— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n",
        "— PeterNeumann AAAAAAAA\n", "— Peter x08goAAA\n", "— w AAAAAABB\n"}) {
    EXPECT_TRUE(is_peters(body + line + kPeterLine)) << line;
    EXPECT_TRUE(is_peters(body + kPeterLine + line)) << line;
    EXPECT_FALSE(is_peters(body + line)) << line;
  }
}

TEST(Note, IsRefusedWholeWhenAKnownKeysSignatureFails) {
  const std::string wrong =
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAA=\n";
  EXPECT_FALSE(is_peters(std::string(kPeterText) + "\n" + wrong + kPeterLine));
  EXPECT_FALSE(is_peters(std::string(kPeterText) + "\n" + kPeterLine + wrong));
}

TEST(Note, RefusesWhatIsNoNote) {
  const std::string line = kPeterLine;
  const std::vector<std::string> none = {std::string(),
                                         std::string("\n"),
                                         std::string("\n\n"),
                                         std::string("text\n"),
                                         "text\n" + line,
                                         "text\n\n" + line.substr(0, line.size() - 1),
                                         "text\n\n" + line + "\n",
                                         "text\n\n" + line + "x\n",
                                         "text\n\n- PeterNeumann x08goAAA\n",
                                         std::string("text\n\n— PeterNeumann\n"),
                                         std::string("text\n\n— x08goAAA \n"),
                                         std::string("text\n\n—  x08goAAA\n"),
                                         std::string("text\n\n— a b x08goAAA\n"),
                                         std::string("text\n\n— a+b x08goAAA\n"),
                                         std::string("text\n\n— a x08go\n"),
                                         std::string("text\n\n— a x08gow==\n"),
                                         std::string("text\n\n— a x08go?==\n"),
                                         std::string("text\n\n— a\xc2\xa0z x08goAAA\n"),
                                         std::string("text\n\n— a\xe3\x80\x80z x08goAAA\n"),
                                         "te\rxt\n\n" + line,
                                         "te\txt\n\n" + line,
                                         "te\xff\n\n" + line,
                                         "te\xc0\xaf\n\n" + line,
                                         "te\xed\xa0\x80\n\n" + line,
                                         "te\xf4\x90\x80\x80\n\n" + line,
                                         "te\xe2\x80\n\n" + line,
                                         std::string("te\0\n\n", 6) + line};
  for (const std::string& bad : none) EXPECT_FALSE(parse_note(bad)) << bad;
  EXPECT_TRUE(parse_note("text\n\n" + line));
  EXPECT_TRUE(parse_note("\xf0\x9f\x94\x94 \xc4\x91\n\n" + line));
}

TEST(Note, BoundsSizeAndSignatures) {
  std::string many = "text\n\n";
  for (int i = 0; i < 100; ++i) many += "— w AAAAAABB\n";
  EXPECT_TRUE(parse_note(many));
  EXPECT_FALSE(parse_note(many + "— w AAAAAABB\n"));
  EXPECT_FALSE(parse_note(std::string(1u << 20, 'a') + "\n\n— w AAAAAABB\n"));
}

}  // namespace
}  // namespace tocsin::merkle
