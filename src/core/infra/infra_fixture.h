// What the tests of critical hosts share.
#pragma once

#include <gmock/gmock.h>

#include "core/infra/critical.h"
#include "tests/support/databases.h"

namespace tocsin::infra {

inline CriticalHost host_called(std::string host, std::string name = "Server") {
  CriticalHost out;
  out.host = std::move(host);
  out.name = std::move(name);
  out.service = "Emergency department";
  out.sector = "HEA";
  out.marked_by = "an";
  out.marked_at = Time{1'790'000'000'000'000};
  return out;
}

class InfraTest : public ::testing::TestWithParam<test_support::Engine> {
 protected:
  void SetUp() override {
    database_ = fresh_.open();
    ASSERT_TRUE(database_);
    const store::Migrations rooms[] = {kMigrations};
    ASSERT_TRUE(database_->migrate(rooms));
  }

  Result<CriticalHost> mark_one(const CriticalHost& host) {
    return database_->write_value([&](store::Transaction& tx) { return mark(tx, host); });
  }
  /// The message id of the refusal, or nothing.
  std::string refusal(const CriticalHost& host) {
    const auto marked = mark_one(host);
    return marked ? "" : marked.error().id;
  }
  std::string unmark_one(std::string_view host) {
    const auto done = database_->write([&](store::Transaction& tx) { return unmark(tx, host); });
    return done ? "" : done.error().id;
  }
  std::vector<CriticalHost> all() {
    const auto hosts = database_->read_value([](store::Transaction& tx) { return critical_hosts(tx); });
    EXPECT_TRUE(hosts);
    return hosts ? *hosts : std::vector<CriticalHost>{};
  }
  /// The marked host that this one is or lies in, as it was normalised; nothing where there is none.
  std::string where(std::string_view host) {
    const auto found = database_->read_value([&](store::Transaction& tx) { return critical_host(tx, host); });
    EXPECT_TRUE(found) << host;
    return found && *found ? (*found)->host : "";
  }

  test_support::FreshDatabase fresh_{GetParam()};
  std::unique_ptr<store::Database> database_;
};

}  // namespace tocsin::infra
