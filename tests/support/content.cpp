#include "tests/support/content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace tocsin::test_support {

Content content_of(store::Database& database) {
  const auto content = database.read_value([](store::Transaction& tx) -> Result<Content> {
    std::vector<std::string> tables;
    TRY_VOID(tx.each("SELECT name FROM sqlite_master WHERE type = 'table'",
                     [&](const store::Row& row) { tables.emplace_back(row.text(0)); }));
    Content out;
    for (const std::string& table : tables) {
      std::string columns;
      TRY_VOID(tx.each(
          "SELECT name FROM pragma_table_info(?)",
          [&](const store::Row& row) {
            columns += (columns.empty() ? "quote(\"" : " || ' ' || quote(\"") + std::string(row.text(0)) + "\")";
          },
          table));
      auto& rows = out[table];
      TRY_VOID(tx.each("SELECT " + columns + " FROM \"" + table + "\"",
                       [&](const store::Row& row) { rows.emplace_back(row.text(0)); }));
      std::sort(rows.begin(), rows.end());
    }
    return out;
  });
  EXPECT_TRUE(content) << (content ? "" : base::describe(content.error()));
  return content.value_or(Content{});
}

std::string difference(const Content& before, const Content& after) {
  std::string out;
  for (const auto& [table, rows] : after) {
    const auto found = before.find(table);
    const std::vector<std::string> none;
    const auto& old = found == before.end() ? none : found->second;
    std::vector<std::string> lost, gained;
    std::set_difference(old.begin(), old.end(), rows.begin(), rows.end(), std::back_inserter(lost));
    std::set_difference(rows.begin(), rows.end(), old.begin(), old.end(), std::back_inserter(gained));
    for (const auto& row : lost) out += table + " - " + row.substr(0, 200) + "\n";
    for (const auto& row : gained) out += table + " + " + row.substr(0, 200) + "\n";
  }
  return out.substr(0, 4000);
}

}  // namespace tocsin::test_support
