#include "core/trust/person.h"

#include "core/people/text_rules.h"

namespace tocsin::trust {

std::string Person::text() const {
  return party.text() + '/' + account;
}

std::optional<Person> Person::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto party = PartyId::parse(text.substr(0, slash));
  const std::string_view account = text.substr(slash + 1);
  if (!party || !people::is_account_name(account)) return std::nullopt;
  return Person{*party, std::string(account)};
}

std::vector<std::string> accounts_of(const PartyId& party, const std::set<Person>& persons) {
  std::vector<std::string> out;
  for (const Person& person : persons)
    if (person.party == party) out.push_back(person.account);
  return out;
}

}  // namespace tocsin::trust
