#include "formats/lists/lists.h"

#include "formats/lists/lines.h"
#include "formats/stix/stix.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kHeadBytes = 64u << 10;

bool looks_like_zeek_intel(std::string_view head) {
  Lines lines(head);
  for (std::string_view line; lines.next(line);) {
    if (line.starts_with("#fields\t"))
      return line.find("\tindicator\t") != std::string_view::npos &&
             line.find("indicator_type") != std::string_view::npos;
    if (!is_comment(line)) return false;
  }
  return false;
}

bool looks_plain(std::string_view head) {
  constexpr int kLinesToTry = 50;
  Lines lines(head);
  int tried = 0;
  for (std::string_view line; tried < kLinesToTry && lines.next(line);) {
    if (is_comment(line)) continue;
    ++tried;
    if (observable::recognise(unquoted(trimmed(line.substr(0, line.find(" #")))))) return true;
  }
  return false;
}

}  // namespace

std::string_view name(Format format) {
  switch (format) {
    case Format::StixBundle:
      return "stix";
    case Format::ZeekIntel:
      return "zeek-intel";
    case Format::Csv:
      return "csv";
    case Format::Hosts:
      return "hosts";
    case Format::Plain:
      return "plain";
  }
  return "plain";
}

std::optional<Format> format_from_name(std::string_view text) {
  for (const Format format : {Format::StixBundle, Format::ZeekIntel, Format::Csv, Format::Hosts, Format::Plain})
    if (name(format) == text) return format;
  return std::nullopt;
}

Result<Format> recognise(std::string_view head) {
  head = head.substr(0, kHeadBytes);
  if (stix::looks_like_stix(head)) return Format::StixBundle;
  if (looks_like_zeek_intel(head)) return Format::ZeekIntel;
  if (looks_like_hosts(head)) return Format::Hosts;  // before tables: its blanks may be tabs
  // A table first: a row that begins with a URL could be taken for one long URL.
  if (looks_like_csv(head)) return Format::Csv;
  if (looks_plain(head)) return Format::Plain;
  return fail(ErrorCode::Malformed, "lists.unrecognised");
}

Result<void> read(Format format, std::string_view text, const Sink& sink) {
  switch (format) {
    case Format::StixBundle:
      break;  // objects, not values: room stix reads them
    case Format::ZeekIntel:
      return read_zeek_intel(text, sink);
    case Format::Csv:
      return read_csv(text, sink);
    case Format::Hosts:
      return read_hosts(text, sink);
    case Format::Plain:
      return read_plain(text, sink);
  }
  return fail(ErrorCode::Malformed, "lists.unrecognised");
}

}  // namespace tocsin::lists
