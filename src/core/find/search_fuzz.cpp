// Laws of search: words of any text are short, well formed and the same when they are folded again; what was indexed is
// found by each of its words; whatever a person types is a query.
#include "core/find/search.h"
#include "core/trust/parties.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

store::Database& database() {
  static const auto made = [] {
    crypto::initialise();
    auto out = std::move(*store::Database::open({":memory:"}));
    const store::Migrations rooms[] = {trust::kMigrations, find::kMigrations};
    CHECK(out->migrate(rooms));
    return out;
  }();
  return *made;
}

void check_words(const std::vector<std::string>& words) {
  CHECK(words.size() <= 256);
  for (const std::string& word : words) {
    CHECK(!word.empty() && word.size() <= 64);
    CHECK(test_support::is_utf8(word));
  }
}

Result<void> index_and_search(store::Transaction& tx, std::string_view text, std::string_view query) {
  trust::Label label;
  label.voucher = *trust::PartyId::parse(std::string(52, 'a'));
  const auto id = TRY(trust::intern(tx, label));
  TRY_VOID(find::index(tx, {7, id, "indicator", label.voucher.text(), "TLP:GREEN", {std::string(text)}}));
  const auto scope = TRY(trust::scope(tx, trust::PersonReader{{label.voucher, "an"}}));
  find::Query asked;
  for (const std::string& word : find::words_of(text)) {
    asked.words = word;
    const auto page = TRY(find::search(tx, asked, scope));
    const bool found = page.items == std::vector<std::int64_t>{7} && page.total == 1;
    if (!found) std::fprintf(stderr, "not found by \"%s\"\n", word.c_str());
    CHECK(found);
  }
  asked.words = query;
  return TRY(find::search(tx, asked, scope)).items.size() <= 1 ? Result<void>{}
                                                               : fail(ErrorCode::Internal, "test.twice");
}

}  // namespace

/// A text, its length before it, and then a query.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::string_view text = input.text(), query = input.rest();
  check_words(find::words_of(text));
  check_words(find::words_of(query));
  const auto undone = database().write([&](store::Transaction& tx) -> Result<void> {
    const auto done = index_and_search(tx, text, query);
    if (!done) std::fprintf(stderr, "%s\n", base::describe(done.error()).c_str());
    CHECK(done);
    return fail(ErrorCode::Conflict, "test.undone");
  });
  CHECK(!undone && undone.error().id == "test.undone");
  return 0;
}
