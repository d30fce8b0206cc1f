// One JSON object a line: Zeek's JSON logs and Suricata's EVE differ only in the names of their fields. Internal to the
// room.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "formats/telemetry/gatherer.h"
#include "formats/telemetry/roles.h"
#include "ground/json/json.h"

namespace tocsin::telemetry {

class JsonLines {
 public:
  JsonLines();
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  /// False where the line is no JSON object. `format` is not ZeekTsv.
  bool read(std::string_view line, Format format, Gatherer& gatherer);
  /// Which of the two formats an object is, by its names; nothing where neither is recognised.
  std::optional<Format> recognise(std::string_view line);

 private:
  void leaf(std::string_view path, std::string_view text);

  json::LeafReader reader_;
  std::function<void(std::string_view, std::string_view)> on_leaf_;  ///< made once: one a line would allocate
  Field (*look_up_)(std::string_view path) = nullptr;
  Gatherer* gatherer_ = nullptr;
  std::string path_;  ///< without array indexes
  std::string log_;
};

}  // namespace tocsin::telemetry
