// Calls of one person or program, and what they answer.
#pragma once

#include "core/exchange/archive.h"
#include "core/trust/labels.h"
#include "doors/api/api_fixture.h"
#include "duty/alerts/alerts.h"

namespace tocsin::api::testing {

class Calls : public ::testing::Test {
 protected:
  net::Response post(const std::string& path, const json::Object& body, std::string_view who = kEveryRole) {
    return world_.ask({"POST", path, world_.as(who), json::write(json::Value(body))});
  }
  json::Value get(const std::string& path) {
    const auto response = world_.ask({"GET", path, world_.as(kEveryRole)});
    EXPECT_EQ(error_id(response), "") << response.body;
    return json::parse(response.body).value_or(json::Value());
  }
  net::Response unmark(const std::string& host) {
    World::Ask ask{"DELETE", "/api/hosts", world_.as(kEveryRole)};
    if (!host.empty()) ask.query = {{"host", host}};
    return world_.ask(ask);
  }

  net::Response log_in(std::string_view name, std::string_view password) {
    return world_.ask(
        {"POST",
         "/api/session",
         {},
         json::write(json::Value(json::Object{{"name", std::string(name)}, {"password", std::string(password)}}))});
  }

  /// An alert of our own, unacknowledged.
  alerts::AlertId raised(const std::string& indicator, const std::string& value, const std::string& host = "10.0.0.5") {
    const auto id = world_.db().write_value([&](store::Transaction& tx) -> Result<alerts::AlertId> {
      trust::Label label;
      label.voucher = world_.context().self.party;
      alerts::Alert alert;
      alert.party = label.voucher;
      alert.label = TRY(trust::intern(tx, label));
      alert.host = host;
      alert.severity = 3;
      alert.severity_row = "severity.scope.single_entity";
      alert.facts.indicators = {indicator};
      alert.facts.values = {value};
      alert.facts.first = alert.facts.last = world_.context().now();
      return TRY(alerts::raise(tx, alert, world_.context().now())).id;
    });
    EXPECT_TRUE(id) << base::describe(id.error());
    return id.value_or(0);
  }

  /// A statement of our own, for nobody else.
  Digest said(stix::Tlp tlp, const std::set<trust::Person>& readers = {}) {
    exchange::Statement statement;
    statement.kind = "ping";
    statement.handling.tlp = tlp;
    statement.body = json::Object{};
    const auto made = world_.db().write_value([&](store::Transaction& tx) {
      return exchange::issue(tx, world_.context().self, statement, readers, world_.context().now());
    });
    CHECK(made);
    return made->digest();
  }

  static constexpr std::string_view kLinhsPassword = "a bell that one village rings";
  World world_;
};

}  // namespace tocsin::api::testing
