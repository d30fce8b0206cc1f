#include "ground/store/sqlite/statement_cache.h"

#include <utility>

#include "ground/store/sqlite/error.h"

namespace tocsin::store::sqlite {
namespace {

/// A prepared statement costs a few kB; the whole program has fewer than this many texts in common use.
constexpr std::size_t kMaxStatements = 256;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

Result<sqlite3_stmt*> prepare_one(sqlite3* connection, std::string_view sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), flags, &statement, &tail);
  if (code != SQLITE_OK) return failure(connection, code, sql);
  if (!statement) return fail(ErrorCode::Internal, "store.failed", {}, "no statement in: " + std::string(sql));
  if (!is_blank(sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
    sqlite3_finalize(statement);
    return fail(ErrorCode::Internal, "store.failed", {}, "more than one statement in: " + std::string(sql));
  }
  return statement;
}

StatementCache::Lease::Lease(Lease&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}

StatementCache::Lease::~Lease() {
  if (!statement_) return;
  if (!entry_) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  entry_->in_use = false;
}

Result<StatementCache::Lease> StatementCache::take(sqlite3* connection, std::string_view sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    Entry& entry = *found->second;
    if (entry.in_use) return Lease(TRY(prepare_one(connection, sql, 0)), nullptr);
    entries_.splice(entries_.begin(), entries_, found->second);
    entry.in_use = true;
    return Lease(entry.statement, &entry);
  }
  sqlite3_stmt* statement = TRY(prepare_one(connection, sql, SQLITE_PREPARE_PERSISTENT));
  entries_.push_front({std::string(sql), statement, true});
  by_sql_.emplace(entries_.front().sql, entries_.begin());
  if (entries_.size() > kMaxStatements) drop_oldest();
  return Lease(statement, &entries_.front());
}

void StatementCache::drop_oldest() {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->in_use) continue;
    sqlite3_finalize(entry->statement);
    by_sql_.erase(entry->sql);
    entries_.erase(std::next(entry).base());
    return;
  }
}

void StatementCache::clear() {
  by_sql_.clear();
  for (Entry& entry : entries_) {
    CHECK(!entry.in_use);
    sqlite3_finalize(entry.statement);
  }
  entries_.clear();
}

}  // namespace tocsin::store::sqlite
