#include "doors/node/node.h"

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "core/exchange/prune.h"
#include "core/intel/repository.h"
#include "core/trust/parties.h"
#include "core/watch/hits.h"
#include "doors/api/router.h"
#include "doors/node/backup.h"
#include "doors/node/config.h"
#include "doors/node/couriers.h"
#include "doors/node/peers_door.h"
#include "doors/node/schema.h"
#include "ground/base/disk.h"
#include "ground/base/file.h"
#include "ground/base/log.h"
#include "journeys/alert.h"
#include "journeys/pieces.h"

#ifndef TOCSIN_VERSION
#define TOCSIN_VERSION "0"
#endif

namespace tocsin::node {
namespace {

constexpr std::uint64_t kPeopleBodyBytes = 1u << 20;
constexpr std::uint64_t kImportBytes = std::uint64_t{1} << 30;
// Per source and minute, before any handshake: a house behind one address opens fewer.
constexpr unsigned kNewConnections = 600;
// Those that passwords and the one backup may hold, and two that stay free for everything else.
constexpr unsigned kPeopleWorkers = api::kMostWaitForPasswords + 1 + 2;

// The web files: where the configuration says, else beside the binary in a build tree, else where the package puts
// them.
std::string find_web_folder(const Config& config) {
  if (!config.web_folder.empty()) return config.web_folder;
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& folder :
       {binary / "../../web/dist", binary / "../share/tocsin/web", std::filesystem::path("/usr/share/tocsin/web")})
    if (std::filesystem::exists(folder / "index.html", error))
      return std::filesystem::weakly_canonical(folder, error).string();
  return "";
}

class RunningNode final : public Node {
 public:
  static Result<std::unique_ptr<Node>> open(const std::string& folder) {
    if (!base::exists(folder + "/tocsin.db")) return fail(ErrorCode::NotFound, "node.not_initialised", {folder});
    auto lock = TRY(base::FolderLock::take(folder + "/lock"));
    auto node = std::unique_ptr<RunningNode>(new RunningNode(folder, std::move(lock)));
    remove_unfinished_backups(folder);
    node->config_ = TRY(read_config(folder));
    node->keys_ = TRY(trust::KeyRing::open(folder + "/keys"));
    if (TRY(node->keys_->renew_people_tls(certificate_names(node->config_), base::system_clock().now())))
      base::log_info("the certificate that browsers see has been issued anew");
    node->db_ = TRY(store::Database::open({folder + "/tocsin.db"}));
    TRY_VOID(node->db_->migrate(all_migrations()));
    TRY_VOID(node->db_->write([](store::Transaction& tx) { return intel::end_cut_off_imports(tx); }));
    people::use_column_key(node->keys_->in_force().column_key);
    const auto own = TRY(node->db_->read_value([](store::Transaction& tx) { return trust::own_party(tx); }));
    TRY_VOID(node->keys_->adopt(own.descriptor));
    TRY_VOID(node->keys_->settle());
    node->context_.db = node->db_.get();
    node->context_.clock = &base::system_clock();
    node->context_.self = {own.id, node->keys_.get()};
    node->context_.ring = node->keys_.get();
    node->context_.has_room = [folder] {
      const auto room = base::disk_room(folder);
      return !room || base::disk_state(*room) != base::DiskState::Full;
    };
    node->context_.changed = [raw = node.get()](std::string_view part) { raw->changed(part); };
    api::Settings settings;
    settings.node_id = own.id.text().substr(0, 8);
    settings.version = TOCSIN_VERSION;
    settings.data_folder = folder;
    settings.web_folder = find_web_folder(node->config_);
    settings.allowed_hosts = TRY(authorities(node->config_));
    settings.make_backup = [raw = node.get()](std::string_view passphrase) { return raw->back_up(passphrase); };
    node->peers_door_ = std::make_unique<PeersDoor>(node->context_);
    node->router_ = std::make_unique<api::Router>(node->context_, std::move(settings));
    return std::unique_ptr<Node>(std::move(node));
  }

  net::Response console(const net::Request& request) override { return router_->console(request); }
  const Config& config() const override { return config_; }

  Result<void> serve(const std::atomic<bool>& stop, const std::function<void()>& on_ready) override {
    const Endpoint people = TRY(parse_endpoint(config_.people_listen));
    const Endpoint peers = TRY(parse_endpoint(config_.peers_listen));
    ::unlink(socket_path(folder_).c_str());  // left by a node that was killed; the lock says that none is running

    net::ServerOptions people_options;
    people_options.address = people.address;
    people_options.port = people.port;
    people_options.tls = keys_->in_force().people_tls;
    people_options.max_new_connections_per_source = kNewConnections;
    people_options.trusted_proxies = config_.trusted_proxies;
    people_options.workers = kPeopleWorkers;
    people_options.before_body = [this](const net::Request& head) { return router_->refuse_body(head); };
    people_options.body_limit = [](std::string_view, std::string_view path) {
      return path == "/api/import" ? kImportBytes : kPeopleBodyBytes;
    };
    auto people_server =
        TRY(net::Server::start(people_options, [this](const net::Request& r) { return router_->people(r); }));

    net::ServerOptions peer_options;
    peer_options.address = peers.address;
    peer_options.port = peers.port;
    peer_options.tls = keys_->in_force().peer_tls;
    peer_options.ask_client_certificate = true;
    peer_options.max_body_bytes = trust::kOwnLimits.delivery_bytes;
    peer_options.max_new_connections_per_source = kNewConnections;
    peer_options.before_body = [this](const net::Request& head) { return peers_door_->refuse(head); };
    auto peer_server =
        TRY(net::Server::start(peer_options, [this](const net::Request& r) { return peers_door_->answer(r); }));

    net::ServerOptions console_options;
    console_options.unix_path = socket_path(folder_);
    console_options.max_body_bytes = kImportBytes;
    auto console_server =
        TRY(net::Server::start(console_options, [this](const net::Request& r) { return router_->console(r); }));

    {
      std::lock_guard lock(mutex_);
      people_server_ = people_server.get();
      peer_server_ = peer_server.get();
      couriers_ = std::make_unique<Couriers>(context_, config_.proxy, base::seconds(config_.pull_seconds));
    }
    base::log_info("node {} serves people on {} and peers on {}", context_.self.party.text().substr(0, 8),
                   config_.people_listen, config_.peers_listen);
    if (on_ready) on_ready();
    run_schedule(stop);

    std::unique_ptr<Couriers> ending;
    {
      std::lock_guard lock(mutex_);
      people_server_ = nullptr;
      peer_server_ = nullptr;
      ending = std::move(couriers_);
    }
    ending.reset();
    console_server->stop();
    peer_server->stop();
    people_server->stop();
    ::unlink(socket_path(folder_).c_str());
    base::log_info("node stopped");
    return {};
  }

 private:
  RunningNode(std::string folder, base::FolderLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  // One at a time: each needs room for two copies of the database.
  Result<std::string> back_up(std::string_view passphrase) {
    const std::unique_lock turn(backup_turn_, std::try_to_lock);
    if (!turn) return fail(ErrorCode::Conflict, "backup.running");
    // The database names keys that are to be found beside it: what was made across a change of them is made again.
    for (;;) {
      TRY_VOID(keys_->settle());
      const trust::OwnKeys* const before = &keys_->in_force();
      auto made = TRY(make_backup(*db_, folder_, passphrase));
      if (&keys_->in_force() == before) return made;
      ::unlink(made.c_str());
    }
  }

  // Called after commits, from any thread.
  void changed(std::string_view part) {
    std::lock_guard lock(mutex_);
    if (part == "keys") {
      if (peer_server_ == nullptr) return;
      if (const auto used = peer_server_->use(keys_->in_force().peer_tls); !used)
        base::log_error("peers are shown the old key until the next start: {}", base::describe(used.error()));
      return;
    }
    if (couriers_ &&
        (part == "send" || part == "agreement" || part == "peer" || part == "retraction" || part == "alert"))
      couriers_->wake();
    if (!people_server_ || part == "send") return;
    // What changed, never which: the page asks again with its reader's own rights.
    people_server_->broadcast("events", part, "{}");
  }

  void run_schedule(const std::atomic<bool>& stop) {
    // By the clock that does not jump: what is due does not wait until a clock that was set back has caught up.
    Duration next_cleaning = context_.clock->steady(), next_telling = next_cleaning;
    while (!stop) {
      ::usleep(100'000);
      const Duration now = context_.clock->steady();
      if (now >= next_telling) {
        next_telling = {now.us + base::seconds(5).us};
        if (const auto told = journeys::tell_growth_due(context_); !told)
          base::log_error("what has been added to an alert is not told: {}", base::describe(told.error()));
      }
      if (now < next_cleaning) continue;
      next_cleaning = {now.us + base::hours(1).us};
      if (const auto done = clean(stop); !done)
        base::log_error("the work of the hour is not done: {}", base::describe(done.error()));
    }
  }

  // Rows that nothing asks for any more go, each room says why of its own; then what was interrupted is finished.
  Result<void> clean(const std::atomic<bool>& stop) {
    TRY_VOID(db_->write([&](store::Transaction& tx) -> Result<void> {
      TRY_VOID(people::forget_expired(tx, context_.now()));
      return watch::forget_old_batches(tx, context_.now());
    }));
    const auto prune = [&](store::Transaction& tx) { return exchange::prune(tx, context_.now()); };
    while (TRY(db_->write_value(prune)) > 0)
      if (stop) return {};
    if (const auto gone = db_->forget_deleted(); !gone)  // an hour later, then
      base::log_warning("the log of the database is not emptied: {}", base::describe(gone.error()));
    return journeys::finish_publications(context_, stop);
  }

  const std::string folder_;
  base::FolderLock lock_;
  Config config_;
  std::unique_ptr<trust::KeyRing> keys_;
  std::unique_ptr<store::Database> db_;
  journeys::Context context_;
  std::unique_ptr<api::Router> router_;
  std::unique_ptr<PeersDoor> peers_door_;
  std::mutex backup_turn_;
  std::mutex mutex_;  // guards those below while serve() starts and stops
  net::Server* people_server_ = nullptr;
  net::Server* peer_server_ = nullptr;
  std::unique_ptr<Couriers> couriers_;
};

}  // namespace

Result<std::unique_ptr<Node>> Node::open(const std::string& folder) {
  return RunningNode::open(folder);
}

std::string socket_path(const std::string& folder) {
  return folder + "/tocsin.sock";
}

}  // namespace tocsin::node
