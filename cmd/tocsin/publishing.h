// Intelligence and alerts go out, and are taken back.
#pragma once

#include <string>

#include "ground/json/json.h"

namespace tocsin::cmd {

/// Of an answer of POST /api/publish: who receives something of it, each named once; "" where nobody.
std::string names_of_receivers(const json::Value& plan);

}  // namespace tocsin::cmd
