#include "doors/node/backup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/people/people.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"
#include "ground/crypto/crypto.h"
#include "tests/support/content.h"
#include "tests/support/folder.h"

namespace tocsin::node {
namespace {

constexpr std::string_view kPassphrase = "a bell that one village rings";

class Backup : public ::testing::Test {
 protected:
  Backup() {
    crypto::initialise();
    const std::string folder = here_.file("node");
    EXPECT_TRUE(base::make_folder(folder));
    EXPECT_TRUE(base::make_folder(folder + "/keys"));
    db_ = *store::Database::open({folder + "/tocsin.db"});
    EXPECT_TRUE(db_->migrate(all_migrations()));
    for (const std::string_view name : backup_names())
      if (name != "tocsin.db") {
        EXPECT_TRUE(base::write_file_durably(folder + "/" + std::string(name), "content of " + std::string(name)));
      }
    folder_ = folder;
  }

  std::string into() const { return here_.file("restored"); }
  std::string problem(std::string_view sealed, std::string_view passphrase = kPassphrase) const {
    const auto unpacked = unpack_backup(sealed, passphrase, into());
    return unpacked ? "" : unpacked.error().id;
  }
  static std::string seal(const std::string& plain) {
    return "tocsin backup 1\n" + crypto::seal_with_passphrase(kPassphrase, base::as_bytes(plain));
  }
  std::vector<BackupFile> files() const {
    std::vector<BackupFile> out;
    for (const std::string_view name : backup_names()) out.push_back({std::string(name), "x"});
    return out;
  }

  test_support::TemporaryFolder here_;
  std::unique_ptr<store::Database> db_;
  std::string folder_;
};

TEST_F(Backup, IsUnpackedToTheSameFilesAndTheSameRows) {
  ASSERT_TRUE(db_->write([](store::Transaction& tx) {
    return people::audit(tx, {0, Time{1}, "linh", "console", "init", "", "ok"});
  }));
  const auto sealed = make_backup(*db_, folder_, kPassphrase);
  ASSERT_TRUE(sealed) << base::describe(sealed.error());
  EXPECT_EQ(sealed->find("content of"), std::string::npos) << "it holds keys, so it is sealed";
  EXPECT_FALSE(base::exists(folder_ + "/backup.db.tmp"));
  ASSERT_EQ(problem(*sealed), "");
  for (const std::string_view name : backup_names())
    if (name != "tocsin.db") {
      EXPECT_EQ(base::read_file(into() + "/" + std::string(name), 1000).value_or(""),
                "content of " + std::string(name));
    }
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(into()).permissions(), perms::owner_all);
  EXPECT_EQ(std::filesystem::status(into() + "/keys/statement.seed").permissions(),
            perms::owner_read | perms::owner_write);
  const auto again = store::Database::open({into() + "/tocsin.db"});
  ASSERT_TRUE(again);
  EXPECT_EQ(test_support::difference(test_support::content_of(*db_), test_support::content_of(**again)), "");
}

TEST_F(Backup, ThatWasChangedOrCutLeavesNothingBehind) {
  const std::string good = seal(write_backup(files()));
  std::vector<std::string> bad = {"", "tocsin backup 1\n", "tocsin backup 2\n" + good.substr(16), good + "x"};
  for (std::size_t at = 0; at < good.size(); at += good.size() / 4) {
    bad.push_back(good.substr(0, at));
    bad.push_back(good);
    bad.back()[at] = static_cast<char>(bad.back()[at] ^ 1);
  }
  for (const std::string& sealed : bad) {
    EXPECT_NE(problem(sealed), "") << sealed.size();
    EXPECT_FALSE(base::exists(into()));
  }
  EXPECT_EQ(problem(good, "a passphrase of somebody else"), "crypto.wrong_passphrase");
  EXPECT_FALSE(base::exists(into()));
}

// Whoever knows the passphrase may write anything under the seal.
TEST_F(Backup, UnderAGoodSealHoldsExactlyTheFilesOfADataFolder) {
  const std::string good = write_backup(files());
  ASSERT_TRUE(read_backup(good));
  for (const std::string name :
       {"../evil", "/tmp/evil", "keys/../../evil", "keys", "", "tocsin.sock", "NODE.TOML", "keys//statement.seed"}) {
    auto list = files();
    list.front().name = name;
    const auto refused = read_backup(write_backup(list));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().id, "restore.bad_backup") << name;
  }
  auto missing = files(), twice = files(), evil = files();
  missing.pop_back();
  twice.back() = twice.front();
  evil.back().name = "../evil";
  for (const std::string& plain :
       {write_backup(missing), write_backup(twice), good + "more", good.substr(0, good.size() - 1), std::string("5\n"),
        std::string("99999999999999999999\n[]"), std::string("-1\n[]"), std::string("2\n[]"), std::string("4\nnull"),
        std::string("x"), std::string()})
    EXPECT_FALSE(read_backup(plain)) << plain.substr(0, 40);
  EXPECT_EQ(problem(seal(write_backup(evil))), "restore.bad_backup");
  EXPECT_FALSE(base::exists(into()));
  EXPECT_FALSE(base::exists(here_.file("evil")));
}

TEST_F(Backup, IsNotUnpackedOverSomething) {
  ASSERT_TRUE(base::make_folder(into()));
  std::ofstream(into() + "/diary.txt") << "mine";
  EXPECT_EQ(problem(seal(write_backup(files()))), "restore.not_empty");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(into()), {}), 1);
  EXPECT_EQ(base::read_file(into() + "/diary.txt", 100).value_or(""), "mine");
}

}  // namespace
}  // namespace tocsin::node
