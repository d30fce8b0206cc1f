#include "core/exchange/retractions.h"

#include <algorithm>

#include "core/exchange/delivery.h"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxTargets = 1000;              // and as many objects
constexpr std::int64_t kMaxOnwardHolders = 1'000'000;  // sums of it travel on

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::Malformed, "retract.malformed", {std::string(field)});
}

Result<std::vector<StoredRetraction>> select(store::Transaction& tx, const std::string& rest,
                                             std::span<const store::Cell> cells) {
  std::vector<StoredRetraction> out;
  std::vector<std::string> bodies;
  TRY_VOID(tx.query("SELECT row, digest, author, at, body FROM retractions " + rest, cells, [&](const store::Row& row) {
    StoredRetraction stored;
    stored.row = row.integer(0);
    stored.digest = row.digest(1);
    stored.author = PartyId::parse(row.text(2)).value_or(PartyId{});
    stored.at = row.time(3);
    out.push_back(std::move(stored));
    bodies.emplace_back(row.text(4));
    return true;
  }));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].retraction = TRY(read_retraction(TRY(json::parse(bodies[i]))));
    TRY_VOID(tx.each(
        "SELECT party, at, onward_holders, onward_confirmed FROM retraction_holders WHERE retraction = ? ORDER BY "
        "party",
        [&](const store::Row& holder) {
          out[i].holders.push_back({PartyId::parse(holder.text(0)).value_or(PartyId{}),
                                    holder.is_null(1) ? std::nullopt : std::optional(holder.time(1)), holder.integer(2),
                                    holder.integer(3)});
        },
        out[i].digest));
  }
  return out;
}

// In runs as long as the reader takes; nothing gives one empty run.
template <typename T>
std::vector<std::vector<T>> runs(const std::vector<T>& all) {
  std::vector<std::vector<T>> out;
  for (std::size_t at = 0; at == 0 || at < all.size(); at += kMaxTargets)
    out.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                     all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), at + kMaxTargets)));
  return out;
}

}  // namespace

std::string_view name(RetractReason reason) {
  switch (reason) {
    case RetractReason::Wrong:
      return "wrong";
    case RetractReason::Narrowed:
      return "narrowed";
    case RetractReason::PersonalData:
      return "personal_data";
    case RetractReason::SourceAtRisk:
      return "source_at_risk";
    case RetractReason::Superseded:
      return "superseded";
  }
  return "";
}

std::optional<RetractReason> retract_reason_from_name(std::string_view text) {
  for (RetractReason reason : {RetractReason::Wrong, RetractReason::Narrowed, RetractReason::PersonalData,
                               RetractReason::SourceAtRisk, RetractReason::Superseded})
    if (name(reason) == text) return reason;
  return std::nullopt;
}

std::string_view name(HolderState state) {
  switch (state) {
    case HolderState::Pending:
      return "pending";
    case HolderState::Confirmed:
      return "confirmed";
    case HolderState::Overdue:
      return "overdue";
  }
  return "";
}

HolderState state_of(const Holder& holder, const StoredRetraction& retraction, Time now) {
  constexpr Duration kConfirmWithin = base::hours(24);
  if (holder.confirmed_at) return HolderState::Confirmed;
  return now > retraction.at + kConfirmWithin ? HolderState::Overdue : HolderState::Pending;
}

bool must_erase(RetractReason reason) {
  return reason == RetractReason::PersonalData || reason == RetractReason::SourceAtRisk;
}

json::Value write_retraction(const Retraction& retraction) {
  json::Object out;
  json::Array targets;
  for (const Digest& target : retraction.targets) targets.push_back(target.base64url());
  out.set("targets", std::move(targets));
  out.set("objects", json::Array(retraction.objects.begin(), retraction.objects.end()));
  out.set("reason", name(retraction.reason));
  out.set("note", retraction.note);
  return out;
}

Result<Retraction> read_retraction(const json::Value& body) {
  Retraction out;
  const json::Value* targets = body.find("targets");
  if (!targets || !targets->array() || targets->array()->empty() || targets->array()->size() > kMaxTargets)
    return bad("targets");
  for (const auto& entry : *targets->array()) {
    const auto digest = entry.string() ? Digest::from_base64url(*entry.string()) : std::nullopt;
    if (!digest) return bad("targets");
    out.targets.push_back(*digest);
  }
  const json::Value* objects = body.find("objects");
  if (!objects || !objects->array() || objects->array()->size() > kMaxTargets) return bad("objects");
  for (const auto& entry : *objects->array()) {
    if (!entry.string() || entry.string()->empty() || entry.string()->size() > 300) return bad("objects");
    out.objects.push_back(*entry.string());
  }
  const auto reason = retract_reason_from_name(body.text("reason"));
  if (!reason) return bad("reason");
  out.reason = *reason;
  out.note = body.text("note");
  if (out.note.size() > kMaxNoteBytes) return bad("note");
  return out;
}

std::vector<Retraction> split(const Retraction& retraction) {
  std::vector<Retraction> out;
  for (const auto& targets : runs(retraction.targets))
    for (const auto& objects : runs(retraction.objects))
      out.push_back({targets, objects, retraction.reason, retraction.note});
  return out;
}

Result<void> keep_retraction(store::Transaction& tx, const Digest& digest, const Retraction& retraction,
                             const PartyId& author, Time now) {
  TRY(tx.run("INSERT INTO retractions (digest, author, body, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", digest,
             author.text(), json::write(write_retraction(retraction)), now));
  for (const Digest& target : retraction.targets)
    TRY(tx.run("INSERT INTO retraction_targets (target, author, retraction) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
               target, author.text(), digest));
  return {};
}

Result<void> expect_confirmation(store::Transaction& tx, const Digest& retraction, const PartyId& holder) {
  TRY(
      tx.run("INSERT INTO retraction_holders (retraction, party, onward_holders, onward_confirmed) VALUES (?, ?, 0, 0) "
             "ON CONFLICT DO NOTHING",
             retraction, holder.text()));
  const auto said = TRY(replies_to(tx, holder, retraction, "ack"));
  const auto body = TRY(reply_of(tx, holder, retraction, "ack"));
  if (said.empty() || !body) return {};
  if (const auto confirmed = read_confirmation(*body, holder, said.front().received))
    TRY(take_confirmation(tx, retraction, *confirmed));
  return {};
}

Result<Holder> read_confirmation(const json::Value& body, const PartyId& by, Time at) {
  const std::int64_t holders = body.integer_or("onward_holders", 0);
  const std::int64_t confirmed = body.integer_or("onward_confirmed", 0);
  if (holders < 0 || holders > kMaxOnwardHolders || confirmed < 0 || confirmed > holders)
    return fail(ErrorCode::Malformed, "ack.malformed");
  return Holder{by, at, holders, confirmed};
}

Result<bool> take_confirmation(store::Transaction& tx, const Digest& retraction, const Holder& holder) {
  return TRY(tx.run(
             "UPDATE retraction_holders SET at = COALESCE(at, ?), onward_holders = ?, onward_confirmed = ? WHERE "
             "retraction = ? AND party = ?",
             holder.confirmed_at, holder.onward_holders, holder.onward_confirmed, retraction, holder.party.text())) > 0;
}

Result<std::vector<StoredRetraction>> retractions(store::Transaction& tx, std::int64_t before_row, int limit,
                                                  const trust::Scope* scope) {
  const store::Cell cells[] = {store::cell(before_row), store::cell(before_row), store::cell(limit)};
  const std::string known =
      scope ? " AND EXISTS (SELECT 1 FROM statements s WHERE s.digest = r.digest AND " + readable(*scope, "s") + ")"
            : "";
  return select(tx, "r WHERE (? = 0 OR row < ?)" + known + " ORDER BY row DESC LIMIT ?", cells);
}

Result<std::vector<StoredRetraction>> retractions_of(store::Transaction& tx, const Digest& target,
                                                     const PartyId& author) {
  const store::Cell cells[] = {store::cell(target), store::cell(author.text())};
  return select(
      tx, "WHERE digest IN (SELECT retraction FROM retraction_targets WHERE target = ? AND author = ?) ORDER BY row",
      cells);
}

Result<std::optional<StoredRetraction>> retraction(store::Transaction& tx, const Digest& digest) {
  const store::Cell cells[] = {store::cell(digest)};
  auto found = TRY(select(tx, "WHERE digest = ?", cells));
  if (found.empty()) return std::optional<StoredRetraction>{};
  return std::optional(std::move(found.front()));
}

Result<void> let_retractions_follow(store::Transaction& tx, const Digest& statement, const PartyId& author,
                                    const PartyId& recipient, Time now) {
  if (author == recipient) return {};
  const auto known = archived(tx, statement);  // after a restore perhaps not
  if (!known && known.error().code != ErrorCode::NotFound) return tl::unexpected(known.error());
  std::vector<Digest> unknown_there;
  TRY_VOID(tx.each(
      "SELECT t.retraction FROM retraction_targets t JOIN retractions r ON r.digest = t.retraction WHERE t.target = ? "
      "AND t.author = ? AND NOT EXISTS (SELECT 1 FROM retraction_holders h WHERE h.retraction = t.retraction AND "
      "h.party = ?) ORDER BY r.row",
      [&](const store::Row& row) { unknown_there.push_back(row.digest(0)); }, statement, author.text(),
      recipient.text()));
  for (const Digest& digest : unknown_there) {
    const Archived retraction = TRY(archived(tx, digest));
    if (retraction.realm != (known ? known->realm : trust::kReal)) continue;
    TRY_VOID(expect_confirmation(tx, digest, recipient));
    TRY_VOID(enqueue(tx, retraction, "", recipient, now));
  }
  return {};
}

}  // namespace tocsin::exchange
