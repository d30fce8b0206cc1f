// HTTP/1.1 server over TLS, plain loopback or a unix socket. Asio and Beast stay inside this room.
//
// I/O runs on one or two threads; handlers are plain functions on a bounded pool of workers and may block on the store.
// A reply is bytes, a file, or a subscription to a topic of live events (text/event-stream).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/crypto/crypto.h"

namespace tocsin::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;                                      ///< "GET", "POST", ...
  std::string path;                                        ///< decoded, always starts with '/', no "..", no NUL
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  Headers headers;                                         ///< names lower case
  std::string body;
  std::string remote_address;            ///< textual IP (behind a trusted proxy: whom it names), or "unix"
  std::optional<Digest> client_key_pin;  ///< SPKI SHA-256 of the client certificate, where TLS asked for one
  std::optional<unsigned> unix_uid;      ///< SO_PEERCRED of a unix socket
  std::string_view header(std::string_view lower_case_name) const;  ///< "" where absent
  std::optional<std::string> parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::optional<std::string> file_path;  ///< send this file instead of body
  bool file_is_temporary = false;        ///< nobody else needs the file: its name goes when sending begins
  bool known = false;                    ///< who asks is known: the connection is not given up for a newcomer
  bool last = false;                     ///< the connection ends after it: who comes again is counted as a new one
  std::optional<std::string> topic;      ///< keep open as text/event-stream: body, then what is broadcast to it
};

using Handler = std::function<Response(const Request&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                  ///< 0: any free one
  std::string unix_path;                   ///< set: listen there (mode 0600) instead of address and port
  std::optional<crypto::TlsIdentity> tls;  ///< absent: plain HTTP (loopback or unix only, checked)
  bool ask_client_certificate = false;     ///< TLS 1.3 only then; any certificate passes, its pin stands in the request
  std::uint64_t max_body_bytes = 64u << 20;
  /// Body limit before the handler runs, by method and path; lets upload endpoints have more than others. Null: the
  /// above.
  std::function<std::uint64_t(std::string_view method, std::string_view path)> body_limit;
  /// Asked on a worker once the head of a request with a body is there; the body is still to come. A response refuses
  /// it before it is transferred: who asks and what they may do is known from the head. Null: every body is received.
  std::function<std::optional<Response>(const Request& head)> before_body;
  unsigned io_threads = 1;
  unsigned workers = 4;
  unsigned max_connections = 512;
  unsigned max_connections_per_source = 64;
  /// New connections that one source may open, before any handshake: at most this many at once, and per minute as many
  /// again. 0: no limit. Sources as in max_connections_per_source.
  unsigned max_new_connections_per_source = 0;
  /// Reverse proxies whose X-Forwarded-For says who asks; in numbers. They count as no single source: the total of
  /// connections bounds them. From anybody else the field means nothing.
  std::vector<std::string> trusted_proxies = {};
  unsigned max_queued_requests = 256;  ///< beyond: 503 with Retry-After
  Duration header_timeout = base::seconds(10);
  Duration body_timeout = base::seconds(120);
  Duration idle_timeout = base::seconds(75);
  unsigned max_event_streams = 64;
  Duration event_heartbeat = base::seconds(15);  ///< a comment line to every stream that has been silent so long
  /// A stream ends after this, and its listener asks again: whoever may no longer listen is heard out at most so long.
  Duration event_stream_age = base::minutes(5);
};

class Server {
 public:
  /// Listens at once; requests are answered until stop() or destruction (which waits for running handlers).
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  virtual void stop() = 0;
  /// Connections from now on see this identity; those that stand go on. Only where there was one at start.
  /// net.bad_tls_identity.
  virtual Result<void> use(const crypto::TlsIdentity& identity) = 0;
  /// One event to all streams of the topic: "event: NAME\ndata: DATA\n\n". Never blocks; a stream that does not drain
  /// 1 MiB is closed (its client reconnects and reloads).
  virtual void broadcast(std::string_view topic, std::string_view event, std::string_view data) = 0;
};

}  // namespace tocsin::net
