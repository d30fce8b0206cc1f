#include "doors/node/backup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/people/people.h"
#include "doors/node/backup_content.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"
#include "ground/crypto/sealed_stream.h"
#include "tests/support/content.h"
#include "tests/support/folder.h"

namespace tocsin::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPassphrase = "a bell that one village rings";
constexpr std::string_view kTitle = "tocsin backup 2\n";
constexpr std::size_t kHeadBytes = kTitle.size() + crypto::kStreamHeaderBytes;

struct File {
  std::string name, content;
};

std::vector<File> files() {
  std::vector<File> out;
  for (const std::string_view name : backup_names())
    out.push_back({std::string(name), "content of " + std::string(name)});
  return out;
}

std::string content_of(const std::vector<File>& list) {
  std::string out;
  for (const File& file : list)
    out += line_before(file.name, file.content.size()) + file.content + line_after(crypto::sha256(file.content));
  return out;
}

/// As a person would who knows the passphrase: anything under the seal.
std::string seal(std::string_view content) {
  crypto::StreamSealer sealer(kPassphrase, kTitle);
  std::string out = std::string(kTitle) + std::string(base::as_text(sealer.header()));
  for (; content.size() > crypto::kSealedContentBytes; content.remove_prefix(crypto::kSealedContentBytes))
    out += base::as_text(
        sealer.seal(base::as_bytes(content.substr(0, crypto::kSealedContentBytes)), crypto::ChunkPlace::Inner));
  return out + std::string(base::as_text(sealer.seal(base::as_bytes(content), crypto::ChunkPlace::Last)));
}

class Backup : public ::testing::Test {
 protected:
  Backup() {
    crypto::initialise();
    EXPECT_TRUE(base::make_folder(folder_));
    EXPECT_TRUE(base::make_folder(folder_ + "/keys"));
    db_ = *store::Database::open({folder_ + "/tocsin.db"});
    EXPECT_TRUE(db_->migrate(all_migrations()));
    for (const File& file : files())
      if (file.name != "tocsin.db") {
        EXPECT_TRUE(base::write_file_durably(folder_ + "/" + file.name, file.content));
      }
  }

  std::string into() const { return here_.file("restored"); }
  /// The error's id, or "" where the file is unpacked into into().
  std::string problem(std::string_view sealed, std::string_view passphrase = kPassphrase) const {
    fs::remove_all(into());
    EXPECT_TRUE(base::make_folder(into()));
    const std::string file = here_.file("sealed");
    std::ofstream(file, std::ios::binary) << sealed;
    const auto unpacked = unpack_backup({file, std::string(passphrase), into()});
    return unpacked ? "" : unpacked.error().id;
  }

  test_support::TemporaryFolder here_;
  const std::string folder_ = here_.file("node");
  std::unique_ptr<store::Database> db_;
};

TEST_F(Backup, IsUnpackedToTheSameFilesAndTheSameRows) {
  // Over many chunks, and not a whole number of them.
  ASSERT_TRUE(db_->write([](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 3000; ++i)
      TRY_VOID(people::audit(tx, {0, Time{i}, "linh", "console", "init", std::string(200, 'x'), "ok"}));
    return {};
  }));
  const auto made = make_backup(*db_, folder_, kPassphrase);
  ASSERT_TRUE(made) << base::describe(made.error());
  EXPECT_EQ(fs::status(*made).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string sealed = base::read_file(*made, 100u << 20).value();
  EXPECT_GT(sealed.size(), 10 * crypto::kSealedChunkBytes);
  EXPECT_EQ(sealed.find("content of"), std::string::npos) << "it holds keys, so it is sealed";
  EXPECT_EQ(std::distance(fs::directory_iterator(fs::path(*made).parent_path()), {}), 1) << "the copy is gone";
  ASSERT_EQ(problem(sealed), "");
  for (const File& file : files())
    if (file.name != "tocsin.db") {
      EXPECT_EQ(base::read_file(into() + "/" + file.name, 1000).value_or(""), file.content);
    }
  EXPECT_EQ(fs::status(into() + "/keys/statement.seed").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto again = store::Database::open({into() + "/tocsin.db"});
  ASSERT_TRUE(again);
  EXPECT_EQ(test_support::difference(test_support::content_of(*db_), test_support::content_of(**again)), "");
}

TEST_F(Backup, ThatCannotBeMadeLeavesNothing) {
  fs::remove(folder_ + "/keys/log.seed");
  EXPECT_EQ(make_backup(*db_, folder_, kPassphrase).error().id, "file.read");
  EXPECT_TRUE(fs::is_empty(folder_ + "/backup.tmp"));
  ASSERT_TRUE(base::write_file_durably(folder_ + "/keys/log.seed", std::string(kMaxSmallFileBytes + 1, 'x')));
  EXPECT_EQ(make_backup(*db_, folder_, kPassphrase).error().id, "file.too_large");
  EXPECT_TRUE(fs::is_empty(folder_ + "/backup.tmp"));
}

TEST_F(Backup, WhatAKilledProcessLeftOfOneIsRemoved) {
  ASSERT_TRUE(base::make_folder(folder_ + "/backup.tmp"));
  std::ofstream(folder_ + "/backup.tmp/half.db") << "half";
  remove_unfinished_backups(folder_);
  EXPECT_FALSE(base::exists(folder_ + "/backup.tmp"));
  EXPECT_TRUE(base::exists(folder_ + "/tocsin.db"));
}

// Three chunks, each border and places around it.
TEST_F(Backup, ThatWasCutOrAddedToAnywhereIsRefused) {
  auto list = files();
  list.back().content.assign(2 * crypto::kSealedContentBytes, 'd');
  const std::string good = seal(content_of(list));
  ASSERT_EQ(problem(good), "");
  std::vector<std::size_t> cuts = {0, kTitle.size(), good.size() - 1};
  for (std::size_t at = kHeadBytes; at < good.size(); at += crypto::kSealedChunkBytes)
    for (const std::size_t cut : {at - 1, at, at + 1, at + 17}) cuts.push_back(cut);
  for (const std::size_t cut : cuts) EXPECT_NE(problem(good.substr(0, cut)), "") << cut;
  EXPECT_NE(problem(good + "x"), "");
  EXPECT_NE(problem(good + good.substr(kHeadBytes)), "");
  EXPECT_EQ(problem(good, "a passphrase of somebody else"), "crypto.wrong_passphrase");
}

// All files are there, each with its digest; only the word that nothing follows is missing.
TEST_F(Backup, ThatDoesNotSayItsEndIsRefused) {
  auto list = files();
  const std::size_t rest = content_of(list).size() % crypto::kSealedContentBytes;
  list.back().content.append(crypto::kSealedContentBytes - rest - 3, 'd');  // its size is written with 3 digits more
  const std::string content = content_of(list);
  ASSERT_EQ(content.size() % crypto::kSealedContentBytes, 0u);
  crypto::StreamSealer sealer(kPassphrase, kTitle);
  std::string sealed = std::string(kTitle) + std::string(base::as_text(sealer.header()));
  sealed += base::as_text(sealer.seal(base::as_bytes(content), crypto::ChunkPlace::Inner));
  EXPECT_EQ(problem(sealed), "restore.bad_backup");
  sealed += base::as_text(sealer.seal({}, crypto::ChunkPlace::Last));
  EXPECT_EQ(problem(sealed), "");
}

TEST_F(Backup, WhoseChunksWereChangedSwappedOrRepeatedIsRefused) {
  auto list = files();
  list.back().content.assign(2 * crypto::kSealedContentBytes, 'd');
  const std::string good = seal(content_of(list));
  const auto chunk = [&](std::size_t i) {
    return good.substr(kHeadBytes + i * crypto::kSealedChunkBytes, crypto::kSealedChunkBytes);
  };
  const std::string head = good.substr(0, kHeadBytes);
  ASSERT_EQ(problem(head + chunk(0) + chunk(1) + chunk(2)), "");
  EXPECT_EQ(problem(head + chunk(1) + chunk(0) + chunk(2)), "crypto.wrong_passphrase");
  EXPECT_EQ(problem(head + chunk(0) + chunk(0) + chunk(1) + chunk(2)), "crypto.bad_sealed_file");
  EXPECT_EQ(problem(head + chunk(0) + chunk(2)), "crypto.bad_sealed_file");
  EXPECT_EQ(problem(head + chunk(0) + chunk(1) + chunk(2) + chunk(2)), "crypto.bad_sealed_file");
  for (const std::size_t at : {std::size_t{0}, std::size_t{14}, kTitle.size(), kHeadBytes - 1, kHeadBytes,
                               kHeadBytes + crypto::kSealedChunkBytes, good.size() - 1}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_NE(problem(bad), "") << at;
  }
}

// Whoever knows the passphrase may write anything under the seal.
TEST_F(Backup, UnderAGoodSealHoldsExactlyTheFilesOfADataFolder) {
  const auto refused = [&](const std::string& content) { return problem(seal(content)) == "restore.bad_backup"; };
  for (const std::string name : {"../evil", "/tmp/evil", "keys/../../evil", "keys", "", "tocsin.sock", "NODE.TOML"}) {
    auto list = files();
    list.front().name = name;
    EXPECT_TRUE(refused(content_of(list))) << name;
  }
  auto missing = files(), twice = files(), swapped = files(), large = files();
  missing.pop_back();
  twice.push_back(twice.back());
  std::swap(swapped[1].content, swapped[2].content);
  std::swap(swapped[1].name, swapped[2].name);
  large[1].content.assign(kMaxSmallFileBytes + 1, 'x');
  for (const auto& list : {missing, twice, swapped, large}) EXPECT_TRUE(refused(content_of(list)));
  const std::string good = content_of(files());
  EXPECT_TRUE(refused(good + "\n"));
  EXPECT_TRUE(refused(good.substr(0, good.size() - 1)));
  EXPECT_TRUE(refused(""));
  std::string changed = good;
  changed[good.find("content")] = 'C';
  EXPECT_TRUE(refused(changed)) << "the digest tells";
  EXPECT_FALSE(base::exists(here_.file("evil")));
}

TEST(BackupContent, IsReadTheSameHoweverItIsCut) {
  const std::string good = content_of(files());
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, good.size()}) {
    std::vector<File> seen;
    BackupReader reader({[&](std::string_view name) -> Result<void> {
                           seen.push_back({std::string(name), ""});
                           return {};
                         },
                         [&](std::string_view bytes) -> Result<void> {
                           seen.back().content += bytes;
                           return {};
                         },
                         []() -> Result<void> { return {}; }});
    for (std::size_t at = 0; at < good.size(); at += step) ASSERT_TRUE(reader.take(good.substr(at, step)));
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(content_of(seen), good);
  }
}

TEST(BackupContent, HasOneWayToSayASize) {
  for (const std::string line :
       {"node.toml 007\n", "node.toml -1\n", "node.toml +7\n", "node.toml  7\n", "node.toml 7 \n", "node.toml 7\r\n",
        "node.toml\n", "\n", "node.toml 18446744073709551616\n", "node.toml 1048577\n"}) {
    BackupReader reader({});
    EXPECT_FALSE(reader.take(line)) << line;
  }
  BackupReader endless({});
  EXPECT_FALSE(endless.take(std::string(1000, 'n'))) << "a line has a limit";
}

}  // namespace
}  // namespace tocsin::node
