// Something goes out: chosen items or an alert -> who may receive what, and why not -> statements, signed and queued.
// Preview and publish are one plan: what the preview shows is what publishing does.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/exchange/delivery.h"
#include "core/intel/repository.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct PublishRequest {
  std::vector<intel::ItemId> items;
  std::int64_t import_id = 0;  ///< all of an import, besides
  std::optional<std::int64_t> alert;
  trust::AgreementId agreement;         ///< only this one; empty: all in force
  std::optional<stix::Tlp> tlp;         ///< at least this restricted
  std::optional<trust::Onward> onward;  ///< at most this wide
  std::set<trust::Person> readers;      ///< of TLP:RED: persons of peers; of ours those that its label names, and `by`
  Doer by;                              ///< its scope is the limit of what it can publish
};

struct RefusedCount {
  std::int64_t count = 0;
  std::string reason;  ///< message id
  std::vector<std::string> args;
  std::string example;  ///< name of one of them
};
/// A person of a recipient for whom TLP:RED is meant.
struct NamedReader {
  std::string account;
  std::string display_name;  ///< where the recipient's descriptor says it
};
struct PlannedRecipient {
  trust::PartyId party;
  trust::AgreementId agreement_id;
  trust::Names agreement_title;
  std::uint64_t agreement_version = 0;
  std::int64_t permitted = 0;         ///< objects that go there, with those that come along
  std::int64_t along = 0;             ///< of these: not chosen, but in a statement of others that goes on whole
  std::vector<RefusedCount> refused;  ///< of what was chosen
  std::vector<NamedReader> readers;   ///< of what of this is TLP:RED
};
struct NotARecipient {
  trust::PartyId party;
  std::string reason;
  std::vector<std::string> args;
};
struct PublishedStatement {
  Digest digest;
  trust::AgreementId agreement;
  std::string kind;
  std::int64_t objects = 0;
  bool onward = false;
};
struct PublishPlan {
  std::int64_t objects = 0, bytes = 0;  ///< of what was chosen
  std::vector<PlannedRecipient> recipients;
  std::vector<NotARecipient> not_recipients;
  std::vector<PublishedStatement> statements;  ///< empty in a preview
  /// Some of what is ours goes out under onward with_consent, and no node can ask for consent or give it yet.
  bool nobody_may_pass_on = false;
};

/// publish.too_many_readers, publish.reader_of_no_peer {person}; intel.not_found {item}, intel.no_import {import},
/// agreement.unknown {agreement}.
Result<PublishPlan> preview(const Context& context, const PublishRequest& request);
/// The same in the caller's transaction; things that are named and not there are left out.
Result<PublishPlan> preview_within(store::Transaction& tx, const Context& context, const PublishRequest& request);
/// The same errors; publish.nothing where nobody may receive anything of it; publish.goes_on (pieces.h): many objects
/// are said in pieces.
Result<PublishPlan> publish(const Context& context, const PublishRequest& request);
/// The same in the caller's transaction, however much it is, and without an entry in the audit trail.
Result<PublishPlan> publish_within(store::Transaction& tx, const Context& context, const PublishRequest& request);

/// An alert of ours to everybody whose agreement says that alerts go by themselves; in the caller's transaction.
Result<std::int64_t> share_alert_automatically(store::Transaction& tx, const Context& context, std::int64_t alert);

}  // namespace tocsin::journeys
