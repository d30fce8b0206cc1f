// Intelligence and alerts go out, and are taken back.
#pragma once

#include <string>
#include <utility>

#include "ground/base/result.h"
#include "ground/json/json.h"

namespace tocsin::cmd {

/// Of an answer of POST /api/publish: who receives something of it, each named once; "" where nobody.
std::string names_of_receivers(const json::Value& plan);

/// Of one of its recipients: for whom TLP:RED is meant there; "" where nothing of it is TLP:RED.
std::string names_of_readers(const json::Value& recipient);

/// "PARTY:ACCOUNT" as a person types it. cli.usage.reader {text}.
Result<std::pair<std::string, std::string>> split_reader(const std::string& text);

}  // namespace tocsin::cmd
