#include "doors/node/schema.h"

#include "core/exchange/archive.h"
#include "core/find/search.h"
#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "core/people/people.h"
#include "core/relate/postings.h"
#include "core/trust/parties.h"
#include "core/watch/hits.h"
#include "duty/alerts/alerts.h"

namespace tocsin::node {

std::vector<store::Migrations> all_migrations() {
  return {trust::kMigrations, people::kMigrations, exchange::kMigrations, intel::kMigrations, relate::kMigrations,
          find::kMigrations,  infra::kMigrations,  watch::kMigrations,    alerts::kMigrations};
}

}  // namespace tocsin::node
