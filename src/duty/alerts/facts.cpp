#include "duty/alerts/alerts.h"

namespace tocsin::alerts {
namespace {

constexpr std::size_t kMaxList = 200;

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "alerts.malformed", {std::string(field)});
}

Result<std::vector<std::string>> read_list(const json::Value& body, std::string_view field) {
  std::vector<std::string> out;
  const json::Value* list = body.find(field);
  if (!list || !list->array() || list->array()->size() > kMaxList) return bad(field);
  for (const auto& entry : *list->array()) {
    if (!entry.string() || entry.string()->size() > 2048) return bad(field);
    out.push_back(*entry.string());
  }
  return out;
}

bool is_word(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string_view::npos;
}

// 0 where it is left out.
Result<std::int64_t> read_count(const json::Value& body, std::string_view field) {
  const json::Value* value = body.find(field);
  if (value == nullptr) return 0;
  if (!value->integer() || *value->integer() < 0) return bad(field);
  return *value->integer();
}

}  // namespace

json::Value write_facts(const Facts& facts, int severity, std::string_view severity_row) {
  json::Object out;
  out.set("what", facts.what);
  out.set("severity", severity);
  out.set("severity_row", severity_row);
  out.set("host_name", facts.host_name);
  out.set("service", facts.service);
  out.set("sector", facts.sector);
  out.set("protected_code", facts.protected_code);
  out.set("population_served", facts.population_served);
  out.set("indicators", json::Array(facts.indicators.begin(), facts.indicators.end()));
  out.set("values", json::Array(facts.values.begin(), facts.values.end()));
  out.set("count", facts.count);
  out.set("first", base::to_rfc3339(facts.first));
  out.set("last", base::to_rfc3339(facts.last));
  out.set("note", facts.note);
  return out;
}

Result<ReadFacts> read_facts(const json::Value& body) {
  ReadFacts out;
  Facts& facts = out.facts;
  facts.what = body.text("what");
  if (facts.what.empty() || facts.what.size() > 64 || !is_word(facts.what)) return bad("what");
  const std::int64_t severity = body.integer_or("severity", -1);
  if (severity < 0 || severity > 5) return bad("severity");
  out.severity = static_cast<int>(severity);
  out.severity_row = body.text("severity_row");
  for (auto [field, target, limit] :
       {std::tuple{"host_name", &facts.host_name, 200u}, std::tuple{"service", &facts.service, 200u},
        std::tuple{"sector", &facts.sector, 32u}, std::tuple{"protected_code", &facts.protected_code, 32u},
        std::tuple{"note", &facts.note, 4096u}}) {
    *target = body.text(field);
    if (target->size() > limit) return bad(field);
  }
  // It is shown as the sentence of that name: a peer may choose among the reasons of severity, and no other sentence.
  if (out.severity_row.size() > 64 || !is_word(out.severity_row) || !out.severity_row.starts_with("severity."))
    return bad("severity_row");
  facts.population_served = TRY(read_count(body, "population_served"));
  facts.indicators = TRY(read_list(body, "indicators"));
  facts.values = TRY(read_list(body, "values"));
  facts.count = TRY(read_count(body, "count"));
  const auto first = base::from_rfc3339(body.text("first")), last = base::from_rfc3339(body.text("last"));
  if (!first || !last) return bad("first");
  facts.first = *first;
  facts.last = *last;
  return out;
}

}  // namespace tocsin::alerts
