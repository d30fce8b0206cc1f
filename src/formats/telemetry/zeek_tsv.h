// Zeek's own log format: tab-separated values under a header that names columns and types
// (docs.zeek.org, "Zeek Log Formats and Inspection"). Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/telemetry/gatherer.h"

namespace tocsin::telemetry {

class ZeekTsv {
 public:
  enum class Line { Header, Event, Unreadable };
  /// Fills the gatherer for an Event. Headers may come again at any line: rotated files are often joined.
  Line read(std::string_view line, Gatherer& gatherer);

 private:
  struct Column {
    std::size_t index;
    Role role;
    bool many;          ///< set[...] or vector[...]
    std::string field;  ///< its name, in place while the header holds
  };

  void header(std::string_view line);
  void plan();
  void take(const Column& column, std::string_view raw, Gatherer& gatherer);
  std::string_view decoded(std::string_view raw, Gatherer& gatherer);

  char separator_ = '\t';
  std::string set_separator_ = ",", empty_field_ = "(empty)", unset_field_ = "-", path_;
  std::vector<std::string> names_, types_;
  std::vector<Column> columns_;  ///< those worth reading, from left to right
};

}  // namespace tocsin::telemetry
