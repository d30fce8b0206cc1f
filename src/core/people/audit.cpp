#include <algorithm>
#include <limits>

#include "core/people/people.h"
#include "core/people/text_rules.h"

namespace tocsin::people {
namespace {

constexpr std::size_t kMaxField = 200;  // bytes
constexpr int kMaxPage = 1000;

}  // namespace

Result<void> audit(store::Transaction& tx, const AuditEntry& entry) {
  const auto field = [](std::string_view text) { return plain_excerpt(text, kMaxField); };
  TRY_VOID(tx.run("INSERT INTO people_audit (happened, who, via, action, target, outcome) VALUES (?, ?, ?, ?, ?, ?)",
                  entry.time, field(entry.who), field(entry.via), field(entry.action), field(entry.target),
                  field(entry.outcome)));
  return {};
}

Result<std::vector<AuditEntry>> audit_trail(store::Transaction& tx, std::int64_t before, int limit) {
  std::vector<AuditEntry> out;
  const std::int64_t below = before > 0 ? before : std::numeric_limits<std::int64_t>::max();
  TRY_VOID(tx.each(
      "SELECT entry, happened, who, via, action, target, outcome FROM people_audit WHERE entry < ? "
      "ORDER BY entry DESC LIMIT ?",
      [&](const store::Row& row) {
        AuditEntry& entry = out.emplace_back();
        entry.row = row.integer(0);
        entry.time = row.time(1);
        entry.who = row.text(2);
        entry.via = row.text(3);
        entry.action = row.text(4);
        entry.target = row.text(5);
        entry.outcome = row.text(6);
      },
      below, std::clamp(limit, 1, kMaxPage)));
  return out;
}

}  // namespace tocsin::people
