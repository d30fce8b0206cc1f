// A log of ours, written as the files that it serves, and judged by tests/foreign/verify_log.py, which shares no code
// with this room.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "formats/merkle/merkle.h"
#include "formats/merkle/test_tree.h"

namespace tocsin::merkle {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "tocsin/foreign/1";

class ForeignVerifier : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 --version >/dev/null 2>&1 && openssl version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "needs python3 and openssl";
    fs::remove_all(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const std::string& path, std::string_view content) const {
    fs::create_directories((folder / path).parent_path());
    std::ofstream(folder / path, std::ios::binary) << content;
  }

  void write_log(Size size) const {
    const MemoryTree tree = numbered_tree(size);
    write("checkpoint", sign_checkpoint({kName, size, root(size, tree.reader()).value()}, kName, key));
    for (unsigned level = 0; size >> (8 * level) != 0; ++level)
      for (Size index = 0, hashes = size >> (8 * level); index * 256 < hashes; ++index) {
        const auto width = static_cast<unsigned>(std::min<Size>(256, hashes - index * 256));
        write("tile/" + tile_path(level, index, width),
              base::as_text(tile({level, index, width}, tree.reader()).value()));
        if (level == 0) write("tile/entries" + tile_path(0, index, width).substr(1), bundle(index, width));
      }
  }
  static std::string bundle(Size index, unsigned width) {
    Bytes out;
    for (unsigned i = 0; i < width; ++i) {
      const Bytes leaf = numbered_leaf(index * 256 + i);
      base::append_u16(out, static_cast<std::uint16_t>(leaf.size()));
      base::append(out, leaf);
    }
    return std::string(base::as_text(out));
  }

  /// Exit code: 0 all checks hold, 1 refused.
  int verify(const std::string& more = "") const {
    const std::string command = "python3 '" TOCSIN_SOURCE_DIR "/tests/foreign/verify_log.py' --key '" +
                                verifier_key(kName, key.public_key()) + "' '" + folder.string() + "' " + more +
                                " >/dev/null 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string option(const std::string& name) const { return "--" + name + " '" + (folder / name).string() + "'"; }

  const fs::path folder = fs::path(::testing::TempDir()) / ("tocsin_log_" + std::to_string(::getpid()));
  crypto::SigningKey key = crypto::SigningKey::from_seed(Bytes(32, 4));
};

std::string as_json(const std::vector<Digest>& proof) {
  std::string out;
  for (const Digest& hash : proof) out += (out.empty() ? "\"" : ",\"") + hash.hex() + "\"";
  return "[" + out + "]";
}

TEST_F(ForeignVerifier, AgreesWithLogsOfAnySize) {
  for (Size size : {0u, 1u, 255u, 256u, 257u, 700u}) {
    fs::remove_all(folder);
    write_log(size);
    EXPECT_EQ(verify(), 0) << size;
  }
}

TEST_F(ForeignVerifier, TakesAKeyWhoseBase64HasAPlusSign) {
  std::string text;
  for (std::uint8_t seed = 1; std::count(text.begin(), text.end(), '+') < 3; ++seed) {
    ASSERT_LT(seed, 200);
    key = crypto::SigningKey::from_seed(Bytes(32, seed));
    text = verifier_key(kName, key.public_key());
  }
  write_log(3);
  EXPECT_EQ(verify(), 0) << text;
}

TEST_F(ForeignVerifier, RefusesAChangedFile) {
  write_log(700);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  ASSERT_EQ(files.size(), 1u + 3 + 3 + 1);
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(in), {}};
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << bad;
    EXPECT_EQ(verify(), 1) << file;
    std::ofstream(file, std::ios::binary) << good;
  }
  EXPECT_EQ(verify(), 0);
}

TEST_F(ForeignVerifier, AgreesAboutProofs) {
  const Size size = 300;
  write_log(size);
  const MemoryTree tree = numbered_tree(size);
  for (Size index : {0u, 256u, 299u}) {
    auto proof = inclusion_proof(index, size, tree.reader()).value();
    const auto text = [&] {
      return R"({"leaf":")" + leaf_hash(numbered_leaf(index)).hex() + R"(","index":)" + std::to_string(index) +
             R"(,"size":300,"proof":)" + as_json(proof) + "}";
    };
    write("inclusion", text());
    EXPECT_EQ(verify(option("inclusion")), 0) << index;
    proof.back().bytes[0] ^= 1;
    write("inclusion", text());
    EXPECT_EQ(verify(option("inclusion")), 1) << index;
  }
  for (Size from : {77u, 256u, 300u}) {
    auto proof = consistency_proof(from, size, tree.reader()).value();
    const std::string head = R"({"from":)" + std::to_string(from) + R"(,"from_root":")" +
                             root(from, tree.reader()).value().hex() + R"(","to":300,"proof":)";
    write("consistency", head + as_json(proof) + "}");
    EXPECT_EQ(verify(option("consistency")), 0) << from;
    proof.push_back(empty_root());
    write("consistency", head + as_json(proof) + "}");
    EXPECT_EQ(verify(option("consistency")), 1) << from;
  }
}

}  // namespace
}  // namespace tocsin::merkle
