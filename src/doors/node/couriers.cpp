#include "doors/node/couriers.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "ground/base/log.h"
#include "journeys/sync.h"

namespace tocsin::node {
namespace {

constexpr Duration kFirstRetry = base::milliseconds(500);
constexpr Duration kLongestRetry = base::minutes(1);  // an alert may have to be acknowledged within ten
constexpr Duration kLookForPeers = base::seconds(5);

// Half to one and a half of the delay, so that peers of one node that came back are not all called at once.
Duration with_jitter(Duration delay) {
  std::uint8_t byte = 0;
  base::random_bytes(&byte, 1);
  return {delay.us / 2 + delay.us * byte / 255};
}

}  // namespace

struct Couriers::Impl {
  const journeys::Context& context;
  const std::string proxy;
  const Duration pull_every;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::uint64_t wakes = 0;
  std::thread overseer;
  std::map<trust::PartyId, std::thread> threads;

  Impl(const journeys::Context& c, std::string p, Duration every) : context(c), proxy(std::move(p)), pull_every(every) {
    overseer = std::thread([this] { oversee(); });
  }

  // False when the node stops. Returns early when somebody wakes and `interruptible`.
  bool wait(Duration duration, std::uint64_t& seen, bool interruptible) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::microseconds(duration.us),
                     [&] { return stopping || (interruptible && wakes != seen); });
    seen = wakes;
    return !stopping;
  }

  void oversee() {
    std::uint64_t seen = 0;
    do {
      const auto peers = context.db->read_value([](store::Transaction& tx) { return trust::peers(tx); });
      if (!peers) {
        base::log_error("peers cannot be read: {}", base::describe(peers.error()));
        continue;
      }
      for (const trust::Party& peer : *peers)
        if (!threads.contains(peer.id)) threads.emplace(peer.id, std::thread([this, id = peer.id] { serve_peer(id); }));
    } while (wait(kLookForPeers, seen, true));
  }

  void serve_peer(const trust::PartyId& id) {
    std::uint64_t seen = 0;
    Duration retry = kFirstRetry;
    Duration next_pull = context.clock->steady();
    std::unique_ptr<net::Client> client;
    std::string client_for;
    journeys::Route route;
    for (;;) {
      const auto peer = context.db->read_value([&](store::Transaction& tx) { return trust::party(tx, id); });
      Duration pause = pull_every;
      bool interruptible = true;
      if (peer && peer->state != trust::PeerState::Invited && peer->state != trust::PeerState::Suspended &&
          !peer->descriptor.endpoints.empty()) {
        // Keys of ours or of theirs that are new: what was connected before is of no use.
        const std::string key =
            peer->descriptor_signed.jws + peer->allowed_address + context.self.keys->peer_tls.certificate_pem;
        if (client_for != key) {
          client = std::make_unique<net::Client>(journeys::client_options(*context.self.keys, *peer, proxy));
          client_for = key;
          route = {peer->descriptor.endpoints};
        }
        const auto outcome = exchange_all(id, *client, route, next_pull);
        if (outcome) {
          retry = kFirstRetry;
        } else {
          base::log_warning("peer {}: {}", id.text(), base::describe(outcome.error()));
          if (outcome.error().id == "net.wrong_key" && learn_new_key(*peer)) continue;
          pause = with_jitter(retry);
          retry = std::min(kLongestRetry, Duration{retry.us * 2});
          interruptible = false;  // a peer that is down is not called for every new statement
        }
      }
      if (!wait(pause, seen, interruptible)) return;
    }
  }

  bool learn_new_key(const trust::Party& peer) {
    const auto learned = journeys::ask_who_it_is(context, peer, proxy);
    if (!learned)
      base::log_warning("peer {} shows another key, and no descriptor: {}", peer.id.text(),
                        base::describe(learned.error()));
    return learned && *learned;
  }

  // All that is queued, then, when it is time, what waits at the other side.
  Result<void> exchange_all(const trust::PartyId& peer, net::Client& client, journeys::Route& route,
                            Duration& next_pull) {
    // A push that is refused does not keep us from hearing the other side, which may say what would help.
    const auto pushed = repeat([&] { return journeys::push_once(context, peer, client, route); });
    if (is_stopping() || (pushed && context.clock->steady() < next_pull)) return pushed;
    next_pull = {context.clock->steady().us + pull_every.us};
    const auto pulled = repeat([&] { return journeys::pull_once(context, peer, client, route); });
    return pushed ? pulled : pushed;
  }

  template <typename Step>
  Result<void> repeat(const Step& step) {
    while (TRY(step()) == journeys::Exchanged::Something)
      if (is_stopping()) break;
    return {};
  }

  bool is_stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }
};

Couriers::Couriers(const journeys::Context& context, std::string proxy, Duration pull_every)
    : impl_(std::make_unique<Impl>(context, std::move(proxy), pull_every)) {}

Couriers::~Couriers() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  impl_->overseer.join();
  for (auto& [id, thread] : impl_->threads) thread.join();
}

void Couriers::wake() {
  {
    std::lock_guard lock(impl_->mutex);
    ++impl_->wakes;
  }
  impl_->changed.notify_all();
}

}  // namespace tocsin::node
