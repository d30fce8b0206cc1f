// What is critical here: hosts and ranges that carry an essential service, and how severe trouble on them would be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.h"
#include "ground/store/store.h"

namespace tocsin::infra {

extern const store::Migrations kMigrations;

enum class Workaround { None, Manual, Partial, Full };
std::string_view name(Workaround workaround);
std::optional<Workaround> workaround_from_name(std::string_view text);

/// A host (address, range or name in normal form) and the service it carries.
struct CriticalHost {
  std::string host;
  std::string name;                    ///< what people call it: "Patient records server"
  std::string service;                 ///< "Emergency department"
  std::string sector;                  ///< canonical code: "HEA", "WAT", "ENE-E" ...
  std::string protected_code;          ///< category of international humanitarian law ("MED-U", "SUR"), may be empty
  std::int64_t population_served = 0;  ///< persons; 0: not stated
  Workaround workaround = Workaround::None;
  std::string marked_by;
  Time marked_at;
};

/// Normalises and stores; the same host again replaces. infra.bad_host {text}, infra.bad_sector {text,
/// known}, infra.bad_protected_code {text, known}.
Result<CriticalHost> mark(store::Transaction& tx, CriticalHost host);
Result<void> unmark(store::Transaction& tx, std::string_view host);  ///< infra.not_marked
Result<std::vector<CriticalHost>> critical_hosts(store::Transaction& tx);
/// The marked host that a host of telemetry is or lies in; the narrowest range wins.
Result<std::optional<CriticalHost>> critical_host(store::Transaction& tx, std::string_view host);

/// Severity 0..5 with the row of the scale that was met: what would follow, not what has happened. A hit is a sign.
struct Severity {
  int level = 0;
  std::string row;  ///< message id: "severity.scope.single_entity"
};

/// What a confirmed sign of an attack on this host means at least, by the rows of the humanitarian impact scale
/// (version 1 of the thresholds). The highest row met decides.
Severity assess(const CriticalHost& host);

/// Sector codes and protected categories that are known.
std::span<const std::string_view> sectors();
std::span<const std::string_view> protected_codes();
bool is_sector(std::string_view code);
bool is_protected_code(std::string_view code);

}  // namespace tocsin::infra
