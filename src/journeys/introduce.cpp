#include "journeys/introduce.h"

#include <algorithm>

#include "core/exchange/record.h"
#include "core/trust/parties.h"
#include "ground/base/log.h"
#include "journeys/retract.h"

namespace tocsin::journeys {

Result<std::string> own_descriptor(const Context& context) {
  const auto own = TRY(context.db->read_value([](store::Transaction& tx) { return trust::own_party(tx); }));
  std::string out;
  exchange::append_record(out, exchange::RecordType::Descriptor, own.descriptor_signed);
  return out;
}

Result<trust::VerifiedDescriptor> read_descriptor(std::string_view records) {
  const auto read = TRY(exchange::read_records(records));
  if (read.size() != 1 || read.front().type != exchange::RecordType::Descriptor)
    return fail(ErrorCode::Malformed, "record.unknown_type");
  return trust::verify_descriptor(read.front().object);
}

Result<bool> take_newer(store::Transaction& tx, const Context& context, const trust::VerifiedDescriptor& shown) {
  const auto known = trust::party(tx, shown->party);
  if (!known || known->own || known->state == trust::PeerState::Invited) return false;
  if (!trust::supersedes(*shown, known->descriptor)) return false;
  if (TRY(trust::take_descriptor(tx, shown, context.now())) == trust::DescriptorOutcome::Newer)
    TRY_VOID(disown(tx, context, {{known->descriptor, shown}}));
  return true;
}

Result<void> take_introduction(const Context& context, const Digest& key_pin, std::string_view records) {
  const auto taken = [&]() -> Result<bool> {
    const auto shown = TRY(read_descriptor(records));
    const auto& pins = shown->tls_pins;
    if (std::find(pins.begin(), pins.end(), key_pin) == pins.end()) return false;
    return context.db->write_value([&](store::Transaction& tx) { return take_newer(tx, context, shown); });
  }();
  if (!taken) base::log_warning("a descriptor was shown and not taken: {}", base::describe(taken.error()));
  if (!taken || !*taken) return fail(ErrorCode::Unauthenticated, "peers.unknown_key");
  context.changed("peer");
  return {};
}

}  // namespace tocsin::journeys
