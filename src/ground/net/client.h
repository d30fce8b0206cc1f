// Outgoing HTTP (libcurl). Every call has a deadline and a body limit; credentials never follow a redirect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/crypto/crypto.h"
#include "ground/net/server.h"

namespace tocsin::net {

struct ClientOptions {
  std::optional<crypto::TlsIdentity> identity;  ///< our client certificate
  std::vector<Digest> pinned_keys;              ///< set: the server's SPKI must be one of these; no CA is asked
  bool any_key = false;                         ///< whoever answers: only for what proves itself, such as a signed word
  std::string ca_pem;                           ///< set: trust only this authority (our own nodes' first start)
  std::string unix_path;                        ///< set: speak to this unix socket
  std::string proxy;                            ///< "http://host:port" for HTTP CONNECT, "" for none
  /// Addresses (textual IP) that may be private or loopback: confirmed by our administrator for this peer. Others of
  /// those ranges are refused at connect time, after name resolution, for every address tried.
  std::vector<std::string> allowed_private_addresses;
  bool any_address = false;  ///< for the command line speaking to its own node
  Duration connect_timeout = base::seconds(5);
  Duration total_timeout = base::seconds(60);
  std::uint64_t max_response_bytes = 64u << 20;
};

struct ClientResponse {
  int status = 0;
  Headers headers;  ///< names lower case
  std::string body;
  std::string_view header(std::string_view lower_case_name) const;
};

/// Keeps its connection between calls. One thread at a time. Redirects are not followed.
/// Error ids: net.unreachable {host, reason}, net.timeout {host}, net.wrong_key {host} (pin mismatch),
/// net.untrusted_certificate {host, certificate, reason} (no authority vouches for it), net.wrong_name {host} (the
/// certificate is for others), net.private_address {address}, net.response_too_large {host}; what cannot be sent:
/// net.bad_url {url}, net.bad_header {name}, net.plain_http_refused {host} (a key or an authority to check, but no TLS
/// to check it in). With a proxy, the administrator's word covers the proxy's address, and names are resolved beyond
/// it: only private addresses written in the URL itself are refused then.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Result<ClientResponse> send(std::string_view method, const std::string& url, const Headers& headers,
                              std::string_view body);
  /// Streams the answer: `on_data` per chunk until it returns false (for event streams and large files). No total
  /// limits, but an answer that is silent for total_timeout is given up. The body of an answer other than 2xx goes to
  /// ClientResponse instead. net.unreachable where an answer of a stated length ends before it.
  Result<ClientResponse> stream(std::string_view method, const std::string& url, const Headers& headers,
                                std::string_view body, const std::function<bool(std::string_view chunk)>& on_data);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
