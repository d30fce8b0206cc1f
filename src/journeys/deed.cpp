#include "journeys/deed.h"

#include "core/people/people.h"

namespace tocsin::journeys {

Result<void> note_deed(store::Transaction& tx, const Context& context, const Doer& by, std::string_view action,
                       std::string_view target, std::string_view outcome) {
  return people::audit(
      tx, {0, context.now(), by.account, by.via, std::string(action), std::string(target), std::string(outcome)});
}

}  // namespace tocsin::journeys
