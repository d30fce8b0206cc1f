// What a field is (its role) and what values it shows. The readers know where fields stand; this knows what they mean,
// once for all formats. Internal to the room.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
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
  LocalPort,
  RemotePort,    ///< completes the URL of a request
  UrlPort,       ///< from the Host header, cut off it
  Direction,     ///< of what was seen within its connection: "to_client" says that the server sent it
  FlowClient,    ///< the client, where the addresses are those of one packet
  Method,        ///< of an HTTP request
  Name,          ///< domain or address: DNS questions and answers, SNI, names in certificates
  Host,          ///< Host header: as Name, with or without port; half of a URL
  Target,        ///< request target: the other half
  Url,           ///< and its host
  Link,          ///< a URL that may lack its scheme
  Addresses,     ///< any in a text: "from a.example ([198.51.100.3]) by ..."
  ForwardedFor,  ///< the same, and who asks through a proxy: "X-FORWARDED-FOR -> 10.0.0.5"
  Md5,
  Sha1,
  Sha256,
  Ja3,
  Ja4,
  UserAgent,
  FileName,
  Email,        ///< "a@b", "Name <a@b>, c@d", each with its domain
  Subject,      ///< of a certificate: "CN=a.example, O=A"
  SmbName,      ///< a file name if the line is one of SMB's, as the next says; many logs have a "name"
  SmbAction,    ///< "SMB::FILE_OPEN"
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
  std::string_view normal_address(std::string_view text);
  std::string_view add_address(std::string_view text, std::string_view field);
  void add_name(std::string_view text, std::string_view field);
  void add_emails(std::string_view text, std::string_view field);
  void add_url(std::string_view text, std::string_view field);
  void add_link(std::string_view text, std::string_view field);
  std::string_view add_addresses(std::string_view text, std::string_view field);
  void add_subject(std::string_view text, std::string_view field);
  void add_fingerprint(std::string_view text, std::string_view field);
  std::string_view joined(std::initializer_list<std::string_view> parts);
  void add_request();
  void add_request_url(std::string_view port);
  bool server_sent_it() const;
  void orient();

  /// What only means something together with other fields of the line.
  struct Parts {
    std::string_view host, host_port, target, target_field;                 // of a request
    std::string_view local_port, url_port, direction, flow_client, method;  // which side asked
    std::string_view forwarded_for, smb_action;
  };
  /// Most lines (conn, dns) have none of these: they are neither reset nor looked at.
  Parts& parts() {
    has_parts_ = true;
    return parts_;
  }

  Arena arena_;
  std::string_view remote_port_;
  Parts parts_;
  std::vector<std::pair<std::string_view, std::string_view>> smb_names_;  ///< name and field
  bool has_parts_ = false;
};

}  // namespace tocsin::telemetry
