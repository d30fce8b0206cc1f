// Prepared statements of one connection, kept by their SQL text; the least recently used are dropped. Private to this
// folder; belongs to the thread that holds the connection.
#pragma once

#include <sqlite3.h>

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ground/base/result.h"

namespace tocsin::store::sqlite {

class StatementCache {
  struct Entry {
    std::string sql;
    sqlite3_stmt* statement;
    bool in_use;
  };

 public:
  /// A statement ready for binding. Gives it back, reset and without parameters, when it ends.
  class Lease {
   public:
    Lease(sqlite3_stmt* statement, Entry* entry) : statement_(statement), entry_(entry) {}
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    sqlite3_stmt* get() const { return statement_; }

   private:
    sqlite3_stmt* statement_;
    Entry* entry_;  ///< null: not in the cache, since the cached one is running further out on the stack
  };

  StatementCache() = default;
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;
  ~StatementCache() { clear(); }

  Result<Lease> take(sqlite3* connection, std::string_view sql);
  /// Before the connection closes; no lease may be out.
  void clear();

 private:
  void drop_oldest();

  std::list<Entry> entries_;                                                 ///< most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_sql_;  ///< keys point into entries_
};

/// One statement; an error where the text holds none or more than one.
Result<sqlite3_stmt*> prepare_one(sqlite3* connection, std::string_view sql, unsigned flags);

}  // namespace tocsin::store::sqlite
