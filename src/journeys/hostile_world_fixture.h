// A node with all rooms, a clock that stands still, and a verified peer that keeps no rules. For fuzz targets of
// journeys and of the doors above them.
#pragma once

#include <memory>

#include "core/exchange/hostile_fixture.h"
#include "core/exchange/retractions.h"
#include "core/find/search.h"
#include "core/infra/critical.h"
#include "core/intel/repository.h"
#include "core/people/people.h"
#include "core/relate/postings.h"
#include "core/watch/hits.h"
#include "duty/alerts/alerts.h"
#include "ground/base/log.h"
#include "journeys/receive.h"

namespace tocsin::journeys::testing {

using exchange::testing::Draft;
using exchange::testing::HostilePeer;
using exchange::testing::must;
using exchange::testing::Node;
using trust::testing::party_of;

inline constexpr std::string_view kIndicator =
    R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
    R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern":"[ipv4-addr:value = '198.51.100.7']",)"
    R"("pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","name":"C2"})";

inline trust::Agreement agreement() {
  return trust::testing::agreement_between({party_of(10), party_of(30), party_of(50)});
}

inline json::Value alert_body() {
  alerts::Facts facts;
  facts.what = "hit";
  facts.host_name = "Patient records";
  facts.indicators = {"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"};
  facts.values = {"198.51.100.7"};
  facts.count = 3;
  facts.first = facts.last = trust::testing::kNow;
  return alerts::write_facts(facts, 4, "severity.scope.single_entity");
}

/// What a peer may say; `ours` and `theirs`: statements that the node holds, to reply to and to retract.
inline std::vector<Draft> drafts(const Digest& ours, const Digest& theirs) {
  trust::Agreement next = agreement();
  next.version = 2;
  std::vector<trust::Approval> approvals;
  for (const auto& [name, number] : {std::pair{"an", 15}, std::pair{"linh", 16}}) {
    const auto key = trust::testing::key_of(static_cast<std::uint8_t>(number));
    approvals.push_back({name, key.public_key(), key.sign(trust::approval_message(trust::agreement_digest(next)))});
  }
  const exchange::Retraction retraction{
      {theirs, crypto::sha256("unseen")}, {}, exchange::RetractReason::PersonalData, "n"};
  const json::Object sighting{{"indicator", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"},
                              {"count", 2},
                              {"first", base::to_rfc3339(trust::testing::kNow)},
                              {"last", base::to_rfc3339(trust::testing::kNow)}};
  return {{"alert", alert_body()},
          {"intel", json::Object{}, {std::string(kIndicator)}},
          {"sighting", json::Object{{"sightings", json::Array{sighting}}}},
          {"ack", json::Object{{"of", "alert"}, {"by", "an"}}, {}, ours},
          {"ack",
           json::Object{{"of", "retract"}, {"applied", true}, {"onward_holders", 2}, {"onward_confirmed", 1}},
           {},
           theirs},
          {"retract", exchange::write_retraction(retraction), {}, theirs},
          {"agreement",
           json::Object{{"document", trust::write_agreement(next)}, {"approvals", trust::write_approvals(approvals)}}},
          {"withdraw", json::Object{{"agreement", next.id}}}};
}

struct World {
  base::ManualClock clock{trust::testing::kNow};
  Node node{30};
  std::unique_ptr<HostilePeer> sender, author;
  Digest waiting;  // envelope that the sender has not answered yet

  World() {
    base::set_log_level(base::LogLevel::Error);
    const store::Migrations rooms[] = {people::kMigrations, intel::kMigrations, relate::kMigrations, find::kMigrations,
                                       infra::kMigrations,  watch::kMigrations, alerts::kMigrations};
    must(node.db().migrate(rooms));
    HostilePeer before(10, agreement(),
                       {{"alert", alert_body()}, {"intel", json::Object{}, {std::string(kIndicator)}}});
    before.befriend(node);
    Statement s = node.draft(agreement(), "alert");
    s.body = alert_body();
    const Digest ours = node.say(s);
    const std::uint8_t said[] = {0, 1, 0, 0, 0, 0, 0, 1, 0, 0};
    test_support::FuzzInput input(said, sizeof said);
    const std::string records = before.delivery(node.id(), before, input);
    Context context = context_of(node.db());
    CHECK(receive(context, before.id(), records));
    Digest theirs;
    for (const auto& record : must(exchange::read_records(records)))
      if (record.type == exchange::RecordType::Statement) theirs = record.object.digest();
    CHECK(node.get([&](store::Transaction& tx) { return exchange::archived(tx, theirs); }).digest == theirs);
    waiting = node.get([&](store::Transaction& tx) -> Result<Digest> {
      return *TRY(exchange::next_delivery(tx, node.self, TRY(trust::party(tx, before.id())), node.now))->envelope;
    });
    node.write([&](store::Transaction& tx) -> Result<void> {  // as if it were a retraction that others have to confirm
      TRY_VOID(exchange::keep_retraction(tx, theirs, {{ours}, {}, exchange::RetractReason::Wrong, ""}, before.id(),
                                         node.now));
      return exchange::expect_confirmation(tx, theirs, before.id());
    });
    sender = std::make_unique<HostilePeer>(10, agreement(), drafts(ours, theirs));
    author = std::make_unique<HostilePeer>(50, agreement(), drafts(ours, theirs));
  }

  Context context_of(store::Database& db) { return {&db, &clock, node.self}; }

 private:
  using Statement = exchange::Statement;
};

}  // namespace tocsin::journeys::testing
