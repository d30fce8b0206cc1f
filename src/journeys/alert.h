// What is said of an alert: by us, once and again as it grows; of another's alert, passed on whole; and that a person
// has acknowledged it. docs/protocol.md section 5.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/exchange/delivery.h"
#include "duty/alerts/alerts.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

/// Under which agreement, to whom of it, by which person's hand (empty: by itself).
struct AlertTo {
  const trust::StoredAgreement& agreement;
  const std::vector<trust::PartyId>& receivers;
  std::string by = {};
};
/// An alert of ours. `previous`: the last word of the thread that it goes on. In the caller's transaction, as is all
/// that takes one here.
Result<Digest> say_alert(store::Transaction& tx, const Context& context, const alerts::Alert& alert, const AlertTo& to,
                         const exchange::Handling& handling, const std::set<trust::Person>& readers,
                         const std::optional<alerts::Version>& previous = std::nullopt);
/// What we said of it last under this agreement, with the same handling to the same readers.
Result<std::optional<alerts::Version>> said_before(store::Transaction& tx, const Context& context,
                                                   alerts::AlertId alert, const trust::AgreementId& agreement,
                                                   const exchange::Handling& handling,
                                                   const std::set<trust::Person>& readers);
/// The first word of an author begins a thread that bears its id.
alerts::Version version_of(const exchange::VerifiedStatement& statement, int severity);
/// An alert of others, as they said it.
Result<void> pass_alert_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                           const AlertTo& to, const exchange::Archived& statement);

/// An alert of ours has become more than we have said of it. Whoever was told hears of it: at once where it is more
/// severe, else five minutes after we last said something of it, with everything that has come until then. Whom a label
/// that has become stricter excludes hears nothing; that stands in the alert's history.
Result<void> tell_growth(store::Transaction& tx, const Context& context, const alerts::Raised& raised);
/// What has become due of that.
Result<void> tell_growth_due(const Context& context);

/// All that we have said of an alert of ours is said anew, as it is now, whether it has grown or not.
Result<void> say_alert_again(store::Transaction& tx, const Context& context, alerts::AlertId alert);

/// A newer version of an alert that we have passed on goes the same ways: at once where it is worse than all before or
/// where what went there was taken back, else within five minutes, with whatever has come until then.
Result<void> pass_update_on(store::Transaction& tx, const Context& context, const alerts::Alert& alert,
                            const alerts::Received& received);

/// The author took back what it had said of an alert (alerts::take_back).
Result<void> take_alert_back(store::Transaction& tx, const Context& context, const Digest& statement, bool erase);

/// A person acknowledges; everybody who gave us the alert hears of it.
Result<void> acknowledge_alert(const Context& context, std::int64_t alert, const Doer& by,
                               const std::string& display_name, const std::string& note);
/// Somebody gives us something of an alert that has been acknowledged here, as it came from another: that goes there,
/// too.
Result<void> answer_again(store::Transaction& tx, const Context& context, const std::set<Digest>& given,
                          const trust::PartyId& giver);

}  // namespace tocsin::journeys
