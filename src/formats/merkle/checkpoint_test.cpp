#include <gtest/gtest.h>

#include "formats/merkle/merkle.h"
#include "formats/merkle/note.h"

namespace tocsin::merkle {
namespace {

const std::string kName = "tocsin/abc/1";
const std::string kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";  // of the specification's example

const crypto::SigningKey& key() {
  static const auto made = crypto::SigningKey::from_seed(Bytes(32, 7));
  return made;
}

// Opens a note whose text is well signed, so that only the text is judged.
std::string judged(const std::string& text) {
  auto opened = open_checkpoint(sign_note(text, kName, key()), kName, key().public_key());
  return opened ? "good" : opened.error().id;
}

TEST(Checkpoint, ComesBackAsItWasSigned) {
  for (Size size : {Size{1}, Size{20852163}, static_cast<Size>(INT64_MAX)}) {
    const Checkpoint head{kName, size, leaf_hash(base::as_bytes("x"))};
    auto opened = open_checkpoint(sign_checkpoint(head, kName, key()), kName, key().public_key());
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, head);
  }
  const Checkpoint empty{kName, 0, empty_root()};
  EXPECT_EQ(open_checkpoint(sign_checkpoint(empty, kName, key()), kName, key().public_key()).value(), empty);
}

TEST(Checkpoint, IsWrittenAsTlogCheckpointShows) {
  const auto root = Digest::from(*base::from_base64(kRoot));
  const std::string note = sign_checkpoint({"example.com/behind-the-sofa", 20852163, *root}, kName, key());
  EXPECT_TRUE(note.starts_with("example.com/behind-the-sofa\n20852163\n" + kRoot + "\n\n— " + kName + " ")) << note;
}

TEST(Checkpoint, AllowsExtensionLinesAndForeignOrigins) {
  EXPECT_EQ(judged("o\n1\n" + kRoot + "\n"), "good");
  EXPECT_EQ(judged("o\n1\n" + kRoot + "\nextension\nmore of it\n"), "good");
  EXPECT_EQ(judged("go.sum database tree\n1\n" + kRoot + "\n"), "good");
}

TEST(Checkpoint, RefusesAnyOtherText) {
  const std::string root = kRoot + "\n";
  const std::vector<std::string> texts = {std::string("\n"),
                                          std::string("o\n"),
                                          std::string("o\n1\n"),
                                          "\n1\n" + root,
                                          "o\n\n" + root,
                                          "o\n01\n" + root,
                                          "o\n00\n" + root,
                                          "o\n-1\n" + root,
                                          "o\n+1\n" + root,
                                          "o\n1 \n" + root,
                                          "o\n 1\n" + root,
                                          "o\n0x1\n" + root,
                                          "o\n1.0\n" + root,
                                          "o\n1e3\n" + root,
                                          "o\n9223372036854775808\n" + root,
                                          "o\n18446744073709551616\n" + root,
                                          "o\n99999999999999999999999\n" + root,
                                          "o\n0\n" + root,
                                          std::string("o\n1\n\n"),
                                          "o\n1\n" + kRoot + " \n",
                                          "o\n1\n" + kRoot.substr(0, 43) + "\n",
                                          "o\n1\n" + kRoot.substr(4) + "\n",
                                          "o\n1\nAAAA" + root,
                                          "o\n1\n" + kRoot.substr(0, 42) + "J=\n",  // the same bytes with tail bits set
                                          "o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
                                          "o\n1\n" + root + "\n",
                                          "o\n1\n" + root + "\nx\n",
                                          "o\n1\n" + root + "x\n\n"};
  for (const std::string& text : texts) EXPECT_EQ(judged(text), "log.bad_checkpoint") << text;
}

TEST(Checkpoint, IsNotReadBeforeItsSignatureIsVerified) {
  const auto stranger = crypto::SigningKey::from_seed(Bytes(32, 8));
  const std::string good = sign_checkpoint({kName, 1, leaf_hash({})}, kName, stranger);
  EXPECT_EQ(open_checkpoint(good, kName, key().public_key()).error().id, "log.bad_signature");
  EXPECT_EQ(open_checkpoint(sign_note("nonsense\n", kName, stranger), kName, key().public_key()).error().id,
            "log.bad_signature");
  EXPECT_EQ(open_checkpoint(good, "tocsin/abc/2", stranger.public_key()).error().id, "log.bad_signature");
  EXPECT_EQ(open_checkpoint("nonsense", kName, key().public_key()).error().id, "log.bad_checkpoint");
}

TEST(Checkpoint, CarriesCosignatures) {
  const auto witness = crypto::SigningKey::from_seed(Bytes(32, 8));
  const Checkpoint head{kName, 5, leaf_hash({})};
  const std::string own = sign_checkpoint(head, kName, key());
  const std::string other = sign_checkpoint(head, "witness.example", witness);
  const std::string both = own + other.substr(other.find("— "));
  EXPECT_EQ(open_checkpoint(both, kName, key().public_key()).value(), head);
  EXPECT_EQ(open_checkpoint(both, "witness.example", witness.public_key()).value(), head);
}

}  // namespace
}  // namespace tocsin::merkle
