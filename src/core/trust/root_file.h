// Root keys on paper and on sticks: the text files, sealed with a passphrase, in which the root and its successor leave
// the machine. They lie in two places, so that whoever loses one, or has it stolen, goes on with the other.
#pragma once

#include <string>
#include <string_view>

#include "core/trust/descriptor.h"

namespace tocsin::trust {

/// The root that follows, and what the one before it signed about it beforehand: it can follow a root that is lost.
struct NextRoot {
  crypto::SigningKey key;
  crypto::PublicKey follows;
  crypto::Signature link;
};

std::string seal_root(const crypto::SigningKey& root, std::string_view passphrase);
std::string seal_next_root(const crypto::SigningKey& next, const crypto::SigningKey& root, std::string_view passphrase);
/// root.not_a_root_file, root.not_a_next_root_file, crypto.wrong_passphrase, crypto.bad_sealed_file.
Result<crypto::SigningKey> open_root(std::string_view file, std::string_view passphrase);
Result<NextRoot> open_next_root(std::string_view file, std::string_view passphrase);

/// A descriptor to be signed, with the next root in the place of the one before, and the successor of that announced.
/// root.other_key where it does not follow the root that the descriptor names.
Result<std::string> succeed(std::string_view descriptor_payload, const NextRoot& next,
                            const crypto::PublicKey& successor);

}  // namespace tocsin::trust
