// A rare word leads a search to its items: no plan of either engine reads a whole table for it.
#include "core/find/find_fixture.h"

namespace tocsin::find {
namespace {

// Beside every query: how the engine goes about it.
class Explaining final : public store::Transaction {
 public:
  Explaining(store::Transaction& inner, bool is_postgres) : inner_(inner), is_postgres_(is_postgres) {}
  Result<std::int64_t> execute(std::string_view sql, std::span<const store::Cell> cells) override {
    return inner_.execute(sql, cells);
  }
  Result<void> query(std::string_view sql, std::span<const store::Cell> cells,
                     const std::function<bool(const store::Row&)>& each) override {
    // How often a word occurs is counted to a limit, so however that is done it has an end.
    if (sql.find("found_items") == std::string_view::npos) return inner_.query(sql, cells, each);
    const std::string explain = is_postgres_ ? "EXPLAIN " : "EXPLAIN QUERY PLAN ";
    plans += std::string(sql) + "\n";
    TRY_VOID(inner_.query(explain + std::string(sql), cells, [&](const store::Row& row) {
      plans += std::string(row.text(is_postgres_ ? 0 : 3)) + "\n";
      return true;
    }));
    return inner_.query(sql, cells, each);
  }
  std::int64_t last_id() override { return inner_.last_id(); }

  std::string plans;

 private:
  store::Transaction& inner_;
  const bool is_postgres_;
};

class Plan : public FindTest {
 protected:
  /// 20,000 items, of which every one has a common word and three have a rare one.
  void fill() {
    const trust::LabelId label = green(), secret = red();
    get([&](store::Transaction& tx) -> Result<void> {
      for (std::int64_t item = 1; item <= 20'000; ++item)
        TRY_VOID(index(tx, document(item, item == 9'000 ? secret : label,
                                    {"common w" + std::to_string(item), item % 9'000 < 1 || item == 7 ? "rare" : ""})));
      return {};
    });
    if (database_->is_postgres()) get([](store::Transaction& tx) { return tx.run("ANALYZE"); });
  }
  Page explained(const std::string& words, const std::string& user, std::string& plans) {
    const trust::Scope scope = scope_of(user);
    return get([&](store::Transaction& tx) -> Result<Page> {
      Explaining explaining(tx, database_->is_postgres());
      Query query;
      query.words = words;
      auto out = search(explaining, query, scope);
      plans = explaining.plans;
      return out;
    });
  }
  /// What reads a table or an index from end to end.
  static std::string whole_table_reads(const std::string& plans) {
    std::string out;
    for (std::size_t at = 0; at < plans.size();) {
      const std::string line = plans.substr(at, plans.find('\n', at) - at);
      at += line.size() + 1;
      for (const char* sign : {"SCAN f", "SCAN w", "SCAN found_", "Seq Scan on found_"})
        if (line.find(sign) != std::string::npos) out += line + "\n";
    }
    return out;
  }
};

TEST_P(Plan, OfARareWordReadsNoTableFromEndToEnd) {
  fill();
  for (const std::string words : {"rare", "common rare", "rare common", "rare w7", "nowhere", "common nowhere",
                                  "n\u00f6where.example", "common 2001:0db8::7"}) {
    std::string plans;
    explained(words, "an", plans);
    EXPECT_EQ(whole_table_reads(plans), "") << words << "\n" << plans;
  }
  std::string plans;
  EXPECT_THAT(explained("common rare", "an", plans).items, ::testing::ElementsAre(18'000, 9'000, 7));
  // The release decision stands in the same query: nothing is found first and judged later.
  EXPECT_THAT(explained("common rare", "linh", plans).items, ::testing::ElementsAre(18'000, 7));
  EXPECT_THAT(plans, ::testing::HasSubstr("f.label " + scope_of("linh").sql()));
}

TOCSIN_ON_BOTH_ENGINES(Plan);

}  // namespace
}  // namespace tocsin::find
