// What an SQLite database holds, to be compared before and after. For tests only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ground/store/store.h"

namespace tocsin::test_support {

/// All rows of all tables, each row as one text: texts as they are, blobs in upper-case hex.
using Content = std::map<std::string, std::vector<std::string>>;
Content content_of(store::Database& database);
/// "" where both are equal, else the first rows that differ.
std::string difference(const Content& before, const Content& after);

}  // namespace tocsin::test_support
