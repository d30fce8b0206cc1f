// One request of the API to a node: the one that serves this folder (over its unix socket), this process itself where
// none serves it, or one elsewhere (over TLS, with a key).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/tocsin/menu.h"
#include "doors/node/node.h"
#include "ground/json/json.h"
#include "ground/net/client.h"

namespace tocsin::cmd {

struct Call {
  std::string method = "GET";
  std::string path;  ///< "/api/peers"; segments from outside through path_segment()
  std::vector<std::pair<std::string, std::string>> query = {};
  std::string body = {};
  std::string content_type = "application/json";
  net::Headers headers = {};
};
std::string path_segment(std::string_view text);  ///< percent encoding of what a path segment may not hold

/// A node on another machine.
struct Remote {
  std::string url;       ///< "https://tocsin.example:8443"
  std::string key_file;  ///< an API key
  std::string ca_file;   ///< authority of its certificate; empty: the system's
};

class Client {
 public:
  /// folder.locked where another process holds the folder and answers to nobody.
  static Result<Client> open(const Common& common);
  /// cli.no_authority {file} where the authority's file holds no certificate.
  static Result<Client> open(const Remote& remote);

  /// Whatever the node answers, refusals too. net.*; cli.untrusted_certificate {host, certificate, file, reason}.
  Result<net::ClientResponse> send(const Call& call);
  /// An answer that is a file, in pieces, however large; `on_data` ends it with false. A refusal as in ask().
  Result<void> download(const Call& call, const std::function<bool(std::string_view piece)>& on_data);
  /// The answer's JSON; a refusal becomes the node's own error, its message in `detail`.
  Result<json::Value> ask(const Call& call);
  Result<json::Value> get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {});
  Result<json::Value> post(const std::string& path, json::Value body);
  /// Pages of a list together, up to `limit` items: {"items", "next", "total"}.
  Result<json::Value> list(const std::string& path, std::vector<std::pair<std::string, std::string>> query,
                           std::int64_t limit);

  /// A node serves, so that what is queued leaves at once.
  bool serving() const { return http_.has_value(); }

 private:
  Client() = default;
  net::Headers headers_of(const Call& call) const;
  std::optional<net::Client> http_;
  std::unique_ptr<node::Node> node_;
  Error remote_error(Error error) const;
  std::string url_, ca_file_;
  net::Headers headers_;
};

/// The error that a refusal carries. cli.bad_answer {status} where it carries none.
Error error_in(const net::ClientResponse& response);
/// The party a person means: its id, the start of its id, or its name. cli.no_such_party, cli.several_parties.
Result<std::string> find_party(Client& client, const std::string& text);
/// The agreement a person means: its id, the start of its id, or its title. agreement.unknown, cli.several_agreements.
Result<std::string> find_agreement(Client& client, const std::string& text);

}  // namespace tocsin::cmd
