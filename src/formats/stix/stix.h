// STIX 2.0 and 2.1 as far as a node needs to take an object in, keep it exactly and find its way around in it.
// An object is kept as the bytes that stood in the bundle; what is here is derived from them. Thread safe.
// What is odd in an object, and does not keep it from being used, is a Finding beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/observable/observable.h"
#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/json/json.h"

namespace tocsin::stix {

/// TLP 2.0 (FIRST), in order of restriction. Stored: never renumber.
enum class Tlp : std::uint8_t { Clear = 0, Green = 1, Amber = 2, AmberStrict = 3, Red = 4 };
std::string_view name(Tlp tlp);                           ///< "TLP:AMBER+STRICT"
std::optional<Tlp> tlp_from_name(std::string_view text);  ///< with or without "TLP:", any case, "white" too

/// PAP (permissible actions protocol). Stored: never renumber.
enum class Pap : std::uint8_t { Clear = 0, Green = 1, Amber = 2, Red = 3 };
std::string_view name(Pap pap);  ///< "PAP:AMBER"
std::optional<Pap> pap_from_name(std::string_view text);

/// Something to know about an object that is stored all the same. `rule` is a message id of the catalogues
/// ("stix.timestamp_form").
struct Finding {
  /// What the standard demands or advises; Matching: why an indicator is not matched, or not by all that it says.
  enum class Level { Must, Should, Matching } level = Level::Must;
  std::string pointer;  ///< RFC 6901 into the object
  std::string rule;
  std::vector<std::string> args;
};

std::string_view name(Finding::Level level);  ///< "must", "should", "matching"

/// What a pattern tests for by plain equality, one value each.
struct Indicated {
  observable::Value value;
  std::string path;      ///< object path in the pattern: "file:hashes.'SHA-256'"
  bool matched = false;  ///< whoever sees the value sees a match, and it is none that everybody sees
};

/// How much of an indicator's pattern its matched values stand for.
enum class Matched { Not, Partly, Whole };

/// The derived view of one object. Strings are copies, so that an Object outlives its bytes.
struct Object {
  std::string type;
  std::string id;                                ///< "indicator--..."
  std::string spec_version;                      ///< "2.1", or "2.0" where the object has none (the standard's rule)
  std::string created_by;                        ///< empty where absent
  std::optional<std::string> created, modified;  ///< as written
  std::optional<Time> modified_time;             ///< for ordering; objects without versions have none
  bool revoked = false;
  std::string name;        ///< name, else value, else pattern shortened, else id: one line for lists
  std::optional<Tlp> tlp;  ///< strictest of either generation: of the object, of a part of it, or a label
  std::optional<Pap> pap;
  bool unknown_marking = false;  ///< a marking we cannot interpret: do not widen
  std::optional<Time> valid_from, valid_until;
  std::string pattern, pattern_type;      ///< of an indicator
  std::vector<Indicated> indicated;       ///< of an indicator whose pattern is one of STIX
  Matched matched = Matched::Not;         ///< Whole: `indicated` says all of it
  std::vector<observable::Value> values;  ///< of an SCO or observed-data: what it shows
  std::vector<std::string> references;    ///< ids named by any _ref or _refs property, in order, unique
  std::vector<std::string> labels;        ///< labels and indicator_types
  std::vector<Finding> findings;
};

/// Reads one object. Refused (Error) only where it cannot be stored at all: no JSON object, type or id unusable;
/// everything else is a finding. Error ids: stix.not_an_object, stix.no_type, stix.no_id, stix.bad_id, json.*.
Result<Object> read_object(std::string_view bytes);

struct BundleReport {
  std::string bundle_id;     ///< empty where absent
  std::string spec_version;  ///< "2.0" where the bundle says so
  std::size_t objects = 0;
};
/// Calls `each` with the exact bytes of every object of a bundle (or of the single object that the text is), in order.
/// In a 2.0 bundle, objects without spec_version are 2.0. Error ids: stix.not_a_bundle, json.*.
Result<BundleReport> for_each_object(std::string_view text,
                                     const std::function<bool(std::string_view bytes, std::size_t index)>& each);

/// Whether the text looks like STIX JSON at all (first bytes only).
bool looks_like_stix(std::string_view head);

/// A minimal indicator for a bare value, as lists are imported: deterministic id (UUIDv5 in tocsin's own namespace over
/// source, kind and value), spec 2.1, valid from its creation. The same arguments give the same bytes.
std::string indicator_for(const observable::Value& value, std::string_view source, std::string_view description,
                          Time created, Time modified);
/// The URL that `text` is but for "http://" before it: Zeek writes them so, and so do some feeds. Its host must be an
/// address or a name with a dot.
std::optional<observable::Value> url_without_scheme(std::string_view text);
/// The STIX pattern for a value: "[ipv4-addr:value = '198.51.100.3']".
std::string pattern_for(const observable::Value& value);

}  // namespace tocsin::stix
