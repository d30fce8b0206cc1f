// What the tests of search share: documents put in by a line, and what a person finds.
#pragma once

#include "core/find/search.h"
#include "core/trust/labelled_fixture.h"

namespace tocsin::find {

class FindTest : public trust::testing::LabelledTest {
 protected:
  FindTest() : LabelledTest({kMigrations}) {}

  static Document document(std::int64_t item, trust::LabelId label, std::vector<std::string> texts) {
    return {item, label, "indicator", own().text(), "TLP:GREEN", std::move(texts)};
  }
  void put(const Document& document) {
    get([&](store::Transaction& tx) { return index(tx, document); });
  }
  void take_out(std::int64_t item) {
    get([&](store::Transaction& tx) { return remove(tx, item); });
  }
  Page page(const Query& query, const trust::Scope& scope) {
    return get([&](store::Transaction& tx) { return search(tx, query, scope); });
  }
  std::vector<std::int64_t> found(const std::string& words, const std::string& user = "an") {
    Query query;
    query.words = words;
    return page(query, scope_of(user)).items;
  }
};

}  // namespace tocsin::find
