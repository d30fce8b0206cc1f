// Which field of which format has which role. Internal to the room.
#pragma once

#include <string_view>

#include "formats/telemetry/gatherer.h"

namespace tocsin::telemetry {

struct Field {
  Role role = Role::Skip;
  std::string_view name;  ///< static
};

/// By column name and type, as #fields and #types say: "addr" wins over the name.
Field zeek_field(std::string_view name, std::string_view element_type);
/// By JSON path, array indexes left out ("dns.answers.rdata").
Field zeek_json_field(std::string_view path);
Field suricata_field(std::string_view path);

}  // namespace tocsin::telemetry
