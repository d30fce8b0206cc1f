#include "ground/net/forwarded.h"

#include <algorithm>

namespace tocsin::net {

std::optional<IpAddress> last_forwarded_for(const Headers& headers) {
  std::string_view hops;
  for (const auto& [name, value] : headers)
    if (name == "x-forwarded-for") hops = value;
  if (const auto comma = hops.rfind(','); comma != std::string_view::npos) hops.remove_prefix(comma + 1);
  constexpr std::string_view kBlank = " \t";
  hops.remove_prefix(std::min(hops.find_first_not_of(kBlank), hops.size()));
  hops = hops.substr(0, hops.find_last_not_of(kBlank) + 1);
  return parse_ip(hops);
}

}  // namespace tocsin::net
