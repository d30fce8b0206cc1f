// A party has a newer descriptor, and shows it to those who know one of before: with new keys, also of the line on
// which it speaks. What its root has signed is its word, whoever brings it. docs/protocol.md section 9.
#pragma once

#include <string>

#include "core/trust/descriptor.h"
#include "journeys/context.h"

namespace tocsin::journeys {

/// Ours, as one record.
Result<std::string> own_descriptor(const Context& context);
/// From one record. record.*, descriptor.*, trust.*.
Result<trust::VerifiedDescriptor> read_descriptor(std::string_view records);

/// A known peer's descriptor takes the place of an older one; what it no longer stands for stops. False where it is
/// none of a peer that persons have met, or not newer. In the caller's transaction. descriptor.*.
Result<bool> take_newer(store::Transaction& tx, const Context& context, const trust::VerifiedDescriptor& shown);

/// What a stranger may send before anybody knows who it is.
inline constexpr std::uint64_t kIntroductionBytes = 256u << 10;
/// Somebody whose key of the line nobody knows shows a descriptor: a known peer's newer one, which names this very key.
/// peers.unknown_key where it is anything else: a stranger learns nothing.
Result<void> take_introduction(const Context& context, const Digest& key_pin, std::string_view records);

}  // namespace tocsin::journeys
