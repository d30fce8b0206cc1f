// A run over whole files, which is gone on with by the next one where it is cut short: what was found up to a line and
// how far that is are one round. Internal to the sensor.
#pragma once

#include "cmd/tocsin/findings.h"
#include "cmd/tocsin/output.h"

namespace tocsin::cmd {

class FileSearch {
 public:
  FileSearch(const SensorOptions& options, Spool& spool, const watch::Set& set, Totals& totals);
  /// Everything that was found is in the spool when it returns. An error only where that cannot be: files that cannot
  /// be read are troubles of the totals.
  Result<void> run(const std::vector<std::string>& paths);

 private:
  struct File;
  struct Reading;
  enum class Outcome { Read, Unreadable, NotAsItWas };
  Result<Outcome> search(const File& file, const std::optional<telemetry::Position>& from);
  static bool pass_over(Reading& reading, const telemetry::Position& from, std::string_view& chunk);
  Result<void> take(const File& file, Reading& reading, std::string_view chunk);
  void feed(const File& file, Reading& reading, std::string_view part);
  telemetry::LineReader::Each each(const File& file);
  void tell(Reading& reading);
  void note(const File& file, const Reading& reading, const std::string& whole);
  Result<void> keep();
  void show_progress(const std::string& path);

  const SensorOptions& options_;
  Spool& spool_;
  const watch::Set& set_;
  Totals& totals_;
  Findings findings_;
  watch::Scanner scanner_;
  Progress progress_{"watching"};
  std::size_t of_files_ = 0;
  const Duration begin_;
};

}  // namespace tocsin::cmd
