// A person of a party, by name. TLP:RED is for persons, and an account name means somebody only within its own party:
// "mai" of a CERT and "mai" of a hospital are two.
#pragma once

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/trust/ids.h"

namespace tocsin::trust {

struct Person {
  PartyId party;
  std::string account;  ///< of a person as people::is_account_name has it; ours may also be "key:<id>"
  auto operator<=>(const Person&) const = default;

  /// "<party id>/<account>". No part of it can hold a '/', so that it is read back in one way only.
  std::string text() const;
  /// Only persons: nothing for keys, and for whatever no account can be called.
  static std::optional<Person> parse(std::string_view text);
};

/// The accounts among them that this party has, sorted.
std::vector<std::string> accounts_of(const PartyId& party, const std::set<Person>& persons);

}  // namespace tocsin::trust
