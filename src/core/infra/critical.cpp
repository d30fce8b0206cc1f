#include "core/infra/critical.h"

#include <algorithm>

#include "formats/observable/observable.h"

namespace tocsin::infra {
namespace {

constexpr std::string_view kColumns =
    "host, name, service, sector, protected_code, population, workaround, marked_by, marked_at";

CriticalHost from_row(const store::Row& row) {
  CriticalHost out;
  out.host = row.text(0);
  out.name = row.text(1);
  out.service = row.text(2);
  out.sector = row.text(3);
  out.protected_code = row.text(4);
  out.population_served = row.integer(5);
  out.workaround = workaround_from_name(row.text(6)).value_or(Workaround::None);
  out.marked_by = row.text(7);
  out.marked_at = row.time(8);
  return out;
}

std::string listed(std::span<const std::string_view> codes) {
  std::string out;
  for (const std::string_view code : codes) out.append(out.empty() ? "" : ", ").append(code);
  return out;
}

// An address, a range, or a name with or without dots. What looks like an address and is none (10.0.0.256) is no name.
std::optional<std::string> normal_host(std::string_view text) {
  if (const auto ip = observable::parse_ip_or_range(text)) return ip->text;
  return observable::normalise(observable::Kind::Domain, text);
}

// What a host may be marked as, narrowest first: itself, and every range around it. Normal forms make it a look-up of
// texts.
std::vector<std::string> itself_and_ranges(const std::string& normal) {
  std::vector<std::string> out{normal};
  const auto address = observable::parse_ip_or_range(normal);
  if (!address || (address->kind != observable::Kind::Ipv4 && address->kind != observable::Kind::Ipv6)) return out;
  for (int bits = address->kind == observable::Kind::Ipv4 ? 32 : 128; bits >= 0; --bits)
    if (const auto range = observable::parse_ip_or_range(normal + "/" + std::to_string(bits)))
      out.push_back(range->text);
  return out;
}

}  // namespace

const store::Migrations kMigrations{"infra", {R"(
CREATE TABLE critical_hosts (
  host TEXT PRIMARY KEY, name TEXT NOT NULL, service TEXT NOT NULL, sector TEXT NOT NULL, protected_code TEXT NOT NULL,
  population INTEGER NOT NULL, workaround TEXT NOT NULL, marked_by TEXT NOT NULL, marked_at INTEGER NOT NULL);
)"}};

std::string_view name(Workaround workaround) {
  switch (workaround) {
    case Workaround::None:
      return "none";
    case Workaround::Manual:
      return "manual";
    case Workaround::Partial:
      return "partial";
    case Workaround::Full:
      return "full";
  }
  return "";
}

std::optional<Workaround> workaround_from_name(std::string_view text) {
  for (Workaround w : {Workaround::None, Workaround::Manual, Workaround::Partial, Workaround::Full})
    if (name(w) == text) return w;
  return std::nullopt;
}

Result<CriticalHost> mark(store::Transaction& tx, CriticalHost host) {
  const auto normal = normal_host(host.host);
  if (!normal) return fail(ErrorCode::Malformed, "infra.bad_host", {host.host.substr(0, 100)});
  if (!is_sector(host.sector))
    return fail(ErrorCode::Malformed, "infra.bad_sector", {host.sector.substr(0, 32), listed(sectors())});
  if (!host.protected_code.empty() && !is_protected_code(host.protected_code))
    return fail(ErrorCode::Malformed, "infra.bad_protected_code",
                {host.protected_code.substr(0, 32), listed(protected_codes())});
  if (host.name.empty() || host.name.size() > 200 || host.service.size() > 200 || host.population_served < 0)
    return fail(ErrorCode::Malformed, "infra.bad_name");
  host.host = *normal;
  TRY(
      tx.run("INSERT INTO critical_hosts (host, name, service, sector, protected_code, population, workaround, "
             "marked_by, marked_at) VALUES "
             "(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET name = excluded.name, service = "
             "excluded.service, sector = "
             "excluded.sector, protected_code = excluded.protected_code, population = excluded.population, workaround "
             "= excluded.workaround, "
             "marked_by = excluded.marked_by, marked_at = excluded.marked_at",
             host.host, host.name, host.service, host.sector, host.protected_code, host.population_served,
             name(host.workaround), host.marked_by, host.marked_at));
  return host;
}

Result<void> unmark(store::Transaction& tx, std::string_view host) {
  const auto normal = normal_host(host);
  if (!normal || TRY(tx.run("DELETE FROM critical_hosts WHERE host = ?", *normal)) == 0)
    return fail(ErrorCode::NotFound, "infra.not_marked", {std::string(host.substr(0, 100))});
  return {};
}

Result<std::vector<CriticalHost>> critical_hosts(store::Transaction& tx) {
  std::vector<CriticalHost> out;
  TRY_VOID(tx.each("SELECT " + std::string(kColumns) + " FROM critical_hosts ORDER BY host",
                   [&](const store::Row& row) { out.push_back(from_row(row)); }));
  return out;
}

Result<std::optional<CriticalHost>> critical_host(store::Transaction& tx, std::string_view host) {
  const auto normal = normal_host(host);
  if (!normal) return std::optional<CriticalHost>{};
  const std::vector<std::string> names = itself_and_ranges(*normal);
  std::string sql = "SELECT " + std::string(kColumns) + " FROM critical_hosts WHERE host IN (?";
  std::vector<store::Cell> cells{store::cell(names.front())};
  for (std::size_t i = 1; i < names.size(); ++i) {
    sql += ", ?";
    cells.push_back(store::cell(names[i]));
  }
  std::optional<CriticalHost> best;
  std::ptrdiff_t best_place = 0;
  TRY_VOID(tx.query(sql + ")", cells, [&](const store::Row& row) {
    const auto place = std::find(names.begin(), names.end(), row.text(0)) - names.begin();
    if (best && best_place < place) return true;
    best = from_row(row);
    best_place = place;
    return true;
  }));
  return best;
}

}  // namespace tocsin::infra
