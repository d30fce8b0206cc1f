// A node's people in a fresh database, at a time that the test moves.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/people/people.h"
#include "tests/support/databases.h"

namespace tocsin::people {

class PeopleTest : public testing::Test {
 protected:
  explicit PeopleTest(test_support::Engine engine = test_support::Engine::SqliteMemory) : fresh_(engine) {}

  void SetUp() override {
    crypto::initialise();
    use_column_key(column_key_);
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
    const store::Migrations rooms[] = {kMigrations};
    const auto migrated = database_->migrate(rooms);
    ASSERT_TRUE(migrated) << base::describe(migrated.error());
  }

  Time now() const { return clock_.now(); }
  void pass(Duration duration) { clock_.advance(duration); }

  /// In a transaction of its own, as callers do: committed where it succeeds.
  template <typename Function>
  auto write(Function&& function) {
    return database_->write_value(std::forward<Function>(function));
  }
  template <typename Function>
  auto read(Function&& function) {
    return database_->read_value(std::forward<Function>(function));
  }

  static User user_with(std::string_view name, std::vector<Role> roles) {
    User out;
    out.name = name;
    out.display_name = "Somebody";
    out.roles = std::move(roles);
    return out;
  }

  Result<User> create(const User& user) {
    return write([&](store::Transaction& tx) { return create_user(tx, user, now()); });
  }
  /// With a password, by a PHC text that nobody checks here: finish_login is told whether the password matches.
  void enrol(std::string_view name, std::vector<Role> roles) {
    const auto created = create(user_with(name, std::move(roles)));
    ASSERT_TRUE(created) << base::describe(created.error());
    ASSERT_TRUE(change_password(name));
  }
  Result<void> change_password(std::string_view name, std::string_view keep_session = {}) {
    return write(
        [&](store::Transaction& tx) { return set_password(tx, name, "$argon2id$not checked", now(), keep_session); });
  }
  Result<User> find(std::string_view name) {
    return read([&](store::Transaction& tx) { return find_user(tx, name); });
  }
  Result<void> disable(std::string_view name) {
    return write([&](store::Transaction& tx) { return disable_user(tx, name, now()); });
  }
  Result<void> enable(std::string_view name) {
    return write([&](store::Transaction& tx) { return enable_user(tx, name); });
  }
  Result<void> give_roles(std::string_view name, const std::vector<Role>& roles) {
    return write([&](store::Transaction& tx) { return set_roles(tx, name, roles); });
  }

  /// Both halves of a log-in, as a door does it. The error of either.
  Result<Session> log_in(std::string_view name, bool password_matches, std::string_view source = "192.0.2.1",
                         std::string_view code = "") {
    TRY(read([&](store::Transaction& tx) { return begin_login(tx, name, source, now()); }));
    return TRY(
        write([&](store::Transaction& tx) { return finish_login(tx, name, password_matches, code, source, now()); }));
  }
  void fail_log_ins(int count, std::string_view name, std::string_view source = "192.0.2.1") {
    for (int i = 0; i < count; ++i) EXPECT_EQ(error_id(log_in(name, false, source)), "people.wrong_login") << i;
  }

  Result<Identity> identity(std::string_view token) {
    return read([&](store::Transaction& tx) { return session_identity(tx, token, now()); });
  }
  Result<void> note(std::string_view credential) {
    return write([&](store::Transaction& tx) { return note_use(tx, credential, now()); });
  }
  Result<std::string> link_for(std::string_view name) {
    return write([&](store::Transaction& tx) { return create_link(tx, name, now()); });
  }
  Result<Session> follow_link(std::string_view token) {
    return write([&](store::Transaction& tx) { return open_link(tx, token, now()); });
  }
  Result<NewApiKey> make_key(std::string_view name, std::string_view scope, std::string_view by, int days = 30) {
    return write([&](store::Transaction& tx) { return create_api_key(tx, name, scope, by, days, now()); });
  }
  Result<Identity> key_identity(std::string_view text) {
    return read([&](store::Transaction& tx) { return api_key_identity(tx, text, now()); });
  }

  /// Enrols the account's second factor; the code of this moment is spent by it.
  Bytes enrol_totp(std::string_view name) {
    const auto secret = write([&](store::Transaction& tx) { return begin_totp(tx, column_key_, name, now()); });
    EXPECT_TRUE(secret);
    if (!secret) return Bytes(20);
    EXPECT_TRUE(
        write([&](store::Transaction& tx) { return confirm_totp(tx, column_key_, name, code_of(*secret), now()); }));
    return *secret;
  }
  std::string code_of(ByteView secret) const { return crypto::totp_code(secret, now().us / 1'000'000); }

  std::int64_t count_rows(std::string_view table) {
    const auto count =
        read([&](store::Transaction& tx) { return tx.integer("SELECT COUNT(*) FROM " + std::string(table)); });
    return count && *count ? **count : -1;
  }

  /// "" where there is no error.
  template <typename T>
  static std::string error_id(const Result<T>& result) {
    return result ? std::string() : result.error().id;
  }

  const Bytes column_key_ = Bytes(32, 7);
  test_support::FreshDatabase fresh_;
  std::unique_ptr<store::Database> database_;

 private:
  base::ManualClock clock_{*base::from_rfc3339("2026-11-21T03:14:00Z")};
};

}  // namespace tocsin::people
