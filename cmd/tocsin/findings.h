// What a sensor has found and not yet written down. Internal to the sensor.
#pragma once

#include "cmd/tocsin/sensor.h"

namespace tocsin::cmd {

inline telemetry::Counts since(const telemetry::Counts& before, const telemetry::Counts& now) {
  return {now.bytes - before.bytes, now.lines - before.lines, now.unreadable - before.unreadable};
}

/// What was found since the last round, and the sum of it all.
class Findings {
 public:
  static constexpr std::size_t kRowsPerRound = 20'000, kRowBytesPerRound = 32u << 20, kRowsShown = 1000;

  explicit Findings(Totals& totals) : totals_(totals) {}
  void hit(const watch::Hit& hit) {
    ++totals_.hits;
    const std::size_t rows = folder_.size();
    folder_.add(hit);
    if (folder_.size() > rows)
      row_bytes_ += hit.value.size() + hit.seen.size() + hit.log.size() + hit.host.size() + 8 * hit.grounds.size();
  }
  void read(const telemetry::Counts& counts) {
    totals_.lines += counts.lines;
    totals_.bytes += counts.bytes;
    totals_.unreadable += counts.unreadable;
    lines_ += static_cast<std::int64_t>(counts.lines);
    bytes_ += static_cast<std::int64_t>(counts.bytes);
  }
  std::size_t rows() const { return folder_.size(); }
  /// As much as is kept in memory; more belongs into the next round.
  bool are_many() const { return rows() >= kRowsPerRound || row_bytes_ >= kRowBytesPerRound; }
  Round take(Positions positions, std::string_view set_id) {
    Round out{folder_.take(), std::move(positions), lines_, bytes_, std::string(set_id)};
    for (const auto& row : out.hits)
      if (totals_.rows.size() < kRowsShown) totals_.rows.push_back(row);
    lines_ = bytes_ = 0;
    row_bytes_ = 0;
    return out;
  }

 private:
  Totals& totals_;
  watch::Folder folder_;
  std::size_t row_bytes_ = 0;
  std::int64_t lines_ = 0, bytes_ = 0;
};

}  // namespace tocsin::cmd
