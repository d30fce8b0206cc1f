// What the tests of rooms that keep labelled things share: every engine, labels of all kinds, and readers of them.
#pragma once

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "core/trust/parties.h"
#include "core/trust/release.h"
#include "core/trust/trust_fixture.h"
#include "tests/support/databases.h"

namespace tocsin::trust::testing {

inline const Realm kExercise = "0193a0c4-0000-7000-8000-0000000000ee";

/// A text that holds what stores, searches and terminals have stumbled over, and is still UTF-8 without NUL.
inline const std::string kHostileText =
    "'; DROP TABLE objects; -- % _ \\ \" ? $1 \x01\x1b[2J\r\n \u202e\u2066abc\u200b";

class LabelledTest : public ::testing::TestWithParam<test_support::Engine> {
 protected:
  explicit LabelledTest(std::vector<store::Migrations> rooms) : rooms_(std::move(rooms)) {
    rooms_.insert(rooms_.begin(), trust::kMigrations);
  }

  void SetUp() override {
    crypto::initialise();
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
    const auto migrated = database_->migrate(rooms_);
    ASSERT_TRUE(migrated) << base::describe(migrated.error());
  }

  /// In a transaction of its own, as callers do: committed where it succeeds.
  template <typename Function>
  auto attempt(Function&& function) {
    return database_->write_value(std::forward<Function>(function));
  }
  /// The same for what must succeed: the value itself.
  template <typename Function>
  auto get(Function&& function) {
    auto out = attempt(std::forward<Function>(function));
    if (!out) ADD_FAILURE() << base::describe(out.error());
    CHECK(out);
    if constexpr (!std::is_void_v<typename decltype(out)::value_type>) return std::move(*out);
  }
  /// The message id of the error, or nothing where there was none.
  template <typename Function>
  std::string error_of(Function&& function) {
    const auto out = attempt(std::forward<Function>(function));
    return out ? "" : out.error().id;
  }

  static PartyId own() { return party_of(10); }
  static PartyId peer() { return party_of(30); }
  static PartyId third() { return party_of(50); }

  /// Readers by their accounts here.
  static Label label_of(stix::Tlp tlp, const std::vector<std::string>& readers = {}) {
    Label out;
    out.voucher = own();
    out.tlp = tlp;
    for (const std::string& reader : readers) out.readers.insert({own(), reader});
    return out;
  }
  LabelId intern(const Label& label) {
    return get([&](store::Transaction& tx) { return trust::intern(tx, label); });
  }
  LabelId green() { return intern(label_of(stix::Tlp::Green)); }
  /// Only "an" may see it.
  LabelId red() { return intern(label_of(stix::Tlp::Red, {"an"})); }
  LabelId exercise() {
    Label out = label_of(stix::Tlp::Green);
    out.realm = kExercise;
    return intern(out);
  }
  /// What a person of ours may see now; labels interned later are not in it.
  Scope scope_of(const std::string& user, const Realm& realm = Realm(kReal)) {
    return get([&](store::Transaction& tx) { return trust::scope(tx, PersonReader{{own(), user}, realm}); });
  }

  std::vector<store::Migrations> rooms_;
  test_support::FreshDatabase fresh_{GetParam()};
  std::unique_ptr<store::Database> database_;
  Time now_ = kNow;
};

/// The engines that differ: a file and memory are the same SQLite here.
inline std::vector<test_support::Engine> both_engines() {
  std::vector<test_support::Engine> out = test_support::all_engines();
  std::erase(out, test_support::Engine::SqliteFile);
  return out;
}

}  // namespace tocsin::trust::testing

/// The fixture's tests run on every engine.
#define TOCSIN_ON_BOTH_ENGINES(Fixture)                                                                     \
  INSTANTIATE_TEST_SUITE_P(Engines, Fixture, ::testing::ValuesIn(::tocsin::trust::testing::both_engines()), \
                           ::tocsin::test_support::engine_name)
