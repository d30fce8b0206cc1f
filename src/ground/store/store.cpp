#include "ground/store/store.h"

#include "ground/store/postgres/postgres_database.h"
#include "ground/store/sqlite/sqlite_database.h"

namespace tocsin::store {

Digest Row::digest(int column) const {
  if (is_null(column)) return {};
  const auto digest = Digest::from(blob(column));
  CHECK(digest);
  return *digest;
}

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  return postgres::is_location(options.location) ? postgres::open_database(options) : sqlite::open_database(options);
}

}  // namespace tocsin::store
