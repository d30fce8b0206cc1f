#include "tests/simulation/party.h"

#include <algorithm>
#include <filesystem>

#include "core/infra/critical.h"
#include "core/relate/postings.h"
#include "core/trust/agreements.h"
#include "core/trust/parties.h"
#include "core/trust/root_file.h"
#include "journeys/agree.h"
#include "journeys/found.h"
#include "journeys/hit.h"
#include "journeys/import.h"
#include "journeys/mark.h"
#include "journeys/reopen.h"

namespace tocsin::simulation {
namespace {

void copy(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

Party::Party(std::size_t number_, const Founded& founded_, const std::string& folder, std::uint64_t seed, Wrap wrap)
    : number(number_),
      id(founded_.id),
      founded(founded_),
      clock(kStart),
      disk("disk " + std::to_string(number_), seed),
      folder_(folder + "/" + std::to_string(number_)),
      vfs_("disk " + std::to_string(number_)),
      file_(folder_ + ".1.db"),
      backup_(folder_ + ".backup"),
      wrap_(std::move(wrap)) {
  copy(founded.file, file_);
  context_.clock = &clock;
  context_.self = {id, founded.keys.get()};
  start();
}

Party::~Party() {
  stop();  // before its disk
}

void Party::start() {
  store::Options options{file_};
  options.vfs = vfs_;
  options.readers = 1;
  real_ = must(store::Database::open(options));
  if (wrap_) wrapped_ = wrap_(*real_);
  context_.db = wrapped_ ? wrapped_.get() : real_.get();
}

void Party::stop() {
  context_.db = nullptr;
  wrapped_.reset();
  real_.reset();
}

void Party::restart() {
  stop();
  disk.restart();
  start();
}

void Party::back_up() {
  std::filesystem::remove(backup_);
  must(real_->backup_to(backup_));
  has_backup_ = true;
}

void Party::restore() {
  stop();
  disk.restart();
  file_ = folder_ + "." + std::to_string(++lives_) + ".db";
  copy(backup_, file_);
  start();
  const auto root = must(trust::open_root(founded.sealed_root, kPassword));
  must(real_->write_value(
      [&](store::Transaction& tx) { return journeys::reopen(tx, *founded.keys, root, clock.now()); }));
  was_restored = true;
  has_backup_ = false;
}

void Party::each(std::string_view sql, const std::function<void(const store::Row&)>& row) {
  must(real_->read([&](store::Transaction& tx) { return tx.each(sql, row); }));
}

std::int64_t Party::count(std::string_view sql) {
  std::int64_t out = 0;
  each(sql, [&](const store::Row& row) { out = row.is_null(0) ? 0 : row.integer(0); });
  return out;
}

Result<std::vector<std::int64_t>> Party::import(const std::string& value, stix::Tlp tlp) {
  journeys::ImportRequest request;
  request.name = "list.txt";
  request.content = value;
  request.format = lists::Format::Plain;
  request.tlp = tlp;
  request.by = kAnalyst;
  TRY(journeys::import_file(context_, request));
  return items_of(value);
}

std::vector<std::int64_t> Party::items_of(const std::string& value) {
  std::vector<std::int64_t> out;
  each("SELECT item FROM objects WHERE value = '" + value + "' ORDER BY item",
       [&](const store::Row& row) { out.push_back(row.integer(0)); });
  return out;
}

std::vector<std::string> Party::matches() {
  std::vector<std::string> out;
  must(real_->read([&](store::Transaction& tx) -> Result<void> {
    const auto scope = TRY(trust::scope(tx, trust::SensorReader{}));
    for (const auto& entry : TRY(relate::to_match(tx, scope, clock.now())).values) out.push_back(entry.value.text);
    return {};
  }));
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> Party::see(const std::string& value, const std::string& host, std::int64_t count) {
  journeys::HitReport report;
  report.sensor = "border";
  report.batch = base::uuid4();
  watch::ReportedHit hit;
  hit.items = items_of(value);
  hit.value = hit.seen = value;
  hit.host = host;
  hit.log = "conn";
  hit.count = count;
  hit.first = hit.last = clock.now();
  report.hits = {hit};
  TRY(journeys::take_hits(context_, report));
  return {};
}

Result<void> Party::approve(const trust::AgreementId& agreement) {
  const auto own = TRY(real_->read_value([&](store::Transaction& tx) { return trust::own_party(tx); }));
  for (const auto& person : own.descriptor.signatories) {
    const auto shown =
        TRY(real_->read_value([&](store::Transaction& tx) { return trust::latest_agreement(tx, agreement); }));
    TRY(journeys::approve(
        context_, {agreement, shown.digest, {{person.name, "console"}, std::string(kPassword), "", "192.0.2.1"}}));
  }
  return {};
}

Result<void> Party::leave(const trust::AgreementId& agreement) {
  TRY(journeys::withdraw(context_, {agreement, {{"linh", "console"}, std::string(kPassword), "", "192.0.2.1"}}));
  return {};
}

}  // namespace tocsin::simulation
