// A file comes in: its objects, or what a list says as objects of ours, go through admit() in runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/lists/lists.h"
#include "journeys/deed.h"

namespace tocsin::journeys {

struct ImportRequest {
  std::string name;                     ///< file name, for people
  std::string_view content;             ///< as the file is: gzip, xz and zstd are unpacked
  std::optional<lists::Format> format;  ///< absent: recognised
  std::optional<stix::Tlp> tlp;  ///< for what carries no marking; absent: AMBER, and the report says that it was needed
  stix::Pap pap = stix::Pap::Green;
  Doer by;
  bool dry_run = false;
  std::function<void(std::uint64_t done_bytes)> on_progress = {};
};

struct ImportReport {
  lists::Format format = lists::Format::Plain;
  std::int64_t import_id = 0;  ///< 0 in a dry run
  std::int64_t objects = 0, stored = 0, updated = 0, unchanged = 0;
  struct Refused {
    std::int64_t at = 0;  ///< index in the bundle or line of the list
    std::string text;     ///< id or start of the line, '?' for what is not plain
    Error error;
  };
  std::vector<Refused> refused;  ///< the first 200
  std::int64_t refused_count = 0;
  struct FindingCount {
    stix::Finding finding;  ///< pointer of the first place
    std::string first_id;
    std::int64_t count = 0;
  };
  std::vector<FindingCount> findings;                ///< by rule
  std::int64_t not_matched = 0, partly_matched = 0;  ///< indicators; `findings` say why
  bool needs_tlp = false;                            ///< something carried no marking and the request gave none
  stix::Tlp tlp = stix::Tlp::Amber;
};

/// Applies per object: stored if its JSON, type and id are usable, findings kept beside; the rest listed. Objects are
/// committed in runs; an interrupted import can be repeated, what is there stays unchanged. So does an entry of a list
/// that says what the list of that name has said before, under the same label: only its provenance is noted. Where
/// a list says two things of one value, the first counts. A dry run says of every object what the import would make of
/// it. What was retracted here is refused (intel.retracted_here) until a STIX object says it with a `modified` after
/// the retraction. Besides the content, memory does not grow with the number of objects. The audit entry is written
/// when it begins, and another one where it then stops at an error; counts stand in its own record, as far as they are
/// committed. What TLP:RED an API key brings in is for the person who made the key. Error ids: lists.unrecognised,
/// import.unpacks_too_large, telemetry.bad_compression, people.no_key, stix.not_a_bundle, json.*.
Result<ImportReport> import_file(const Context& context, const ImportRequest& request);

}  // namespace tocsin::journeys
