// The node: one data folder, one process. It wires the rooms together and decides nothing.
//
// Data folder: tocsin.db, keys/, node.toml, lock, tocsin.sock (while it serves). docs/howto and README say how to run
// it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "ground/net/server.h"
#include "journeys/found.h"
#include "journeys/reopen.h"

namespace tocsin::node {

/// node.toml, written by init, edited by the administrator.
struct Config {
  std::string people_listen = "127.0.0.1:8443";                 ///< address:port of people, TAXII, MISP: https
  std::string peers_listen = "127.0.0.1:8444";                  ///< address:port of peers: mutual TLS 1.3
  std::vector<std::string> names = {"localhost", "127.0.0.1"};  ///< host names and addresses people use
  std::string web_folder;                    ///< empty: looked for beside the binary and in /usr/share/tocsin/web
  std::vector<std::string> trusted_proxies;  ///< reverse proxies of people_listen whose X-Forwarded-For is believed
  std::string proxy;                         ///< http://host:port for peers reached through CONNECT
  unsigned pull_seconds = 10;                ///< how often peers without our push are asked
};
Result<Config> read_config(const std::string& folder);

struct InitRequest {
  std::string folder;
  Config config;
  journeys::FoundingRequest founding;
  std::string root_file;       ///< where the sealed root key goes; default <folder>/root.sealed
  std::string next_root_file;  ///< and the one that follows it; default <folder>/next-root.sealed
};
struct InitOutcome {
  journeys::Founded founded;
  std::string link;  ///< https://.../#/link/TOKEN
  std::string root_file, next_root_file;
};
/// Makes the folder. init.already where there is a node in it.
Result<InitOutcome> init(const InitRequest& request);

class Node {
 public:
  /// Takes the folder's lock, opens the store, applies migrations, loads the keys. folder.locked where a node serves
  /// it.
  static Result<std::unique_ptr<Node>> open(const std::string& folder);
  virtual ~Node() = default;

  /// One request of the console, in this process.
  virtual net::Response console(const net::Request& request) = 0;
  /// Listens to people, peers and the unix socket, delivers to peers, until `stop` is true. `on_ready` is called once
  /// all listeners are up.
  virtual Result<void> serve(const std::atomic<bool>& stop, const std::function<void()>& on_ready) = 0;
  virtual const Config& config() const = 0;
};

/// Path of the unix socket while the folder's node serves.
std::string socket_path(const std::string& folder);

/// Opens a sealed backup into a new folder and starts a new log epoch. Needs the sealed root key, because the
/// descriptor names the epoch. After an error, nothing of it is left. restore.not_empty, restore.wrong_passphrase,
/// root.other_key, folder.locked.
struct RestoreRequest {
  std::string folder, backup_file, backup_passphrase, root_file, root_passphrase;
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress = {};
};
Result<journeys::Reopened> restore(const RestoreRequest& request);

}  // namespace tocsin::node
