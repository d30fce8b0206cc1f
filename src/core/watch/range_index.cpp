#include "core/watch/range_index.h"

namespace tocsin::watch {
namespace {

using layout::AddressKey;
using layout::kNone;

AddressKey last_of(const observable::Network& network) {
  observable::Address address = network.first;
  for (unsigned bit = network.prefix; bit < address.bits(); ++bit)
    address.bytes[bit / 8] = static_cast<std::uint8_t>(address.bytes[bit / 8] | (0x80u >> (bit % 8)));
  return layout::address_key(address);
}

/// Of IPv4 the key after the last address lies beyond all addresses; of IPv6 it comes round to zero, which is no
/// border.
AddressKey after(AddressKey key) {
  if (++key.low == 0) ++key.high;
  return key;
}

void border(RangeIndex& index, AddressKey at, std::uint32_t cover) {
  if (!index.starts.empty() && index.starts.back() == at) {
    index.covers.back() = cover;
    return;
  }
  index.starts.push_back(at);
  index.covers.push_back(cover);
}

}  // namespace

std::optional<RangePlace> place_range(observable::Kind kind, std::string_view text) {
  const auto network = observable::parse_network(text);
  if (!network || network->first.is_v6 != (kind == observable::Kind::Ipv6Range)) return std::nullopt;
  return RangePlace{layout::address_key(network->first), last_of(*network), network->prefix, 0};
}

RangeIndex index_ranges(const std::vector<RangePlace>& places) {
  // Networks are nested or apart, so walking their borders in order needs only a stack of those that are open.
  RangeIndex out;
  std::vector<const RangePlace*> open;
  const auto close = [&] {
    const AddressKey end = after(open.back()->last);
    open.pop_back();
    if (end != AddressKey{}) border(out, end, open.empty() ? kNone : open.back()->entry);
  };
  for (const RangePlace& place : places) {
    while (!open.empty() && open.back()->last < place.first) close();
    out.parents.push_back(open.empty() ? kNone : open.back()->entry);
    open.push_back(&place);
    border(out, place.first, place.entry);
  }
  while (!open.empty()) close();
  return out;
}

}  // namespace tocsin::watch
