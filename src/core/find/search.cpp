#include "core/find/search.h"

#include <set>

namespace tocsin::find {
namespace {

constexpr std::int64_t kCountLimit = 20'000;  // counting further costs more than the number is worth
constexpr std::size_t kMaxWordsAsked = 32;
// Beginnings of words up to which a word leads the search. Reaching an item by a word costs some 4 us, looking at the
// next item about 1 us: beyond it, the newest of half a million items have a page full sooner.
constexpr std::int64_t kRare = 50'000;

// The end of the range of words that begin with `prefix`: every such word sorts below it.
std::string after_prefix(const std::string& prefix) {
  return prefix + "\xF4\x8F\xBF\xBF";
}

// A query from FROM on, whose parameters the cells are.
struct Asked {
  std::string sql;
  std::vector<store::Cell> cells;
  void and_is(std::string_view condition, const std::string& value) {
    if (value.empty()) return;
    sql += " AND " + std::string(condition) + " = ?";
    cells.push_back(store::cell(value));
  }
  void add_range(std::string_view condition, const std::string& prefix) {
    sql += condition;
    cells.push_back(store::cell(prefix));
    cells.push_back(store::cell(after_prefix(prefix)));
  }
  // The item has all words of one of the spellings.
  void and_one_of(const Spellings& spellings) {
    std::string_view before = " AND (";
    for (const auto& words : spellings) {
      for (const std::string& word : words) {
        sql += before;
        add_range("EXISTS (SELECT 1 FROM found_words w WHERE w.item = f.item AND w.word >= ? AND w.word < ?)", word);
        before = " AND ";
      }
      before = " OR ";
    }
    sql += ")";
  }
};

// How often words begin so, counted no further than where items are rather looked at from the newest on.
Result<std::int64_t> count_beginnings(store::Transaction& tx, const std::string& prefix) {
  return TRY(tx.integer(
                 "SELECT COUNT(*) FROM (SELECT 1 FROM found_words WHERE word >= ? AND word < ? LIMIT ?) AS counted",
                 prefix, after_prefix(prefix), kRare + 1))
      .value_or(0);
}

// By which words to come to the items that have one of the spellings: of each the rarest.
struct Lead {
  std::vector<std::string> words;
  std::int64_t count = 0;
};
Result<Lead> lead_to(store::Transaction& tx, const Spellings& spellings) {
  Lead out;
  for (const auto& words : spellings) {
    std::int64_t fewest = kRare + 1;
    const std::string* rarest = &words.front();
    for (const std::string& word : words)
      if (const std::int64_t count = TRY(count_beginnings(tx, word)); count < fewest) {
        fewest = count;
        rarest = &word;
      }
    out.words.push_back(*rarest);
    out.count += fewest;
  }
  return out;
}

// A word that is rare leads to its items, and each is asked for the rest. Where all are common, so are most often the
// items that have all of them: then the newest items are asked until there are enough. CROSS JOIN keeps SQLite to the
// order given; PostgreSQL takes the same order from its statistics.
Result<Asked> ask(store::Transaction& tx, const Query& query, const trust::Scope& scope, std::vector<Spellings> terms) {
  auto rarest = terms.end();
  Lead lead;
  lead.count = kRare + 1;
  for (auto term = terms.begin(); term != terms.end() && lead.count > 0; ++term)
    if (Lead other = TRY(lead_to(tx, *term)); other.count < lead.count) {
      lead = std::move(other);
      rarest = term;
    }
  Asked out;
  if (rarest == terms.end()) {
    out.sql = "FROM found_items f WHERE f.label " + scope.sql();
  } else {
    std::string_view before = "FROM (";
    for (const std::string& word : lead.words) {
      out.sql += before;
      out.add_range("SELECT DISTINCT item FROM found_words WHERE word >= ? AND word < ?", word);
      before = " UNION ";
    }
    out.sql += ") l CROSS JOIN found_items f WHERE f.item = l.item AND f.label " + scope.sql();
    if (*rarest == Spellings{lead.words}) terms.erase(rarest);  // it is this word, and no more
  }
  out.and_is("f.type", query.type);
  out.and_is("f.voucher", query.voucher);
  out.and_is("f.tlp", query.tlp);
  for (const Spellings& term : terms) out.and_one_of(term);
  return out;
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
  auto terms = terms_of(query.words);
  std::size_t words = 0;
  for (const Spellings& term : terms)
    for (const auto& spelling : term) words += spelling.size();
  if (words > kMaxWordsAsked) return fail(ErrorCode::TooLarge, "find.too_many_words", {std::to_string(kMaxWordsAsked)});
  Page page;
  if (words == 0 && query.words.find_first_not_of(kBlanks) != std::string::npos) {
    page.total = 0;
    return page;
  }
  const Asked asked = TRY(ask(tx, query, scope, std::move(terms)));
  std::int64_t counted = 0;
  auto count_cells = asked.cells;
  count_cells.push_back(store::cell(kCountLimit + 1));
  TRY_VOID(tx.query("SELECT COUNT(*) FROM (SELECT 1 " + asked.sql + " LIMIT ?) AS counted", count_cells,
                    [&](const store::Row& row) {
                      counted = row.integer(0);
                      return false;
                    }));
  if (counted <= kCountLimit) page.total = counted;
  std::string sql = "SELECT f.item " + asked.sql;
  auto cells = asked.cells;
  if (query.before_item) {
    sql += " AND f.item < ?";
    cells.push_back(store::cell(*query.before_item));
  }
  cells.push_back(store::cell(query.limit + 1));
  TRY_VOID(tx.query(sql + " ORDER BY f.item DESC LIMIT ?", cells, [&](const store::Row& row) {
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
