// A database whose writes are all undone: what a program does in many transactions happens inside one of the real
// database that is given up in the end. A fuzz target meets the same state with every input so. For tests only.
#pragma once

#include <functional>

#include "ground/store/store.h"

namespace tocsin::test_support {

class UndoneDatabase final : public store::Database {
 public:
  /// Runs `function` with a database that forgets.
  static void run(store::Database& real, const std::function<void(store::Database&)>& function) {
    const auto undone = real.write([&](store::Transaction& tx) -> Result<void> {
      UndoneDatabase database(tx);
      function(database);
      return fail(ErrorCode::Conflict, "test.undone");
    });
    CHECK(!undone && undone.error().id == "test.undone");
  }

  Result<void> migrate(std::span<const store::Migrations>) override { return unavailable(); }
  Result<void> backup_to(const std::string&) override { return unavailable(); }
  bool is_postgres() const override { return false; }
  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override {
    return nested(function);
  }
  Result<void> read(const std::function<Result<void>(store::Transaction&)>& function) override {
    return nested(function);
  }

 private:
  explicit UndoneDatabase(store::Transaction& tx) : tx_(tx) {}

  // As a group commit does it. After a failed statement the outer transaction runs nothing more, which shows here.
  Result<void> nested(const std::function<Result<void>(store::Transaction&)>& function) {
    CHECK(!inside_);  // the real one forbids it too
    TRY(tx_.run("SAVEPOINT nested"));
    inside_ = true;
    auto outcome = function(tx_);
    inside_ = false;
    if (!outcome) {
      if (tx_.run("ROLLBACK TO nested")) TRY(tx_.run("RELEASE nested"));
      return outcome;
    }
    TRY(tx_.run("RELEASE nested"));
    return {};
  }
  static tl::unexpected<Error> unavailable() { return fail(ErrorCode::Unavailable, "store.unavailable"); }

  store::Transaction& tx_;
  bool inside_ = false;
};

}  // namespace tocsin::test_support
