#include "cmd/tocsin/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "cmd/tocsin/output.h"
#include "ground/base/clock.h"

namespace tocsin::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxRoundBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kMaxSetBytes = std::uint64_t{4} << 30;
constexpr std::size_t kHitsPerBatch = 1000;
constexpr std::size_t kBytesPerBatch = 512u << 10;  // the node takes JSON up to 1 MiB
constexpr std::size_t kMaxText = 2048;              // of one field of a hit, as the node has it
constexpr std::size_t kMaxGrounds = 1000;
constexpr std::int64_t kLastRound = 999'999'999'999'999;  // its name has 16 digits, so that names sort as numbers

std::string cut(std::string_view text) {
  if (text.size() <= kMaxText) return std::string(text);
  std::size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // no half characters
  return std::string(text.substr(0, end));
}

// Logs hold any bytes; JSON holds UTF-8. The writer replaces what is none.
json::Value hit_json(const watch::FoldedHit& folded, Time now) {
  const watch::Hit& hit = folded.first;
  json::Array grounds;
  for (const std::uint64_t ground : hit.grounds)
    if (grounds.size() < kMaxGrounds) grounds.push_back(static_cast<std::int64_t>(ground));
  json::Array others;
  for (const std::string& other : hit.others) others.push_back(cut(other));
  return json::Object{{"grounds", std::move(grounds)},
                      {"kind", observable::name(hit.kind)},
                      {"value", cut(hit.value)},
                      {"seen", cut(hit.seen)},
                      {"field", cut(hit.field)},
                      {"log", cut(hit.log)},
                      {"file", cut(hit.file)},
                      {"line", static_cast<std::int64_t>(hit.line)},
                      {"host", cut(hit.host)},
                      {"others", std::move(others)},
                      {"count", static_cast<std::int64_t>(folded.count)},
                      {"first", base::to_rfc3339(folded.first_time.value_or(now))},
                      {"last", base::to_rfc3339(folded.last_time.value_or(now))}};
}

json::Array position_list(const Positions& positions) {
  json::Array out;
  for (const auto& [path, position] : positions)
    out.push_back(json::Object{{"path", path},
                               {"inode", static_cast<std::int64_t>(position.inode)},
                               {"offset", static_cast<std::int64_t>(position.offset)}});
  return out;
}

Positions positions_in(const json::Value& document, std::string_view member) {
  Positions out;
  for (const json::Value& entry : list_of(document, member))
    out[entry.text("path")] = {entry.text("path"), static_cast<std::uint64_t>(entry.integer_or("inode", 0)),
                               static_cast<std::uint64_t>(entry.integer_or("offset", 0))};
  return out;
}

std::string round_name(std::uint64_t number) {
  return fmt::format("{:016}.json", number);
}

Result<json::Value> read_document(const std::string& file) {
  auto document = json::parse(TRY(base::read_file(file, kMaxRoundBytes)), {.bytes = kMaxRoundBytes});
  const std::int64_t number = document ? document->integer_or("round", -1) : -1;
  if (number < 0 || number > kLastRound) return fail(ErrorCode::Corrupt, "spool.damaged", {file});
  return std::move(*document);
}

}  // namespace

Result<Spool> Spool::open(const std::string& folder, const std::string& sensor) {
  TRY_VOID(base::make_folder(folder));
  TRY_VOID(base::make_folder(folder + "/spool"));
  TRY_VOID(base::make_folder(folder + "/refused"));
  auto lock = base::FolderLock::take(folder + "/lock");
  if (!lock && lock.error().id == "folder.locked") return fail(ErrorCode::Conflict, "cli.state_in_use", {folder});
  if (!lock) return tl::unexpected(lock.error());
  Spool out(folder, sensor, std::move(*lock));
  TRY_VOID(out.load());
  return out;
}

// Positions stand in positions.json and in every round that waits. The youngest count; positions.json bears the number
// of the last round before it was written, so that it is looked at last.
Result<void> Spool::load() {
  std::uint64_t newest = 0;
  const auto take = [&](const json::Value& document) {
    const auto number = static_cast<std::uint64_t>(document.integer_or("round", 0));  // checked by read_document
    next_ = std::max(next_, number + 1);
    if (number < newest) return;
    newest = number;
    positions_ = positions_in(document, "positions");
    finished_ = positions_in(document, "finished");
    finished_with_ = document.text("finished_with");
  };
  for (const std::string& file : TRY(rounds())) take(TRY(read_round(file)));
  const std::string positions = folder_ + "/positions.json";
  if (base::exists(positions)) take(TRY(read_document(positions)));
  return {};
}

// A round that holds no batch would never be done, and the name of a batch becomes the name of a file.
Result<json::Value> Spool::read_round(const std::string& file) {
  json::Value document = TRY(read_document(file));
  const json::Array& batches = list_of(document, "batches");
  const bool sound = !batches.empty() && std::all_of(batches.begin(), batches.end(), [](const json::Value& batch) {
    return base::is_uuid(batch.text("batch"));
  });
  if (!sound) return fail(ErrorCode::Corrupt, "spool.damaged", {file});
  return document;
}

Result<std::vector<std::string>> Spool::rounds() const {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator entry(folder_ + "/spool", error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".json") out.push_back(entry->path());
  if (error) return fail(ErrorCode::Unavailable, "file.read", {folder_ + "/spool", error.message()});
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> Spool::add(Round round) {
  if (next_ > static_cast<std::uint64_t>(kLastRound)) return fail(ErrorCode::Corrupt, "spool.damaged", {folder_});
  const Time now = base::system_clock().now();
  json::Array batches, hits;
  std::size_t bytes = 0;
  // Lines and bytes are said once, with the first batch.
  const auto close = [&] {
    const bool first = batches.empty();
    batches.push_back(json::Object{{"sensor", sensor_},
                                   {"batch", base::uuid7(now)},
                                   {"set", round.set_id},
                                   {"lines", first ? round.lines : 0},
                                   {"bytes", first ? round.bytes : 0},
                                   {"hits", std::move(hits)}});
    hits = {};
    bytes = 0;
  };
  for (const watch::FoldedHit& hit : round.hits) {
    json::Value entry = hit_json(hit, now);
    const std::size_t size = json::write(entry).size() + 1;
    if (hits.size() == kHitsPerBatch || (bytes + size > kBytesPerBatch && !hits.empty())) close();
    bytes += size;
    hits.push_back(std::move(entry));
  }
  if (!hits.empty() || batches.empty()) close();
  const json::Object document{{"round", static_cast<std::int64_t>(next_)},
                              {"positions", position_list(round.positions)},
                              {"finished", position_list(finished_)},
                              {"finished_with", finished_with_},
                              {"batches", std::move(batches)}};
  TRY_VOID(base::write_file_durably(folder_ + "/spool/" + round_name(next_), json::write(document)));
  positions_ = std::move(round.positions);
  ++next_;
  return {};
}

Result<void> Spool::save_positions(Positions positions) {
  const json::Object document{{"round", static_cast<std::int64_t>(next_ - 1)},
                              {"positions", position_list(positions)},
                              {"finished", position_list(finished_)},
                              {"finished_with", finished_with_}};
  TRY_VOID(base::write_file_durably(folder_ + "/positions.json", json::write(document)));
  positions_ = std::move(positions);
  return {};
}

bool Spool::is_finished(const telemetry::Position& file, std::string_view set_id) const {
  const auto found = finished_.find(file.path);
  return finished_with_ == set_id && found != finished_.end() && found->second.inode == file.inode &&
         found->second.offset == file.offset;
}

void Spool::finish(const telemetry::Position& file, std::string_view set_id) {
  if (finished_with_ != set_id) finished_.clear();
  finished_with_ = set_id;
  finished_[file.path] = file;
}

Result<void> Spool::end_run() {
  if (finished_.empty()) return {};
  finished_.clear();
  return save_positions(positions_);
}

Result<std::vector<Batch>> Spool::waiting() const {
  std::vector<Batch> out;
  const auto files = TRY(rounds());
  if (files.empty()) return out;
  const std::string& file = files.front();
  const json::Value document = TRY(read_round(file));
  for (const json::Value& body : list_of(document, "batches"))
    out.push_back({file, static_cast<std::uint64_t>(document.integer_or("round", 0)), false, body});
  if (!out.empty()) out.back().last = true;
  return out;
}

Result<void> Spool::done(const Batch& batch) {
  if (!batch.last) return {};  // sent again after a crash, it still counts once
  // The youngest round takes its positions along unless they are written down elsewhere first.
  if (batch.round + 1 == next_) TRY_VOID(save_positions(positions_));
  std::error_code error;
  fs::remove(batch.file, error);
  if (error) return fail(ErrorCode::Unavailable, "file.write", {batch.file, error.message()});
  return {};
}

Result<void> Spool::set_aside(const Batch& batch) {
  TRY_VOID(
      base::write_file_durably(folder_ + "/refused/" + batch.body.text("batch") + ".json", json::write(batch.body)));
  return done(batch);
}

Result<Bytes> Spool::load_set() const {
  return base::to_bytes(TRY(base::read_file(folder_ + "/set.bin", kMaxSetBytes)));
}
Result<void> Spool::save_set(ByteView set) const {
  return base::write_file_durably(folder_ + "/set.bin", base::as_text(set));
}

}  // namespace tocsin::cmd
