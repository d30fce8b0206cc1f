// The closed lists of words that answers are made of: docs/api.md and the interface name exactly those of the code.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/exchange/delivery_state.h"
#include "core/exchange/retractions.h"
#include "core/infra/critical.h"
#include "core/trust/agreements.h"
#include "duty/alerts/alerts.h"
#include "ground/base/file.h"

namespace tocsin::api {
namespace {

using Words = std::set<std::string>;

std::string read(const std::string& path) {
  const auto text = base::read_file(TOCSIN_SOURCE_DIR "/" + path, 1u << 20);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

// The names of all enumerators: behind the last one a name is empty or a repetition.
template <typename E>
Words words_of() {
  Words out;
  for (int value = 0;; ++value) {
    const std::string_view word = name(static_cast<E>(value));
    if (word.empty() || !out.emplace(word).second) return out;
  }
}

std::string behind(const std::string& text, const std::string& mark) {
  const auto at = text.find(mark);
  EXPECT_NE(at, std::string::npos) << mark;
  if (at == std::string::npos) return "";
  EXPECT_EQ(text.find(mark, at + 1), std::string::npos) << "stands there twice: " << mark;
  return text.substr(at + mark.size());
}

// one/two/three or "one"/"two"/"three".
Words documented(const std::string& mark) {
  const std::string text = behind(read("docs/api.md"), mark);
  Words out;
  std::string word;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || c == '_') {
      word += c;
    } else if (c == '/') {
      EXPECT_TRUE(out.insert(word).second) << word << " stands twice behind " << mark;
      word.clear();
    } else if (c != '"') {
      break;
    }
  }
  EXPECT_TRUE(out.insert(word).second) << word << " stands twice behind " << mark;
  return out;
}

// 'one' | 'two'; or ['one', 'two'] as const;
Words in_interface(const std::string& file, const std::string& mark) {
  std::string text = behind(read("web/src/" + file), mark);
  text.resize(std::min(text.find(';'), text.size()));
  Words out;
  for (auto at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 1)) {
    const auto end = text.find('\'', at + 1);
    if (end == std::string::npos) break;
    out.insert(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

Words with(Words words, const Words& more) {
  words.insert(more.begin(), more.end());
  return words;
}

TEST(Words, ForHowFarADeliveryCameAreTheSameEverywhere) {
  const Words all = words_of<exchange::DeliveryState>();
  EXPECT_EQ(all.size(), 7u);
  EXPECT_EQ(documented("digest, kind, position, state: "), all);
  EXPECT_EQ(in_interface("api/types/exchange.ts", "export type LedgerState ="), all);
  Words arrivals = all;
  arrivals.erase("receipted");
  EXPECT_EQ(documented("{party_id, name, statement, state: "), with(arrivals, {"acknowledged", "late"}));
}

TEST(Words, ForStatesAreTheSameEverywhere) {
  EXPECT_EQ(documented("title, detail, state: "), words_of<alerts::State>());
  EXPECT_EQ(in_interface("api/types/alerts.ts", "export type AlertState ="), words_of<alerts::State>());
  EXPECT_EQ(documented("holders_list: [{party_id, name, state: "), words_of<exchange::HolderState>());
  EXPECT_EQ(in_interface("api/types/exchange.ts", "export type HolderState ="), words_of<exchange::HolderState>());
  EXPECT_EQ(documented("Peer: {party_id, name, kind, country, state: "), words_of<trust::PeerState>());
  EXPECT_EQ(in_interface("api/types/parties.ts", "export type PeerState ="), words_of<trust::PeerState>());
  EXPECT_EQ(documented("none once it is over], state: "), words_of<trust::AgreementState>());
  EXPECT_EQ(in_interface("api/types/parties.ts", "export type AgreementState ="), words_of<trust::AgreementState>());
}

TEST(Words, ThatPeopleChooseFromAreTheSameEverywhere) {
  EXPECT_EQ(documented("{statement?: digest, item?, reason: "), words_of<exchange::RetractReason>());
  EXPECT_EQ(in_interface("api/types/exchange.ts", "export type RetractReason ="), words_of<exchange::RetractReason>());
  EXPECT_EQ(in_interface("parts/choices.ts", "retractReasons ="), words_of<exchange::RetractReason>());
  EXPECT_EQ(documented("ignored), method: "), words_of<trust::VerificationMethod>());
  EXPECT_EQ(documented("workaround?: "), words_of<infra::Workaround>());
  EXPECT_EQ(in_interface("parts/choices.ts", "levels ="), words_of<trust::AgreementLevel>());
  EXPECT_EQ(in_interface("parts/choices.ts", "onwardRules ="), words_of<trust::Onward>());
  EXPECT_EQ(in_interface("parts/choices.ts", "tlps ="), words_of<stix::Tlp>());
  EXPECT_EQ(in_interface("parts/choices.ts", "paps ="), words_of<stix::Pap>());
}

}  // namespace
}  // namespace tocsin::api
