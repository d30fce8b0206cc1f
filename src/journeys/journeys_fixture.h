// Three parties in one process, each with its own keys and its own SQLite file, joined by handing over the records that
// would travel. Founding costs Argon2id, so it is done once; every test works on copies of those files.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/trust/root_file.h"
#include "duty/alerts/alerts.h"
#include "journeys/agree.h"
#include "journeys/alert.h"
#include "journeys/found.h"
#include "journeys/hit.h"
#include "journeys/import.h"
#include "journeys/mark.h"
#include "journeys/publish.h"
#include "journeys/receive.h"
#include "journeys/reopen.h"
#include "journeys/retract.h"
#include "journeys/sync.h"
#include "tests/support/content.h"
#include "tests/support/folder.h"
#include "tests/support/forwarding_database.h"

namespace tocsin::journeys::testing {

inline constexpr Time kStart{1'795'230'840'000'000};  // 2026-11-21T03:14:00Z
inline constexpr std::string_view kPassword = "a bell that one village rings";
inline const Doer kAnalyst{"analyst", "session"};
inline const Doer kDuty{"duty", "session"};

/// The value, or a failed test and the end of the program: what a test prepares must work.
template <typename T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << base::describe(result.error());
  CHECK(result);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

using test_support::Content;
using test_support::difference;

/// Lets a database's writing fail at the n-th statement, and at every one after it, until heal().
class FailingDatabase final : public test_support::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  void fail_at(std::int64_t statement) {
    left_ = statement;
    failed_ = false;
  }
  void heal() { fail_at(0); }
  /// Since fail_at().
  bool failed() const { return failed_; }

  Result<void> write(const std::function<Result<void>(store::Transaction&)>& function) override;

 private:
  friend class FailingTransaction;
  std::int64_t left_ = 0;  // statements until the failing one; 0: none fails
  bool failed_ = false;
};

class Node {
 public:
  Node(std::shared_ptr<const trust::OwnKeys> keys, trust::PartyId id, std::string file, const Clock& clock);

  const trust::PartyId& id() const { return context_.self.party; }
  const Context& context() const { return context_; }
  store::Database& db() { return *real_; }
  FailingDatabase& faults() { return *failing_; }
  /// Hears what open pages would be told to reload.
  void listen(std::function<void(std::string_view)> to) { context_.changed = std::move(to); }
  /// As after a crash: everything that was not in the file is gone.
  void restart();
  /// Between the two the file is open nowhere; with `vfs` it then lies on that layer of SQLite.
  void stop();
  void start(const std::string& vfs = {});
  /// Its keys from now on; they live longer than it.
  void use(trust::KeyRing& ring) {
    context_.self.keys = &ring;
    context_.ring = &ring;
  }
  Content content() { return test_support::content_of(*real_); }

  template <typename Function>
  auto get(Function&& function) {
    return must(real_->write_value(std::forward<Function>(function)));
  }
  void sql(const std::string& text);
  std::int64_t count(const std::string& sql);

  /// One indicator a value, as an analyst imports a list; the items' ids.
  std::vector<intel::ItemId> import(const std::vector<std::string>& values, stix::Tlp tlp = stix::Tlp::Green,
                                    const std::string& source = "list.txt");
  Result<PublishPlan> publish(const std::vector<intel::ItemId>& items, const trust::AgreementId& agreement = {});
  Result<std::optional<Digest>> retract(intel::ItemId item,
                                        exchange::RetractReason reason = exchange::RetractReason::Wrong);
  /// What a sensor would now match.
  std::vector<std::string> matches();
  /// Items here with this value; retracted ones too.
  std::vector<intel::Item> items_of(const std::string& value);
  intel::Item item_of(const std::string& value) { return items_of(value).at(0); }
  /// A sensor saw the value at this host so many times.
  Result<HitOutcome> see(const std::string& value, const std::string& host, std::int64_t count = 1,
                         std::vector<std::string> others = {});
  Marked mark_critical(const std::string& host);
  std::vector<alerts::Alert> all_alerts();
  /// Its first alert, under this agreement, as an analyst shares it.
  PublishPlan share_alert(const trust::AgreementId& agreement);
  /// "out receipted intel", "in received alert" ... of all that went to and came from this peer, oldest first.
  std::vector<std::string> ledger(const Node& peer);
  void set_state(const Node& peer, trust::PeerState state);

 private:
  std::shared_ptr<const trust::OwnKeys> keys_;
  const std::string file_;
  std::unique_ptr<store::Database> real_;
  std::unique_ptr<FailingDatabase> failing_;
  Context context_;
};

/// An (a national CERT) and Binh (a neighbour's) have an agreement, Binh and Chi (a hospital) another; An and Chi have
/// never met.
class Three : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  Three();

  enum class Handed { Nothing, Taken, Refused };
  /// What `from` has for `to`, taken there, the receipt (or the refusal) handed back.
  Handed hand_over(Node& from, Node& to);
  /// Until nobody has anything for anybody.
  bool settle();
  /// Chi again, made of a backup from before anything was said here; the one of before must not be used any more.
  Node restored_chi() { return restored(2); }
  Node restored_binh() { return restored(1); }
  /// Of a backup of Binh's own.
  Node restored_binh(const std::string& backup) { return restored(1, backup); }
  /// Of any backup; by default from before anything was said here.
  Node restored(int number, const std::string& backup = {});
  std::string back_up(Node& node);
  static crypto::SigningKey root_of_chi() { return root_of(2); }
  static crypto::SigningKey root_of_binh() { return root_of(1); }
  static trust::NextRoot next_root_of_chi();
  static const trust::OwnKeys& founding_keys_of_chi();
  /// Whatever it says, signed, logged and queued like anything lawful.
  Digest say(Node& from, exchange::Statement statement, const trust::AgreementId& agreement, const Node& to);
  /// What would travel next; "" for nothing.
  std::string records(Node& from, const Node& to);
  /// Hands over once and expects this refusal, with nothing changed at the receiver.
  void expect_refused(Node& from, Node& to, std::string_view id);
  void expect_refused_records(Node& from, Node& to, const std::string& records, std::string_view id);

  /// Each takes the other's invitation and reads its number aloud.
  static void meet(Node& x, Node& y);
  /// `proposer` proposes, two persons of each side sign (one where one is enough).
  static trust::AgreementId agree(Node& proposer, Node& other, const trust::Terms& terms);
  static trust::Terms terms(std::string_view title);
  /// A signatory approves what stands there.
  static Result<trust::StoredAgreement> approve(Node& node, const trust::AgreementId& id, const std::string& person,
                                                std::string_view password = kPassword, std::string_view code = {});

  /// Its party withdraws.
  static Result<trust::StoredAgreement> leave(Node& node, const trust::AgreementId& id, const std::string& person,
                                              std::string_view password = kPassword);

  test_support::TemporaryFolder folder_;
  base::ManualClock clock_{kStart};
  Node an_, binh_, chi_;
  trust::AgreementId with_an_, with_chi_;  ///< of Binh's
  std::string last_refusal_;

 private:
  static crypto::SigningKey root_of(int number);
  Node copy(int number);
};

}  // namespace tocsin::journeys::testing
