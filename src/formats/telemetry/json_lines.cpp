#include "formats/telemetry/json_lines.h"

#include <algorithm>

namespace tocsin::telemetry {
namespace {

bool is_index(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "dns.answers.0.rdata" -> "dns.answers.rdata", in `out` only where there is something to leave out.
std::string_view without_indexes(std::string_view path, std::string& out) {
  const auto starts_index = [&](std::size_t dot) { return dot + 1 < path.size() && is_index(path.substr(dot + 1, 1)); };
  auto dot = path.find('.');
  while (dot != std::string_view::npos && !starts_index(dot)) dot = path.find('.', dot + 1);
  if (dot == std::string_view::npos) return path;
  out.clear();
  std::string_view rest = path;
  for (;;) {
    dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    if (!is_index(part)) {
      if (!out.empty()) out += '.';
      out += part;
    }
    if (dot == std::string_view::npos) return out;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

JsonLines::JsonLines() : on_leaf_([this](std::string_view path, std::string_view text) { leaf(path, text); }) {}

void JsonLines::leaf(std::string_view path, std::string_view text) {
  const Field field = look_up_(without_indexes(path, path_));
  if (field.role == Role::Skip || text.empty()) return;
  if (field.role == Role::LogName) {
    log_ = text;
    return;
  }
  // The reader's text lives only during this call.
  gatherer_->take(field.role, gatherer_->keep(text), field.name);
}

bool JsonLines::read(std::string_view line, Format format, Gatherer& gatherer) {
  look_up_ = format == Format::SuricataEve ? &suricata_field : &zeek_json_field;
  gatherer_ = &gatherer;
  log_.clear();
  const bool read = reader_.read(line, on_leaf_);
  gatherer.context.log = log_;
  return read;
}

std::optional<Format> JsonLines::recognise(std::string_view line) {
  bool eve = false, zeek = false;
  const bool read = reader_.read(line, [&](std::string_view path, std::string_view) {
    if (path == "event_type") eve = true;
    if (path == "ts" || path == "_path" || path == "uid" || path == "id.orig_h") zeek = true;
  });
  if (!read || (!eve && !zeek)) return std::nullopt;
  return eve ? Format::SuricataEve : Format::ZeekJson;
}

}  // namespace tocsin::telemetry
