// The hash of a run of leaves as it occurs in proofs; inside this room only.
#pragma once

#include "formats/merkle/merkle.h"

namespace tocsin::merkle {

/// MTH(D[begin:end]) of RFC 6962, for ranges that the RFC's own splits produce: `begin` is a multiple of the smallest
/// power of two that holds end - begin leaves.
Result<Digest> range_hash(Size begin, Size end, const HashReader& read);

}  // namespace tocsin::merkle
