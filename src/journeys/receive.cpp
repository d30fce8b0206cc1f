#include "journeys/receive.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/exchange/recover.h"
#include "ground/base/log.h"
#include "ground/store/attempt.h"
#include "journeys/admit.h"
#include "journeys/agree.h"
#include "journeys/alert.h"
#include "journeys/hit.h"
#include "journeys/introduce.h"
#include "journeys/retract.h"

namespace tocsin::journeys {
namespace {

constexpr Duration kReplyWithin = base::hours(1);  // where neither an agreement at hand nor the author says it
constexpr std::size_t kMaxAcknowledgedBy = 200, kMaxIndicatorId = 300;

// Applying a kind. What cannot be understood is kept in the archive and logged, and never refuses the delivery: its
// author said it, and the receipt must say that it arrived.
class Applier {
 public:
  Applier(store::Transaction& tx, const Context& context, const trust::Party& sender)
      : tx_(tx), context_(context), sender_(sender) {}

  Result<void> apply(const exchange::IncomingStatement& in) {
    return in.basis == exchange::Basis::Returned ? apply_returned(in) : apply_kind(in);
  }

  // Whole or not at all: where it cannot be applied, what it did until then is undone, and the others go on.
  Result<void> apply_or_pass_over(const exchange::IncomingStatement& in) {
    const Result<void> outcome = TRY(store::attempt(tx_, [&] { return apply(in); }));
    if (outcome || refuses_delivery(outcome.error())) return outcome;
    base::log_warning("statement {} of kind {} from {} not applied: {}", in.statement.digest().hex(),
                      in.statement->kind, sender_.id.text(), base::describe(outcome.error()));
    return {};
  }

  static bool refuses_delivery(const Error& error) {
    // A proposal that nobody here will see goes back, and a departure that is not kept: whoever said it has to know.
    return error.code == ErrorCode::Internal || error.code == ErrorCode::Corrupt ||
           error.code == ErrorCode::Unavailable || error.id == "agreement.too_many_open" ||
           error.id == "agreement.too_many_departures";
  }

 private:
  Result<void> apply_kind(const exchange::IncomingStatement& in) {
    const std::string& kind = in.statement->kind;
    if (kind == "intel") return apply_intel(in);
    if (kind == "alert") return apply_alert(in);
    if (kind == "sighting") return apply_sighting(in);
    if (kind == "ack") return apply_ack(in);
    if (kind == "retract") return take_retraction(tx_, context_, in);
    if (kind == "agreement") return take_agreement(tx_, in.statement, sender_, context_.now());
    if (kind == "withdraw") return apply_withdraw(in);
    if (kind == "recover") return exchange::give_back(tx_, context_.self, sender_.id, in.statement, context_.now());
    return {};  // kept and shown; what people do with it belongs to its own rooms
  }

  // What we had said ourselves after the backup from which we were restored: it takes effect here again, and goes to
  // those who may not have had it yet; who gave it back has it.
  Result<void> apply_returned(const exchange::IncomingStatement& in) {
    const std::string& kind = in.statement->kind;
    // These two are for everybody of their agreement; a sighting is for its giver alone, who has just shown it to us.
    if (kind == "intel" || kind == "alert")
      TRY_VOID(exchange::enqueue(tx_, in.statement, in.statement->agreement, {}, context_.now()));
    if (kind == "intel") {
      TRY_VOID(apply_intel(in));
      return retract_what_came_back(tx_, context_, in);
    }
    if (kind == "sighting") return apply_sighting(in);
    if (kind == "retract") return apply_own_retraction(tx_, context_, in);
    if (kind == "alert") return apply_own_alert(in);
    if (kind == "withdraw") {
      TRY_VOID(apply_withdraw(in));
      return tell_other_parties(in, in.statement->body.text("agreement"));
    }
    if (kind != "agreement") return {};
    TRY_VOID(take_agreement(tx_, in.statement, TRY(trust::own_party(tx_)), context_.now()));
    return tell_other_parties(in, in.statement->body.find("document")->text("id"));
  }

  Result<void> tell_other_parties(const exchange::IncomingStatement& in, const trust::AgreementId& agreement) {
    const auto stored = trust::latest_agreement(tx_, agreement);
    if (!stored && stored.error().code == ErrorCode::NotFound) return {};  // that we left it came back before it
    if (!stored) return tl::unexpected(stored.error());
    for (const trust::PartyId& party : stored->agreement.parties)
      if (party != context_.self.party && party != in.sender && stored->takes_part(party))
        TRY_VOID(exchange::enqueue(tx_, in.statement, "", party, context_.now()));
    return {};
  }

  // Facts, severity and whom it went to; which host it was never left the house and is not known any more.
  Result<void> apply_own_alert(const exchange::IncomingStatement& in) {
    alerts::Alert alert = TRY(alert_from(in));
    alert.origin = alerts::Origin::Own;
    alert.sender = context_.self.party;
    TRY(alerts::receive(tx_, alert, version_of(in.statement, alert.severity), context_.now()));
    return alerts::expect_ack(tx_, in.statement.digest(), sender_.id,
                              in.statement->reply_within.value_or(kReplyWithin));
  }

  Result<void> apply_intel(const exchange::IncomingStatement& in) {
    if (!TRY(is_withdrawn(in))) TRY_VOID(admit_objects(in));
    return apply_earlier_retractions(tx_, context_, in.statement.digest(), in.statement->author);
  }

  // Its author's retraction of the whole came before it.
  Result<bool> is_withdrawn(const exchange::IncomingStatement& in) {
    const intel::Withdrawn whole{in.statement->author, "", in.statement.digest(), in.statement->realm};
    return TRY(intel::tombstone(tx_, whole)).has_value();
  }

  Result<void> admit_objects(const exchange::IncomingStatement& in) {
    intel::Provenance provenance{in.voucher,
                                 in.statement.digest(),
                                 in.label_value.agreement,
                                 std::string(exchange::name(in.basis)),
                                 "",
                                 context_.now(),
                                 0,
                                 in.statement->author};
    std::int64_t refused = 0;
    for (const std::string& bytes : in.statement->objects) {
      const auto admitted = [&]() -> Result<intel::Put> {
        const stix::Object object = TRY(stix::read_object(bytes));
        trust::NumberedLabel label{in.label, in.label_value};
        if (narrow(label.label, object)) label.id = TRY(trust::intern(tx_, label.label));
        return admit_object(tx_, object, bytes, label, provenance, context_.now());
      }();
      if (admitted) continue;
      const ErrorCode code = admitted.error().code;
      if (code != ErrorCode::Malformed && code != ErrorCode::Conflict && code != ErrorCode::TooLarge)
        return tl::unexpected(admitted.error());
      ++refused;
    }
    if (refused > 0) base::log_warning("{} objects of statement {} are unusable", refused, in.statement.digest().hex());
    return {};
  }

  Result<alerts::Alert> alert_from(const exchange::IncomingStatement& in) {
    const alerts::ReadFacts read = TRY(alerts::read_facts(in.statement->body));
    alerts::Alert alert;
    alert.origin = alerts::Origin::Peer;
    alert.party = in.statement->author;
    alert.sender = in.sender;
    alert.severity = read.severity;
    alert.severity_row = read.severity_row;
    alert.facts = read.facts;
    alert.label = in.label;
    alert.realm = in.statement->realm;
    alert.received = context_.now();
    alert.deadline = alert.received + in.statement->reply_within.value_or(kReplyWithin);
    return alert;
  }

  Result<void> apply_alert(const exchange::IncomingStatement& in) {
    if (TRY(is_withdrawn(in)))
      return apply_earlier_retractions(tx_, context_, in.statement.digest(), in.statement->author);
    alerts::Alert alert = TRY(alert_from(in));
    // The shorter of what the agreement says and what the author asked for, from our receipt on our clock.
    const auto stored = TRY(trust::agreement(tx_, in.label_value.agreement, in.label_value.agreement_version));
    Duration within = stored.agreement.terms.acknowledge[static_cast<std::size_t>(alert.severity)];
    if (in.statement->reply_within) within = std::min(within, *in.statement->reply_within);
    alert.deadline = alert.received + within;
    const Digest digest = in.statement.digest();
    const auto taken = TRY(alerts::receive(tx_, alert, version_of(in.statement, alert.severity), context_.now()));
    const auto kept = TRY(alerts::by_statement(tx_, digest));
    if (taken.is_update) TRY_VOID(pass_update_on(tx_, context_, *kept, taken));
    if (in.sender != in.statement->author) TRY_VOID(answer_again(tx_, context_, {digest}, in.sender));
    // We had acknowledged it before our node was lost and restored: it need not be done twice.
    const auto ack = TRY(exchange::reply_of(tx_, context_.self.party, digest, "ack"));
    if (!ack || kept->state != alerts::State::Open) return {};
    return alerts::acknowledge(tx_, taken.id, ack->text("by"), ack->text("note"), context_.now());
  }

  Result<void> apply_sighting(const exchange::IncomingStatement& in) {
    const json::Value* list = in.statement->body.find("sightings");
    if (!list || !list->array() || list->array()->size() > kMaxSightings)
      return fail(ErrorCode::Malformed, "sighting.malformed");
    std::vector<intel::Sighting> sightings;  // all are read before one is kept
    for (const auto& entry : *list->array()) {
      const auto first = base::from_rfc3339(entry.text("first")), last = base::from_rfc3339(entry.text("last"));
      const std::int64_t count = entry.integer_or("count", 0);
      if (!first || !last || count < 1 || count > kMaxSightingCount || entry.text("indicator").empty() ||
          entry.text("indicator").size() > kMaxIndicatorId)
        return fail(ErrorCode::Malformed, "sighting.malformed");
      sightings.push_back(
          {entry.text("indicator"), in.statement->author, count, *first, *last, in.statement.digest(), in.label});
    }
    for (const auto& sighting : sightings) TRY_VOID(intel::add_sighting(tx_, sighting, context_.now()));
    return {};
  }

  Result<void> apply_ack(const exchange::IncomingStatement& in) {
    if (!in.statement->in_reply_to) return fail(ErrorCode::Malformed, "ack.malformed");
    const Digest target = *in.statement->in_reply_to;
    if (TRY(exchange::archived(tx_, target)).realm != in.statement->realm)
      return fail(ErrorCode::Forbidden, "statement.other_realm");
    const std::string of = in.statement->body.text("of");
    if (of == "alert") return apply_alert_ack(in, target);
    if (in.basis != exchange::Basis::Direct) return fail(ErrorCode::Malformed, "ack.malformed");
    if (of == "retract") return take_retraction_ack(tx_, context_, in);
    if (of == "recover")
      return exchange::take_recover_ack(tx_, context_.self, sender_.id, target, in.statement->body, context_.now());
    return fail(ErrorCode::Malformed, "ack.malformed");
  }

  Result<void> apply_alert_ack(const exchange::IncomingStatement& in, const Digest& target) {
    const trust::PartyId& author = in.statement->author;
    const std::string by = in.statement->body.text("by");
    if (by.size() > kMaxAcknowledgedBy) return fail(ErrorCode::Malformed, "ack.malformed");
    if (!TRY(alerts::take_ack(tx_, target, {author, sender_.id, by}, context_.now()))) return {};
    const std::string_view event =
        author == sender_.id ? "alerts.event.peer_acknowledged" : "alerts.event.onward_acknowledged";
    if (const auto alert = TRY(alerts::by_statement(tx_, target)))
      TRY_VOID(alerts::add_event(tx_, alert->id, author.text(), event, {by}, context_.now(), target));
    // Back the ways the alert came, as its signer's own word, until it is with the alert's author.
    const auto acknowledged = TRY(exchange::archived(tx_, target));
    if (acknowledged.author == context_.self.party || in.statement->handling.onward != trust::Onward::Free) return {};
    for (const trust::PartyId& giver : TRY(exchange::givers_of(tx_, target)))
      TRY_VOID(exchange::enqueue(tx_, in.statement, "", giver, context_.now()));
    return {};
  }

  Result<void> apply_withdraw(const exchange::IncomingStatement& in) {
    const std::string id = in.statement->body.text("agreement");
    if (!base::is_uuid(id)) return fail(ErrorCode::Malformed, "agreement.malformed", {"agreement"});
    return trust::withdraw(tx_, id, in.statement->author, in.statement.digest(), context_.now());
  }

  store::Transaction& tx_;
  const Context& context_;
  const trust::Party& sender_;
};

// What whoever looks on has to be shown anew.
std::string_view part_of(const exchange::IncomingStatement& in) {
  const std::string_view kind = in.statement->kind;
  if (kind == "ack") return in.statement->body.text("of") == "retract" ? "retraction" : "alert";
  if (kind == "alert") return "alert";
  if (kind == "intel" || kind == "sighting") return "intel";
  if (kind == "retract") return "retraction";
  if (kind == "agreement" || kind == "withdraw") return "agreement";
  return "peer";
}

// What we had already, from another: whoever gives it now is answered, too.
Result<void> answer_known(store::Transaction& tx, const Context& context, const std::map<Digest, std::string>& known,
                          const trust::PartyId& giver) {
  std::set<Digest> about_alerts;
  for (const auto& [digest, kind] : known) {
    if (kind == "alert") about_alerts.insert(digest);
    if (kind == "retract") TRY_VOID(confirm_again(tx, context, digest, giver));
  }
  return answer_again(tx, context, about_alerts, giver);
}

// The delivery is rolled back, but what its sender shows of itself stays: a newer descriptor, without which it may not
// be understood again; and that it showed two of one version, or was restored twice, which suspends it.
void keep_descriptor(const Context& context, const trust::PartyId& sender, std::string_view records) {
  const auto parsed = exchange::read_records(records);
  if (!parsed) return;
  const auto done = context.db->write([&](store::Transaction& tx) -> Result<void> {
    for (const auto& record : *parsed) {
      if (record.type != exchange::RecordType::Descriptor) continue;
      const auto descriptor = trust::verify_descriptor(record.object);
      if (!descriptor || (*descriptor)->party != sender || !trust::party(tx, sender)) continue;
      if (!TRY(take_newer(tx, context, *descriptor))) TRY(trust::take_descriptor(tx, *descriptor, context.now()));
      return {};
    }
    return {};
  });
  if (!done) base::log_warning("descriptor of {} not taken: {}", sender.text(), base::describe(done.error()));
}

// The delivery is rolled back; what it proves about its sender stays.
void keep_evidence(const Context& context, const trust::PartyId& sender, const exchange::Refusal& refusal) {
  if (!refusal.two_statements && !refusal.two_histories) return;
  const auto kept = context.db->write([&](store::Transaction& tx) -> Result<void> {
    if (refusal.two_statements) TRY_VOID(exchange::keep(tx, sender, *refusal.two_statements, context.now()));
    if (!refusal.two_histories) return {};
    TRY_VOID(trust::note_checkpoint_state(tx, sender, "contradiction"));
    return exchange::keep(tx, sender, *refusal.two_histories, context.now());
  });
  if (!kept) base::log_error("evidence against {} could not be kept: {}", sender.text(), base::describe(kept.error()));
  context.changed("peer");
}

}  // namespace

tl::expected<Taken, exchange::Refusal> receive(const Context& context, const trust::PartyId& sender_id,
                                               std::string_view records) {
  if (!context.has_room())
    return tl::unexpected(exchange::Refusal{{ErrorCode::Unavailable, "delivery.no_room", {}, {}}});
  exchange::Refusal refusal;
  Taken taken;
  std::vector<std::string> parts;
  // A statement that cannot be applied is rare, and being ready for it would make all of them take twice as long: the
  // delivery is begun again, with care, where one is found.
  bool with_care = false, begin_again = false, renewed = false;
  const auto take = [&](store::Transaction& tx) -> Result<void> {
    refusal = {};
    taken = {};
    parts.clear();
    const trust::Party sender = TRY(trust::party(tx, sender_id));
    auto incoming = exchange::open_delivery(tx, context.self, sender, records, context.now());
    if (!incoming) {
      refusal = std::move(incoming).error();
      return tl::unexpected(refusal.error);
    }
    renewed = !incoming->renewed.empty();
    TRY_VOID(disown(tx, context, incoming->renewed));
    Applier applier(tx, context, sender);
    for (const auto& statement : incoming->fresh) {
      const auto applied = with_care ? applier.apply_or_pass_over(statement) : applier.apply(statement);
      if (!applied) {
        begin_again = !with_care && !Applier::refuses_delivery(applied.error());
        refusal.envelope = statement.envelope;
        refusal.statement = statement.statement.digest();
        return tl::unexpected(applied.error());
      }
      const std::string part(part_of(statement));
      if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
    }
    TRY_VOID(answer_known(tx, context, incoming->known, sender_id));
    TRY_VOID(trust::note_contact(tx, sender_id, context.now()));
    if (!incoming->receipts.empty())  // they may be under a key that the sender does not know yet
      exchange::append_record(taken.answer, exchange::RecordType::Descriptor,
                              TRY(trust::own_party(tx)).descriptor_signed);
    for (const auto& receipt : incoming->receipts)
      exchange::append_record(taken.answer, exchange::RecordType::Receipt, receipt);
    if (!incoming->unproved_since.empty())
      exchange::append_record(taken.answer, exchange::RecordType::Checkpoint, {"", incoming->unproved_since});
    taken.is_repetition = incoming->repetitions == incoming->receipts.size();
    return {};
  };
  auto done = context.db->write(take);
  if (begin_again) {
    with_care = true;
    begin_again = false;
    done = context.db->write(take);
  }
  if (!done) {
    keep_evidence(context, sender_id, refusal);
    keep_descriptor(context, sender_id, records);
    refusal.error = done.error();
    return tl::unexpected(refusal);
  }
  for (const std::string& part : parts) context.changed(part);
  if (!parts.empty()) context.changed("send");
  if (renewed) context.changed("peer");
  return taken;
}

Result<bool> receive_receipts(const Context& context, const trust::PartyId& peer_id, std::string_view records) {
  const auto parsed = TRY(exchange::read_records(records));
  const bool fresh = TRY(context.db->write_value([&](store::Transaction& tx) -> Result<bool> {
    trust::Party peer = TRY(trust::party(tx, peer_id));
    bool out = false;
    std::string proved;
    for (const auto& record : parsed) {
      if (record.type == exchange::RecordType::Descriptor) {
        const auto shown = TRY(trust::verify_descriptor(record.object));
        if (shown->party != peer_id) return fail(ErrorCode::Unauthenticated, "descriptor.wrong_party");
        if (TRY(take_newer(tx, context, shown))) peer = TRY(trust::party(tx, peer_id));
      } else if (record.type == exchange::RecordType::Receipt) {
        out = TRY(exchange::take_receipt(tx, peer, record.object, context.now())) || out;
      } else if (record.type == exchange::RecordType::Checkpoint) {
        proved = record.object.payload;
      } else {
        return fail(ErrorCode::Malformed, "record.unknown_type");
      }
    }
    TRY_VOID(exchange::take_proved(tx, peer_id, proved));
    TRY_VOID(trust::note_contact(tx, peer_id, context.now()));
    return out;
  }));
  context.changed("peer");
  return fresh;
}

}  // namespace tocsin::journeys
