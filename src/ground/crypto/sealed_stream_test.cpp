#include "ground/crypto/sealed_stream.h"

#include <gtest/gtest.h>

#include <vector>

namespace tocsin::crypto {
namespace {

constexpr std::string_view kContext = "test stream 1";

// Three chunks. Made and opened with the true cost of Argon2id, so each is made once.
class SealedStream : public ::testing::Test {
 protected:
  static Bytes content_of(std::size_t chunk) {
    Bytes out(chunk == 2 ? 100 : kSealedContentBytes, static_cast<std::uint8_t>('a' + chunk));
    out[0] = '<';
    return out;
  }
  static void SetUpTestSuite() {
    StreamSealer sealer("passphrase", kContext);
    header = new Bytes(sealer.header().begin(), sealer.header().end());
    chunks = new std::vector<Bytes>;
    for (const std::size_t i : {0, 1, 2})
      chunks->push_back(sealer.seal(content_of(i), i == 2 ? ChunkPlace::Last : ChunkPlace::Inner));
  }
  static void TearDownTestSuite() {
    delete header;
    delete chunks;
  }
  /// "whole", "cut" where all opens but the end does not come, or the error and the number of the chunk.
  static std::string outcome(const std::vector<Bytes>& given, std::string_view passphrase = "passphrase",
                             std::string_view context = kContext, const Bytes& head = *header) {
    auto opener = StreamOpener::begin(passphrase, context, head);
    if (!opener) return opener.error().id;
    for (std::size_t i = 0; i < given.size(); ++i)
      if (auto opened = opener->open(given[i]); !opened) return opened.error().id + " " + std::to_string(i);
    return opener->complete() ? "whole" : "cut";
  }
  static inline Bytes* header = nullptr;
  static inline std::vector<Bytes>* chunks = nullptr;
};

TEST_F(SealedStream, OpensToWhatWasSealed) {
  auto opener = StreamOpener::begin("passphrase", kContext, *header);
  ASSERT_TRUE(opener);
  for (std::size_t i = 0; i < chunks->size(); ++i) {
    EXPECT_FALSE(opener->complete());
    EXPECT_EQ((*chunks)[i].size(), i == 2 ? 117 : kSealedChunkBytes);
    const auto opened = opener->open((*chunks)[i]);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, content_of(i));
  }
  EXPECT_TRUE(opener->complete());
  EXPECT_FALSE(opener->open((*chunks)[2])) << "nothing follows the last chunk";
  EXPECT_FALSE(opener->complete());
}

TEST_F(SealedStream, MayBeEmptyOrEndWithAFullChunk) {
  for (const std::size_t size : {std::size_t{0}, kSealedContentBytes}) {
    StreamSealer sealer("p", kContext);
    const Bytes head(sealer.header().begin(), sealer.header().end());
    EXPECT_EQ(outcome({sealer.seal(Bytes(size, 'x'), ChunkPlace::Last)}, "p", kContext, head), "whole");
  }
}

TEST_F(SealedStream, OpensOnlyWithItsPassphraseAndItsContext) {
  EXPECT_EQ(outcome(*chunks, "another"), "crypto.wrong_passphrase 0");
  EXPECT_EQ(outcome(*chunks, "passphrase", "test stream 2"), "crypto.wrong_passphrase 0");
}

TEST_F(SealedStream, ThatIsCutDoesNotCountAsWhole) {
  const auto& [a, b, c] = std::tie((*chunks)[0], (*chunks)[1], (*chunks)[2]);
  EXPECT_EQ(outcome({}), "cut");
  EXPECT_EQ(outcome({a}), "cut");
  EXPECT_EQ(outcome({a, b}), "cut");
  EXPECT_EQ(outcome({a, b, Bytes(c.begin(), c.end() - 1)}), "crypto.bad_sealed_file 2");
  EXPECT_EQ(outcome({a, b, Bytes(c.begin(), c.begin() + 16)}), "crypto.bad_sealed_file 2");
  EXPECT_EQ(outcome({Bytes(a.begin(), a.end() - 1)}), "crypto.wrong_passphrase 0");
}

TEST_F(SealedStream, ThatIsReorderedRepeatedOrAddedToDoesNotOpen) {
  const auto& [a, b, c] = std::tie((*chunks)[0], (*chunks)[1], (*chunks)[2]);
  EXPECT_EQ(outcome({b, a, c}), "crypto.wrong_passphrase 0");
  EXPECT_EQ(outcome({a, a, b, c}), "crypto.bad_sealed_file 1");
  EXPECT_EQ(outcome({a, c}), "crypto.bad_sealed_file 1");
  EXPECT_EQ(outcome({a, b, c, c}), "crypto.bad_sealed_file 3");
  EXPECT_EQ(outcome({a, b, c, {}}), "crypto.bad_sealed_file 3");
  StreamSealer other("passphrase", kContext);
  EXPECT_EQ(outcome({a, other.seal(content_of(1), ChunkPlace::Inner), c}), "crypto.bad_sealed_file 1");
}

TEST_F(SealedStream, DoesNotOpenWithAChangedByte) {
  for (const std::size_t chunk : {0u, 1u, 2u})
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, (*chunks)[chunk].size() - 1}) {
      auto bad = *chunks;
      bad[chunk][at] ^= 0x80;
      EXPECT_EQ(outcome(bad),
                (chunk == 0 ? "crypto.wrong_passphrase " : "crypto.bad_sealed_file ") + std::to_string(chunk));
    }
}

TEST_F(SealedStream, IsBoundToItsHeaderWhoseCostIsBounded) {
  for (const std::size_t at : {0, 15, 24, 47}) {  // salt, nonce of libsodium
    Bytes bad = *header;
    bad[at] ^= 1;
    EXPECT_EQ(outcome(*chunks, "passphrase", kContext, bad), "crypto.wrong_passphrase 0") << at;
  }
  for (const std::size_t at : {16, 20}) {  // memory and passes far above what we spend
    Bytes bad = *header;
    bad[at] = 0xff;
    EXPECT_EQ(outcome(*chunks, "passphrase", kContext, bad), "crypto.bad_sealed_file") << at;
  }
  EXPECT_EQ(outcome(*chunks, "passphrase", kContext, Bytes(header->begin(), header->end() - 1)),
            "crypto.bad_sealed_file");
  Bytes none = *header;
  none[16] = none[17] = none[18] = none[19] = 0;
  EXPECT_EQ(outcome(*chunks, "passphrase", kContext, none), "crypto.bad_sealed_file");
}

}  // namespace
}  // namespace tocsin::crypto
