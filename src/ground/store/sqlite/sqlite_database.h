// The embedded engine behind store.h: one connection that writes, several that read.
#pragma once

#include <memory>

#include "ground/store/store.h"

namespace tocsin::store::sqlite {

Result<std::unique_ptr<Database>> open_database(const Options& options);

}  // namespace tocsin::store::sqlite
