// What the tests of sending and receiving share: three parties under one agreement.
#pragma once

#include <gmock/gmock.h>

#include "core/exchange/exchange_fixture.h"

namespace tocsin::exchange::testing {

inline std::string problem(const tl::expected<Incoming, Refusal>& result) {
  return result ? "" : result.error().error.id;
}

// Three parties under one agreement; An and Binh know each other, Binh and Chi too.
class Deliveries : public ::testing::Test {
 protected:
  Deliveries() {
    agreement_ = trust::testing::agreement_between({a_.id(), b_.id(), c_.id()});
    agreement_.terms.tlp = stix::Tlp::Amber;
    agreement_.terms.onward = trust::Onward::Free;
    for (Node* node : {&a_, &b_, &c_}) node->agree(agreement_);
    introduce(a_, b_);
    introduce(b_, c_);
  }
  static void introduce(Node& x, Node& y) {
    x.meet(y);
    y.meet(x);
  }
  Statement draft(std::string_view kind = "message") const { return a_.draft(agreement_, kind); }
  std::string lawless(std::vector<VerifiedStatement> statements, std::vector<std::string> readers = {}) {
    return deliver_lawlessly(a_, b_, {std::move(statements), {"", agreement_.id}, 0, {}, std::move(readers)});
  }
  VerifiedStatement signed_by_a(const Statement& statement) { return sign_statement(a_.keys(), statement); }

  Node a_{10}, b_{30}, c_{50};
  trust::Agreement agreement_;
};

}  // namespace tocsin::exchange::testing
