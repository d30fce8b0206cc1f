// Search and lists over intelligence: words, filters, cursor pages, counts, always within a reader's scope.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/release.h"
#include "ground/store/store.h"

namespace tocsin::find {

extern const store::Migrations kMigrations;

/// What is indexed of an item. Texts are split into words and folded: case, diacritics, the Vietnamese letter d with
/// stroke, French ligatures.
struct Document {
  std::int64_t item = 0;
  trust::LabelId label = 0;
  std::string type, voucher, tlp;
  std::vector<std::string> texts;
};
Result<void> index(store::Transaction& tx, const Document& document);
Result<void> relabel(store::Transaction& tx, std::int64_t item, trust::LabelId label, std::string_view tlp);
Result<void> remove(store::Transaction& tx, std::int64_t item);

struct Query {
  std::string words;  ///< all must occur, each as the beginning of a word; blank finds everything, signs alone nothing
  std::string type, voucher, tlp;           ///< exact, or empty
  std::optional<std::int64_t> before_item;  ///< cursor: items below it
  int limit = 50;                           ///< at least 1
};
struct Page {
  std::vector<std::int64_t> items;    ///< newest first
  std::optional<std::int64_t> next;   ///< cursor of the next page
  std::optional<std::int64_t> total;  ///< exact within scope, or nothing where counting would cost too much
};
/// find.too_many_words {limit}: every word costs a look-up.
Result<Page> search(store::Transaction& tx, const Query& query, const trust::Scope& scope);

/// "Đà Nẵng, L'Œuvre" -> {"da","nang","l","oeuvre"}; dots and hyphens stay inside words ("evil-site.example"), whose
/// parts are words too, and so are the names that a host lies under ("evil.example" of "http://www.evil.example/a").
/// Numbers with joints, such as addresses, dates and ids, have no parts: "198.51.100.7" is found
/// by its beginning, and nobody looks for its "100". Of a text the first 256 different words, of a word the first 64
/// bytes; of text that is not UTF-8 nothing.
std::vector<std::string> words_of(std::string_view text);
/// The words of a query without their parts, which follow from them.
std::vector<std::string> asked_words(std::string_view query);

/// One thing a query asks for, as it may be kept: all words of one of these.
using Spellings = std::vector<std::vector<std::string>>;
/// What a query asks for: its words, and of each value in it also the words of the normal form under which an import
/// keeps it: "hxxps://bad[.]example" finds "https://bad.example/". Ends after the first 256 words.
std::vector<Spellings> terms_of(std::string_view query);
inline constexpr std::string_view kBlanks = " \t\r\n";  ///< between what a query asks for

}  // namespace tocsin::find
