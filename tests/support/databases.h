// The engines a test of stored things runs on. For tests only.
//
//   class Catalogue : public ::testing::TestWithParam<Engine> { FreshDatabase fresh_{GetParam()}; ... };
//   INSTANTIATE_TEST_SUITE_P(AllEngines, Catalogue, ::testing::ValuesIn(all_engines()), engine_name);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "ground/store/store.h"
#include "tests/support/folder.h"
#include "tests/support/postgres.h"

namespace tocsin::test_support {

enum class Engine { SqliteFile, SqliteMemory, Postgres };

inline std::vector<Engine> all_engines() {
  std::vector<Engine> out = {Engine::SqliteFile, Engine::SqliteMemory};
  if (!PostgresServer::is_left_out()) out.push_back(Engine::Postgres);
  return out;
}

inline std::string name_of(Engine engine) {
  switch (engine) {
    case Engine::SqliteFile:
      return "SqliteFile";
    case Engine::SqliteMemory:
      return "SqliteMemory";
    case Engine::Postgres:
      return "Postgres";
  }
  return "";
}
inline std::string engine_name(const ::testing::TestParamInfo<Engine>& info) {
  return name_of(info.param);
}

/// An empty database of its own; what it holds is gone with it.
class FreshDatabase {
 public:
  explicit FreshDatabase(Engine engine) {
    if (engine == Engine::SqliteFile) location_ = folder_.file("test.db");
    if (engine == Engine::SqliteMemory) location_ = ":memory:";
    if (engine != Engine::Postgres) return;
    const auto server = PostgresServer::shared();
    const auto created = server ? (*server)->borrow_database() : tl::unexpected(server.error());
    if (created) {
      server_ = *server;
      location_ = *created;
    } else {
      ADD_FAILURE() << base::describe(created.error());
    }
  }
  /// The Database that open() gave must be gone.
  ~FreshDatabase() {
    if (server_) server_->give_back_database(location_);
  }
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;

  const std::string& location() const { return location_; }
  const TemporaryFolder& folder() const { return folder_; }

  std::unique_ptr<store::Database> open() const {
    store::Options options;
    options.location = location_;
    auto database = store::Database::open(options);
    if (!database) {
      ADD_FAILURE() << base::describe(database.error());
      return nullptr;
    }
    return std::move(*database);
  }

 private:
  TemporaryFolder folder_;
  std::string location_;
  PostgresServer* server_ = nullptr;
};

}  // namespace tocsin::test_support
