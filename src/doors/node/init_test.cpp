// A node's birth: all of it, or nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/trust/parties.h"
#include "doors/node/node.h"
#include "ground/base/file.h"
#include "tests/support/folder.h"

namespace tocsin::node {
namespace {

class Birth : public ::testing::Test {
 protected:
  Birth() {
    crypto::initialise();
    request_.folder = here_.file("node");
    request_.founding.name = {"Hospital", "", ""};
    request_.founding.kind = trust::PartyKind::Cert;
    request_.founding.country = "VN";
    request_.founding.endpoints = {"https://node.example:8444"};
    request_.founding.root_passphrase = "a bell that one village rings";
    for (const char* name : {"linh", "minh"})
      request_.founding.signatories.push_back({name, name, "a bell that one village rings"});
  }
  std::string problem() {
    const auto made = init(request_);
    return made ? "" : made.error().id;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    if (base::exists(request_.folder))
      for (const auto& entry : std::filesystem::directory_iterator(request_.folder))
        if (entry.path().filename() != "lock") out.push_back(entry.path().filename());
    return out;
  }

  test_support::TemporaryFolder here_;
  InitRequest request_;
};

TEST_F(Birth, MakesANodeThatOpens) {
  const auto made = init(request_);
  ASSERT_TRUE(made) << base::describe(made.error());
  EXPECT_TRUE(made->link.starts_with("https://localhost:8443/#/link/"));
  EXPECT_EQ(made->root_file, request_.folder + "/root.sealed");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(request_.folder).permissions(), perms::owner_all);
  EXPECT_EQ(std::filesystem::status(made->root_file).permissions(), perms::owner_read | perms::owner_write);
  const auto node = Node::open(request_.folder);
  ASSERT_TRUE(node) << base::describe(node.error());
  const auto second = Node::open(request_.folder);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().id, "folder.locked");
}

TEST_F(Birth, WritesOverNoRootKeyAndRemovesNone) {
  ASSERT_TRUE(base::make_folder(request_.folder));
  for (const std::string& file : {request_.folder + "/root.sealed", here_.file("elsewhere.sealed")}) {
    ASSERT_TRUE(base::write_file_durably(file, "another party"));
    request_.root_file = file;
    EXPECT_EQ(problem(), "init.root_file_exists");
    request_.founding.country = "FRX";
    EXPECT_EQ(problem(), "init.root_file_exists");
    request_.founding.country = "VN";
    EXPECT_EQ(base::read_file(file, 100).value(), "another party");
  }
  std::filesystem::remove(request_.folder + "/root.sealed");
  request_.root_file = here_.file("new.sealed");
  request_.founding.country = "FRX";
  EXPECT_NE(problem(), "");
  EXPECT_FALSE(base::exists(request_.root_file)) << "what a failed birth wrote goes again";
}

TEST_F(Birth, NeedsTwoSignatoriesButForAnOperator) {
  request_.founding.signatories.pop_back();
  EXPECT_EQ(problem(), "init.signatories");
  EXPECT_TRUE(files().empty());
  request_.founding.kind = trust::PartyKind::Operator;
  EXPECT_EQ(problem(), "");
}

TEST_F(Birth, HappensOncePerFolder) {
  ASSERT_EQ(problem(), "");
  const auto database = base::read_file(request_.folder + "/tocsin.db", 1u << 30);
  ASSERT_TRUE(database);
  EXPECT_EQ(problem(), "init.already");
  EXPECT_TRUE(base::read_file(request_.folder + "/tocsin.db", 1u << 30).value_or("") == *database);
}

TEST_F(Birth, ThatFailsLeavesNothingInTheWayOfTheNext) {
  request_.founding.signatories[1].password = "short";
  EXPECT_EQ(problem(), "people.weak_password");
  EXPECT_TRUE(files().empty()) << files().front();
  request_.founding.signatories[1].password = request_.founding.signatories[0].password;
  request_.founding.signatories[1].name = "linh";
  EXPECT_NE(problem(), "");
  EXPECT_TRUE(files().empty()) << files().front();
  request_.founding.signatories[1].name = "minh";
  request_.config.people_listen = "nowhere";
  EXPECT_EQ(problem(), "config.bad_listen");
  request_.config.people_listen = "127.0.0.1:8443";
  // Without its root key a party could never speak of itself again: where that cannot be written, there is no party.
  request_.root_file = here_.file("no/such/folder/root.sealed");
  EXPECT_NE(problem(), "");
  EXPECT_TRUE(files().empty()) << files().front();
  request_.root_file = here_.file("root.sealed");
  EXPECT_EQ(problem(), "");
  EXPECT_TRUE(base::exists(request_.root_file));
}

TEST_F(Birth, LeavesAloneWhatLayThereBefore) {
  ASSERT_TRUE(base::make_folder(request_.folder));
  std::ofstream(request_.folder + "/diary.txt") << "mine";
  request_.founding.signatories.clear();
  EXPECT_EQ(problem(), "init.signatories");
  EXPECT_EQ(files(), std::vector<std::string>{"diary.txt"});
}

TEST_F(Birth, ChangesNothingOfAFolderThatItRefuses) {
  using std::filesystem::perms;
  constexpr perms kShared = perms::owner_all | perms::group_read | perms::group_exec;
  for (const char* name : {"keys", "node.toml", "tocsin.db-wal"}) {
    request_.folder = here_.file(std::string("with-") + name);
    ASSERT_TRUE(base::make_folder(request_.folder));
    std::filesystem::permissions(request_.folder, kShared);
    std::ofstream(request_.folder + "/" + name) << "of another";
    EXPECT_EQ(problem(), "init.already") << name;
    EXPECT_EQ(files(), std::vector<std::string>{name});
    EXPECT_EQ(std::filesystem::status(request_.folder).permissions(), kShared) << name;
  }
}

TEST(Node, DoesNotOpenWhereNoneWasBorn) {
  const test_support::TemporaryFolder folder;
  const auto node = Node::open(folder.path().string());
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().id, "node.not_initialised");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace tocsin::node
