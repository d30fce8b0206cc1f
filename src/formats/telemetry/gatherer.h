// What a field is (its role) and what values it shows. The readers know where fields stand; this knows what they mean,
// once for all formats. Internal to the room.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/telemetry/arena.h"
#include "formats/telemetry/telemetry.h"

namespace tocsin::telemetry {

enum class Role : std::uint8_t {
  Skip,
  EventTime,
  LogName,
  Address,
  LocalAddress,   ///< also the line's local host, where nothing said so before
  RemoteAddress,  ///< also the line's remote host
  RemotePort,     ///< completes the URL of a request
  Name,           ///< domain or address: DNS questions and answers, SNI, names in certificates
  Host,           ///< Host header: as Name, with or without port; half of a URL
  Target,         ///< request target: the other half
  Url,
  Md5,
  Sha1,
  Sha256,
  Ja3,
  Ja4,
  UserAgent,
  FileName,
  Email,        ///< "a@b", "<a@b>", "Name <a@b>"
  Fingerprint,  ///< of a certificate, the hash told by its length
  Serial,
};

/// Gathers one line. Not thread safe; no allocation once warm for values that the log has in their normal form.
class Gatherer {
 public:
  void begin();
  /// `text` and `field` must stay in place until the line is done; keep() makes such a copy of a text.
  void take(Role role, std::string_view text, std::string_view field);
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  Arena& arena() { return arena_; }
  /// Builds what needs several fields.
  void end();

  LineContext context;
  std::vector<Candidate> candidates;

 private:
  void add(observable::Kind kind, std::string_view text, std::string_view field);
  void add_value(const observable::Value& value, std::string_view field);
  std::string_view add_address(std::string_view text, std::string_view field);
  void add_name(std::string_view text, std::string_view field);
  void add_email(std::string_view text, std::string_view field);
  void add_fingerprint(std::string_view text, std::string_view field);
  void add_request_url(std::string_view port);

  Arena arena_;
  std::string_view host_, host_port_, target_, target_field_, remote_port_;
};

/// "1258531221.486539" (Zeek), "2021-06-06T16:26:27.431769+0200" (Suricata), RFC 3339.
std::optional<Time> parse_time(std::string_view text);

}  // namespace tocsin::telemetry
