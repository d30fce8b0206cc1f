// A database that does what another one does: a test overrides what it wants to be different. For tests only.
#pragma once

#include <functional>
#include <string>

#include "ground/store/store.h"

namespace tocsin::test_support {

class ForwardingDatabase : public store::Database {
 public:
  explicit ForwardingDatabase(store::Database& inner) : inner_(inner) {}

  Result<void> migrate(std::span<const store::Migrations> rooms) override { return inner_.migrate(rooms); }
  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override {
    return inner_.write(function);
  }
  Result<void> read(const std::function<Result<void>(store::Transaction&)>& function) override {
    return inner_.read(function);
  }
  Result<void> backup_to(const std::string& path) override { return inner_.backup_to(path); }
  Result<void> forget_deleted() override { return inner_.forget_deleted(); }
  bool is_postgres() const override { return inner_.is_postgres(); }

 protected:
  store::Database& inner_;
};

}  // namespace tocsin::test_support
