// Indicator lists as others publish them: plain lists, CSV, hosts files, Zeek intel files. Readers yield values or say
// why a line was refused; they never guess beyond observable::recognise. Pure functions, thread safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "formats/observable/observable.h"
#include "ground/base/result.h"

namespace tocsin::lists {

enum class Format { StixBundle, ZeekIntel, Csv, Hosts, Plain };
std::string_view name(Format format);  ///< "stix", "zeek-intel", "csv", "hosts", "plain"
std::optional<Format> format_from_name(std::string_view name);
/// From the first 64 KiB of a file. Malformed (lists.unrecognised) where it is none of them.
Result<Format> recognise(std::string_view head);

struct Entry {
  observable::Value value;
  std::string written;  ///< as the list has it, where the normal form has lost the case of its letters; else empty
  std::string source;   ///< meta.source of Zeek intel, else empty
  std::string description;
  std::size_t line;  ///< from 1
};
struct Refusal {
  std::size_t line;
  std::string reason;  ///< message id: lists.unknown_value, lists.unknown_type, lists.too_long
  std::string text;    ///< the line's start, at most 200 bytes, for the person who imports; never logged
};
struct Sink {
  std::function<bool(const Entry&)> entry;  ///< false stops
  std::function<void(const Refusal&)> refusal;
};
/// Comments (#, ;, //) and blank lines pass silently. CSV: a header row naming value/indicator/ioc/domain/ip/hash/url
/// and type columns is understood; without one, the first cell of each row that recognise() knows is taken, or that
/// fits the word for a type beside it. Hosts files: the names that they send nowhere, without those of the machine
/// itself.
Result<void> read(Format format, std::string_view text, const Sink& sink);

}  // namespace tocsin::lists
