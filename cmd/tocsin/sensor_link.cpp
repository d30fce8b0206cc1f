#include "cmd/tocsin/sensor_link.h"

#include "cmd/tocsin/output.h"
#include "ground/base/log.h"

namespace tocsin::cmd {
namespace {

/// A refusal because of the batch itself; anything else may be different tomorrow.
bool is_final(const net::ClientResponse& answer, const Error& error) {
  return answer.status == 413 || (answer.status == 400 && error.id.starts_with("hits."));
}

bool is_not_trusted(const Error& error) {
  return error.id == "net.untrusted_certificate" || error.id == "cli.untrusted_certificate" ||
         error.id == "net.wrong_name";
}

}  // namespace

Result<Client*> SensorLink::client() {
  if (!client_) client_.emplace(TRY(options_.remote ? Client::open(*options_.remote) : Client::open(options_.common)));
  return &*client_;
}

Result<net::ClientResponse> SensorLink::ask(const Call& call) {
  auto answer = TRY(client())->send(call);
  if (answer) {
    was_trusted_ = true;
  } else {
    client_.reset();
    if (was_trusted_ && is_not_trusted(answer.error()))
      return fail(ErrorCode::Unavailable, "cli.node_replaced", {answer.error().args.at(0)},
                  base::describe(answer.error()));
  }
  return answer;
}

// A folder that this process opened itself is not held while logs are read: `serve` may want to start.
void SensorLink::let_go() {
  if (client_ && !client_->serving()) client_.reset();
}

Result<bool> SensorLink::refresh() {
  if (!set_)
    if (auto kept = spool_.load_set())
      if (auto opened = watch::Set::open(std::move(*kept))) set_.emplace(std::move(*opened));
  Call call{"GET", "/api/set"};
  if (set_) call.headers = {{"if-none-match", "\"" + std::string(set_->id()) + "\""}};
  const auto answer = ask(call);
  let_go();
  if (!answer) {
    // Only for a node that is away: what is wrong with the command or the node does not pass by waiting.
    if (!set_ || exit_code(answer.error()) != kUnreachable) return tl::unexpected(answer.error());
    if (said_away_ != answer.error().id)
      base::log_warning("the set could not be fetched, the last one serves: {}", base::describe(answer.error()));
    said_away_ = answer.error().id;
    return false;
  }
  said_away_.clear();
  if (answer->status == 304) return false;
  if (answer->status != 200) return tl::unexpected(error_in(*answer));
  Bytes bytes = base::to_bytes(answer->body);
  watch::Set fresh = TRY(watch::Set::open(bytes));
  TRY_VOID(spool_.save_set(bytes));
  set_.emplace(std::move(fresh));
  return true;
}

Result<void> SensorLink::send(Totals& totals) {
  for (;;) {
    const std::vector<Batch> batches = TRY(spool_.waiting());
    if (batches.empty()) break;
    for (const Batch& batch : batches) {
      const auto answer = ask({"POST", "/api/hits", {}, json::write(batch.body)});
      if (!answer) return tl::unexpected(answer.error());
      if (answer->status >= 400) {
        const Error error = error_in(*answer);
        if (!is_final(*answer, error)) {
          let_go();
          return tl::unexpected(error);
        }
        base::log_error("batch {} was refused and set aside: {}", batch.body.text("batch"), base::describe(error));
        ++totals.refused;
        TRY_VOID(spool_.set_aside(batch));
        continue;
      }
      const auto outcome = json::parse(answer->body);
      const std::size_t told = list_of(batch.body, "hits").size();
      totals.reported += told;
      if (outcome) {
        for (const auto& [name, into] :
             {std::pair{"stored", &totals.accepted}, std::pair{"retracted", &totals.retracted},
              std::pair{"unknown", &totals.unknown}})
          *into += static_cast<std::uint64_t>(outcome->integer_or(name, 0));
        if (outcome->boolean_or("repeated", false)) totals.repeated += told;
        for (const json::Value& alert : list_of(*outcome, "alerts")) {
          const std::string id = alert.string() != nullptr    ? *alert.string()
                                 : alert.integer() != nullptr ? std::to_string(*alert.integer())
                                                              : "";
          if (!id.empty() && std::find(totals.alerts.begin(), totals.alerts.end(), id) == totals.alerts.end())
            totals.alerts.push_back(id);
        }
      }
      TRY_VOID(spool_.done(batch));
    }
  }
  let_go();
  return {};
}

}  // namespace tocsin::cmd
