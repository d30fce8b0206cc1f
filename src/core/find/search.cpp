#include "core/find/search.h"

#include <set>

namespace tocsin::find {
namespace {

constexpr std::int64_t kCountLimit = 20'000;  // counting further costs more than the number is worth
constexpr std::size_t kMaxWordsAsked = 32;

// The end of the range of words that begin with `prefix`: every such word sorts below it.
std::string after_prefix(const std::string& prefix) {
  return prefix + "\xF4\x8F\xBF\xBF";
}

}  // namespace

const store::Migrations kMigrations{"find", {R"(
CREATE TABLE found_items (item INTEGER PRIMARY KEY, label INTEGER NOT NULL, type TEXT NOT NULL, voucher TEXT NOT NULL, tlp TEXT NOT NULL);
CREATE INDEX found_items_type ON found_items (type, item);
CREATE TABLE found_words (word TEXT NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (word, item)) WITHOUT ROWID;
CREATE INDEX found_words_item ON found_words (item, word);
)"}};

Result<void> index(store::Transaction& tx, const Document& document) {
  TRY(tx.run(
      "INSERT INTO found_items (item, label, type, voucher, tlp) VALUES (?, ?, ?, ?, ?) ON CONFLICT (item) DO NOTHING",
      document.item, document.label, document.type, document.voucher, document.tlp));
  std::set<std::string> words;  // texts repeat each other: the name of an indicator is often its value
  for (const std::string& text : document.texts)
    for (std::string& word : words_of(text)) words.insert(std::move(word));
  for (const std::string& word : words)
    TRY(tx.run("INSERT INTO found_words (word, item) VALUES (?, ?) ON CONFLICT DO NOTHING", word, document.item));
  return {};
}

Result<void> relabel(store::Transaction& tx, std::int64_t item, trust::LabelId label, std::string_view tlp) {
  TRY(tx.run("UPDATE found_items SET label = ?, tlp = ? WHERE item = ?", label, tlp, item));
  return {};
}

Result<void> remove(store::Transaction& tx, std::int64_t item) {
  TRY(tx.run("DELETE FROM found_words WHERE item = ?", item));
  TRY(tx.run("DELETE FROM found_items WHERE item = ?", item));
  return {};
}

Result<Page> search(store::Transaction& tx, const Query& query, const trust::Scope& scope) {
  CHECK(query.limit > 0);
  const auto words = asked_words(query.words);
  if (words.size() > kMaxWordsAsked)
    return fail(ErrorCode::TooLarge, "find.too_many_words", {std::to_string(kMaxWordsAsked)});
  std::string where = "f.label " + scope.sql();
  std::vector<store::Cell> cells;
  const auto exactly = [&](std::string_view column, const std::string& value) {
    if (value.empty()) return;
    where += " AND f." + std::string(column) + " = ?";
    cells.push_back(store::cell(value));
  };
  exactly("type", query.type);
  exactly("voucher", query.voucher);
  exactly("tlp", query.tlp);
  for (const std::string& word : words) {
    where += " AND EXISTS (SELECT 1 FROM found_words w WHERE w.item = f.item AND w.word >= ? AND w.word < ?)";
    cells.push_back(store::cell(word));
    cells.push_back(store::cell(after_prefix(word)));
  }
  Page page;
  std::int64_t counted = 0;
  auto count_cells = cells;
  count_cells.push_back(store::cell(kCountLimit + 1));
  TRY_VOID(tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM found_items f WHERE " + where + " LIMIT ?) AS counted",
                    count_cells, [&](const store::Row& row) {
                      counted = row.integer(0);
                      return false;
                    }));
  if (counted <= kCountLimit) page.total = counted;
  if (query.before_item) {
    where += " AND f.item < ?";
    cells.push_back(store::cell(*query.before_item));
  }
  cells.push_back(store::cell(query.limit + 1));
  TRY_VOID(tx.query("SELECT f.item FROM found_items f WHERE " + where + " ORDER BY f.item DESC LIMIT ?", cells,
                    [&](const store::Row& row) {
                      page.items.push_back(row.integer(0));
                      return true;
                    }));
  if (page.items.size() > static_cast<std::size_t>(query.limit)) {
    page.items.pop_back();
    page.next = page.items.back();
  }
  return page;
}

}  // namespace tocsin::find
