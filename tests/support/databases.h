// The engines a test of stored things runs on. For tests only.
//
//   class Catalogue : public ::testing::TestWithParam<Engine> { FreshDatabase fresh_{GetParam()}; ... };
//   INSTANTIATE_TEST_SUITE_P(AllEngines, Catalogue, ::testing::ValuesIn(kAllEngines), engine_name);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ground/store/store.h"
#include "tests/support/folder.h"

namespace tocsin::test_support {

enum class Engine { SqliteFile, SqliteMemory };

inline constexpr Engine kAllEngines[] = {Engine::SqliteFile, Engine::SqliteMemory};

inline std::string name_of(Engine engine) {
  switch (engine) {
    case Engine::SqliteFile:
      return "SqliteFile";
    case Engine::SqliteMemory:
      return "SqliteMemory";
  }
  return "";
}
inline std::string engine_name(const ::testing::TestParamInfo<Engine>& info) {
  return name_of(info.param);
}

/// An empty database of its own; what it holds is gone with it.
class FreshDatabase {
 public:
  explicit FreshDatabase(Engine engine) : engine_(engine) {}

  std::string location() const { return engine_ == Engine::SqliteMemory ? ":memory:" : folder_.file("test.db"); }
  const TemporaryFolder& folder() const { return folder_; }

  std::unique_ptr<store::Database> open() const {
    store::Options options;
    options.location = location();
    auto database = store::Database::open(options);
    if (!database) {
      ADD_FAILURE() << base::describe(database.error());
      return nullptr;
    }
    return std::move(*database);
  }

 private:
  Engine engine_;
  TemporaryFolder folder_;
};

}  // namespace tocsin::test_support
