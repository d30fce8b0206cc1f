#include "cmd/tocsin/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "cmd/tocsin/output.h"
#include "ground/base/clock.h"
#include "ground/base/utf8.h"

namespace tocsin::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{256} << 20;
constexpr std::size_t kBatchBytesPerFile = 8u << 20;
constexpr std::uint64_t kMaxSetBytes = std::uint64_t{4} << 30;
constexpr std::size_t kHitsPerBatch = 1000;
constexpr std::size_t kBytesPerBatch = 512u << 10;  // the node takes JSON up to 1 MiB
constexpr std::size_t kMaxText = 2048;              // of one field of a hit, as the node has it
constexpr std::size_t kMaxGrounds = 1000;
constexpr std::int64_t kLastRound = 999'999'999'999'999;  // its name has 16 digits, so that names sort as numbers

std::string cut(std::string_view text) {
  return base::first_bytes(text, kMaxText);
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

// Inodes have 64 bits, numbers of JSON fewer.
json::Object position_json(const telemetry::Position& position) {
  return json::Object{{"path", position.path},
                      {"inode", std::to_string(position.inode)},
                      {"offset", static_cast<std::int64_t>(position.offset)},
                      {"lines", static_cast<std::int64_t>(position.lines)},
                      {"print", position.print}};
}

telemetry::Position position_in(const json::Value& entry) {
  const std::string inode = entry.text("inode");
  telemetry::Position out{entry.text("path"), 0, static_cast<std::uint64_t>(entry.integer_or("offset", 0)),
                          static_cast<std::uint64_t>(entry.integer_or("lines", 0)), entry.text("print")};
  std::from_chars(inode.data(), inode.data() + inode.size(), out.inode);
  return out;
}

json::Array position_list(const Positions& positions) {
  json::Array out;
  for (const telemetry::Position& position : positions) out.push_back(position_json(position));
  return out;
}

/// Of a round that has further files, of which the last one counts for all.
bool has_more(const json::Value& document) {
  return document.boolean_or("more", false);
}

Result<void> remove_file(const std::string& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) return fail(ErrorCode::Unavailable, "file.write", {file, error.message()});
  return {};
}

Result<json::Value> read_document(const std::string& file) {
  auto document = json::parse(TRY(base::read_file(file, kMaxFileBytes)), {.bytes = kMaxFileBytes});
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
  std::vector<std::string> unfinished;
  const auto take = [&](const json::Value& document) {
    const auto number = static_cast<std::uint64_t>(document.integer_or("round", 0));  // checked by read_document
    next_ = std::max(next_, number + 1);
    if (number < newest || has_more(document)) return;
    newest = number;
    positions_.clear();
    for (const json::Value& entry : list_of(document, "positions")) positions_.push_back(position_in(entry));
    searched_.clear();
    for (const json::Value& entry : list_of(document, "searched")) {
      Searched file{position_in(entry), entry.text("whole")};
      const std::uint64_t inode = file.reached.inode;
      searched_[inode] = {std::move(file), static_cast<std::uint64_t>(entry.integer_or("round", 0))};
    }
    searched_with_ = document.text("searched_with");
  };
  for (const std::string& file : TRY(rounds())) {
    const json::Value document = TRY(read_round(file));
    take(document);
    if (!has_more(document)) unfinished.clear();
    if (has_more(document)) unfinished.push_back(file);
  }
  const std::string positions = folder_ + "/positions.json";
  if (base::exists(positions)) take(TRY(read_document(positions)));
  // The lines of a round that was never written to its end are read again.
  for (const std::string& file : unfinished) TRY_VOID(remove_file(file));
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

std::string Spool::round_file(std::uint64_t number) const {
  return fmt::format("{}/spool/{:016}.json", folder_, number);
}

Result<void> Spool::write(const std::string& file, json::Object document) const {
  const std::string text = json::write(std::move(document));
  // What could not be read back would keep the sensor from starting ever again.
  if (text.size() > kMaxFileBytes)
    return fail(ErrorCode::TooLarge, "file.too_large", {file, std::to_string(kMaxFileBytes)});
  return base::write_file_durably(file, text);
}

Result<void> Spool::add(Round round) {
  const std::uint64_t first = next_;
  const auto written = write_round(round, base::system_clock().now());
  if (written) {
    positions_ = std::move(round.positions);
    return {};
  }
  for (; next_ > first; --next_) TRY_VOID(remove_file(round_file(next_ - 1)));
  return written;
}

Result<void> Spool::write_round(Round& round, Time now) {
  json::Array batches, hits;
  std::size_t batch_bytes = 0, file_bytes = 0;
  bool told = false;
  // Lines and bytes are said once, with the first batch.
  const auto close_batch = [&] {
    batches.push_back(json::Object{{"sensor", sensor_},
                                   {"batch", base::uuid7(now)},
                                   {"set", round.set_id},
                                   {"lines", told ? 0 : round.lines},
                                   {"bytes", told ? 0 : round.bytes},
                                   {"hits", std::move(hits)}});
    hits = {};
    told = true;
    file_bytes += batch_bytes;
    batch_bytes = 0;
  };
  const auto close_file = [&](json::Object document) -> Result<void> {
    if (next_ > static_cast<std::uint64_t>(kLastRound)) return fail(ErrorCode::Corrupt, "spool.damaged", {folder_});
    document.set("round", static_cast<std::int64_t>(next_));
    document.set("batches", std::move(batches));
    TRY_VOID(write(round_file(next_), std::move(document)));
    batches = {};
    file_bytes = 0;
    ++next_;
    return {};
  };
  for (const watch::FoldedHit& hit : round.hits) {
    json::Value entry = hit_json(hit, now);
    const std::size_t size = json::write(entry).size() + 1;
    if (hits.size() == kHitsPerBatch || (batch_bytes + size > kBytesPerBatch && !hits.empty())) close_batch();
    if (file_bytes >= kBatchBytesPerFile) TRY_VOID(close_file({{"more", true}}));
    batch_bytes += size;
    hits.push_back(std::move(entry));
  }
  if (!hits.empty() || batches.empty()) close_batch();
  return close_file({{"positions", position_list(round.positions)},
                     {"searched", searched_list()},
                     {"searched_with", searched_with_}});
}

Result<void> Spool::save_positions(Positions positions) {
  TRY_VOID(write(folder_ + "/positions.json", {{"round", static_cast<std::int64_t>(next_ - 1)},
                                               {"positions", position_list(positions)},
                                               {"searched", searched_list()},
                                               {"searched_with", searched_with_}}));
  positions_ = std::move(positions);
  return {};
}

json::Array Spool::searched_list() const {
  json::Array out;
  for (const auto& [inode, noted] : searched_) {
    json::Object entry = position_json(noted.file.reached);
    entry.set("whole", noted.file.whole);
    entry.set("round", static_cast<std::int64_t>(noted.round));
    out.push_back(std::move(entry));
  }
  return out;
}

const Searched* Spool::searched(std::uint64_t inode, std::string_view set_id) const {
  const auto found = searched_.find(inode);
  return searched_with_ == set_id && found != searched_.end() ? &found->second.file : nullptr;
}

void Spool::note(Searched file, std::string_view set_id) {
  if (searched_with_ != set_id) searched_.clear();
  searched_with_ = set_id;
  file.reached.path.clear();
  const std::uint64_t inode = file.reached.inode;
  searched_[inode] = {std::move(file), next_};
  if (searched_.size() <= kMaxSearched) return;
  searched_.erase(std::min_element(searched_.begin(), searched_.end(),
                                   [](const auto& a, const auto& b) { return a.second.round < b.second.round; }));
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
  return remove_file(batch.file);
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
