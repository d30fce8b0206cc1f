// Indicators and Zeek logs made from a seed: the same on every machine and compiler, for benches where no data is at
// hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/watch/set.h"

namespace tocsin::bench {

/// Addresses, domains, URLs and hashes in the proportions of public lists (five, three, one, one).
std::vector<watch::Rule> generate_rules(std::size_t count, std::uint64_t seed);

/// conn, dns and http logs one after the other, each under its header, of about `bytes`. About one line in a thousand
/// shows one of the rules.
std::string generate_zeek(std::size_t bytes, const std::vector<watch::Rule>& rules, std::uint64_t seed);

}  // namespace tocsin::bench
