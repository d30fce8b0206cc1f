#include "journeys/pieces.h"

#include <algorithm>

#include "core/exchange/unsaid.h"
#include "ground/base/log.h"

namespace tocsin::journeys {
namespace {

// Its items and what holds for them; an alert goes with the first piece and is not among what is left.
std::string write_request(const PublishRequest& request) {
  json::Object out;
  out.set("items", json::Array(request.items.begin(), request.items.end()));
  out.set("agreement", request.agreement);
  out.set("tlp", request.tlp ? stix::name(*request.tlp) : "");
  out.set("onward", request.onward ? trust::name(*request.onward) : "");
  json::Array readers;
  for (const trust::Person& reader : request.readers) readers.push_back(reader.text());
  out.set("readers", std::move(readers));
  out.set("account", request.by.account);
  out.set("via", request.by.via);
  return json::write(json::Value(std::move(out)));
}

Result<PublishRequest> read_request(std::string_view text) {
  const json::Value value = TRY(json::parse(text));
  const json::Value *items = value.find("items"), *readers = value.find("readers");
  if (!items || !items->array() || !readers || !readers->array())
    return fail(ErrorCode::Corrupt, "publish.damaged_piece");
  PublishRequest out;
  for (const auto& item : *items->array()) {
    if (!item.integer()) return fail(ErrorCode::Corrupt, "publish.damaged_piece");
    out.items.push_back(*item.integer());
  }
  out.agreement = value.text("agreement");
  out.tlp = stix::tlp_from_name(value.text("tlp"));
  out.onward = trust::onward_from_name(value.text("onward"));
  for (const auto& reader : *readers->array()) {
    const auto person = reader.string() ? trust::Person::parse(*reader.string()) : std::nullopt;
    if (!person) return fail(ErrorCode::Corrupt, "publish.damaged_piece");
    out.readers.insert(*person);
  }
  out.by = {value.text("account"), value.text("via")};
  return out;
}

// May be different later. Everything else stays as it is, however often it is tried, and would keep the others waiting.
bool passes(const Error& error) {
  if (error.id == "publish.damaged_piece") return false;
  return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Internal ||
         error.code == ErrorCode::Corrupt || error.id == "recover.waiting";
}

void add_statements(PublishPlan& plan, std::vector<PublishedStatement> more) {
  for (PublishedStatement& statement : more)  // one that goes onward whole may have objects in several pieces
    if (std::none_of(plan.statements.begin(), plan.statements.end(), [&](const PublishedStatement& known) {
          return known.digest == statement.digest && known.agreement == statement.agreement;
        }))
      plan.statements.push_back(std::move(statement));
}

// The next piece: said, or given up with an entry that says why. False where none is left.
Result<bool> say_next(const Context& context, std::string_view publication, PublishPlan& plan) {
  std::optional<exchange::UnsaidPart> part;
  PublishRequest request;
  auto made = context.db->write_value([&](store::Transaction& tx) -> Result<PublishPlan> {
    request = {};
    part = TRY(exchange::next_unsaid(tx, publication));
    if (!part) return PublishPlan{};
    request = TRY(read_request(part->request));
    auto said = TRY(publish_within(tx, context, request));
    TRY_VOID(exchange::forget_unsaid(tx, part->row));
    return said;
  });
  if (made) {
    add_statements(plan, std::move(made->statements));
    return part.has_value();
  }
  if (passes(made.error()) || !part) return tl::unexpected(made.error());
  base::log_warning("{} objects are not published: {}", request.items.size(), base::describe(made.error()));
  TRY_VOID(context.db->write([&](store::Transaction& tx) -> Result<void> {
    TRY_VOID(exchange::forget_unsaid(tx, part->row));
    return note_deed(tx, context, request.by, "publish", std::to_string(request.items.size()) + " objects",
                     made.error().id);
  }));
  return true;
}

}  // namespace

Result<PublishPlan> publish_in_pieces(const Context& context, const PublishRequest& request,
                                      const std::vector<intel::ItemId>& items) {
  PublishPlan plan = TRY(preview(context, request));
  if (std::none_of(plan.recipients.begin(), plan.recipients.end(), [](const auto& r) { return r.permitted > 0; }))
    return fail(ErrorCode::Conflict, "publish.nothing");
  const std::string publication = base::uuid4();
  PublishRequest piece = request;
  piece.import_id = 0;
  auto first = TRY(context.db->write_value([&](store::Transaction& tx) -> Result<PublishPlan> {
    for (std::size_t at = kItemsPerPiece; at < items.size(); at += kItemsPerPiece) {
      const auto from = items.begin() + static_cast<std::ptrdiff_t>(at);
      piece.items.assign(from, from + static_cast<std::ptrdiff_t>(std::min(kItemsPerPiece, items.size() - at)));
      TRY_VOID(exchange::keep_unsaid(tx, publication, write_request(piece), context.now()));
    }
    TRY_VOID(note_deed(tx, context, request.by, "publish", std::to_string(items.size()) + " objects"));
    piece.items.assign(items.begin(), items.begin() + kItemsPerPiece);
    return publish_within(tx, context, piece);
  }));
  add_statements(plan, std::move(first.statements));
  for (;;) {
    context.changed("send");
    const auto more = say_next(context, publication, plan);
    if (more && !*more) break;
    if (more) continue;
    base::log_warning("a publication is interrupted: {}", base::describe(more.error()));
    const auto left =
        context.db->read_value([&](store::Transaction& tx) { return exchange::count_unsaid(tx, publication); });
    return fail(ErrorCode::Unavailable, "publish.goes_on",
                {std::to_string(static_cast<std::size_t>(left.value_or(0)) * kItemsPerPiece)});
  }
  return plan;
}

Result<void> finish_publications(const Context& context, const std::atomic<bool>& stop) {
  PublishPlan plan;
  while (!stop && TRY(say_next(context, "", plan))) context.changed("send");
  if (!plan.statements.empty()) context.changed("log");
  return {};
}

}  // namespace tocsin::journeys
