// What the tests of correlation and of matching share.
#pragma once

#include "core/relate/postings.h"
#include "core/trust/labelled_fixture.h"

namespace tocsin::relate {

inline bool operator==(const Posting& a, const Posting& b) {
  return a.value == b.value && a.role == b.role;
}

class RelateTest : public trust::testing::LabelledTest {
 protected:
  RelateTest() : LabelledTest({kMigrations}) {}

  static observable::Value domain(std::string text) { return {observable::Kind::Domain, std::move(text)}; }
  static Posting shows(observable::Value value) { return {std::move(value), Role::Shows}; }
  static Posting indicates(observable::Value value) { return {std::move(value), Role::Indicates}; }

  void put(std::int64_t item, trust::LabelId label, const std::vector<Posting>& postings,
           const Validity& validity = {}) {
    get([&](store::Transaction& tx) { return post(tx, item, label, postings, validity); });
  }
  void end(std::int64_t item, bool forget = false) {
    get([&](store::Transaction& tx) { return stop(tx, item, forget); });
  }
  std::vector<Related> related_to(std::int64_t item, const trust::Scope& scope, int limit = 20) {
    return get([&](store::Transaction& tx) { return related(tx, item, scope, limit); });
  }
  std::int64_t count(std::int64_t item, const trust::Scope& scope) {
    return get([&](store::Transaction& tx) { return count_related(tx, item, scope); });
  }
  std::vector<std::int64_t> having(const observable::Value& value, const trust::Scope& scope, int limit = 100) {
    return get([&](store::Transaction& tx) -> Result<std::vector<std::int64_t>> {
      std::vector<std::int64_t> out;
      TRY_VOID(tx.each(
          "SELECT DISTINCT item FROM postings WHERE text = ? AND kind = ? AND active = 1 AND label " + scope.sql() +
              " ORDER BY item DESC LIMIT ?",
          [&](const store::Row& row) { out.push_back(row.integer(0)); }, value.text, static_cast<int>(value.kind),
          limit));
      return out;
    });
  }
  std::int64_t generation_now() {
    return get([](store::Transaction& tx) { return generation(tx); });
  }
  bool matching(std::int64_t item) {
    return get([&](store::Transaction& tx) -> Result<bool> {
      return is_matching(tx, item, TRY(trust::scope(tx, trust::SensorReader{})), now_);
    });
  }
  /// "evil.example 7", sorted: what a sensor would be given.
  std::vector<std::string> matched(const trust::Scope& scope) {
    std::vector<std::string> out;
    for (const ToMatch& entry : get([&](store::Transaction& tx) { return to_match(tx, scope, now_); }).values)
      out.push_back(entry.value.text + " " + std::to_string(entry.item));
    std::sort(out.begin(), out.end());
    return out;
  }
};

}  // namespace tocsin::relate
