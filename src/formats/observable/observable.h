// Values that can be observed: one normal form per kind, used by correlation, by the compiled set and by every reader
// of telemetry, so that what one party writes and another sees is the same bytes. Pure functions, thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/bytes.h"

namespace tocsin::observable {

/// Stored in compiled sets and in the database: never renumber.
enum class Kind : std::uint8_t {
  Ipv4 = 1,       ///< "198.51.100.3"
  Ipv6 = 2,       ///< RFC 5952 text; an IPv4-mapped address becomes Ipv4
  Ipv4Range = 3,  ///< CIDR, host bits cleared: "198.51.100.0/24"
  Ipv6Range = 4,
  Domain = 5,  ///< lower case, punycode (IDNA 2008 non-transitional), no trailing dot
  Url = 6,     ///< scheme and host lower case, path at least "/"; without user, default port, fragment
  Md5 = 7,     ///< hex, lower case (all hashes)
  Sha1 = 8,
  Sha256 = 9,
  Sha512 = 10,
  Email = 11,     ///< local part in lower case, domain normalised as Domain
  FileName = 12,  ///< last path component, in lower case
  Ja3 = 13,
  Ja4 = 14,
  UserAgent = 15,  ///< in lower case
  CertificateSha1 = 16,
  CertificateSha256 = 17,
  CertificateSerial = 18,  ///< hex, upper case as Zeek writes, leading zeros dropped
  Mutex = 19,
  RegistryKey = 20,
};

struct Value {
  Kind kind;
  std::string text;  ///< the normal form
  bool operator==(const Value&) const = default;
};

/// The kind's word in CSV, JSON and interfaces: "ipv4-addr", "domain-name", "url", "sha-256" ...
std::string_view name(Kind kind);
std::optional<Kind> kind_from_name(std::string_view name);

/// "hxxp://evil[.]example" -> "http://evil.example"; "a(at)b[dot]c" -> "a@b.c". Text without such marks comes back as
/// is.
std::string refang(std::string_view text);

/// Normal form of `text` as a value of `kind`; nothing where it is none (an address out of range, an empty label ...).
/// Does not refang.
std::optional<std::string> normalise(Kind kind, std::string_view text);

/// Quick "yes": true only where `text` is its own normal form; false may also mean "ask normalise()". No allocation:
/// readers of telemetry take most values as they stand in the log.
bool is_normal(Kind kind, std::string_view text);

/// As is_normal(), and also true where case_means_nothing() and only the case of letters keeps `text` from its normal
/// form: readers take such a value as it is written, to be found in the log again.
bool is_normal_but_for_case(Kind kind, std::string_view text);

/// True for kinds whose values are looked for whatever the case of their ASCII letters, as Zeek does ("All intelligence
/// is case insensitive"): what a list has in capitals a log has not. Of these a URL keeps the case of its path in its
/// normal form, because servers tell /AbC from /abc and what is exported must work; but in a log the other spelling of
/// an indicated URL is a sign to look at, and a list may have been brought to lower case by whoever wrote it for Zeek.
bool case_means_nothing(Kind kind);

/// Guesses the kind from the form alone (address, CIDR, URL, e-mail, hash by length, domain with a dot), refanging
/// first. Of "198.51.100.3:443" and "evil.example:8443" the host; of "sha256:<hex>" the hash, where it is one.
std::optional<Value> recognise(std::string_view text);

/// Normal form of an IP or CIDR in the kind that fits.
std::optional<Value> parse_ip_or_range(std::string_view text);

/// eTLD+1 by the Public Suffix List (libpsl); nothing where the name is itself a public suffix.
std::optional<std::string> registrable_domain(std::string_view normal_domain);

/// A host as it stands in a Host header or SNI, without port: a Domain or IP value.
std::optional<Value> parse_host(std::string_view text);

/// The host of a normalised URL: a Domain or IP value.
std::optional<Value> url_host(std::string_view normal_url);

/// True for addresses that a machine has within its own network only (private, shared, loopback, link-local): of the
/// two ends of a connection, the one that is ours.
bool is_private_address(std::string_view normal_ip);

}  // namespace tocsin::observable
