#include "ground/net/server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ground/base/log.h"
#include "ground/net/connection.h"
#include "ground/net/listen.h"
#include "ground/net/tls.h"

namespace tocsin::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr Duration kGraceForReplies = base::seconds(5);
constexpr Duration kPatience = base::seconds(60);
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

struct Visitor {
  Peer peer;
  std::optional<IpAddress> source;
};

std::optional<Visitor> identify(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio's accept leaves that out
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(socket.native_handle(), generic, &size) != 0) return std::nullopt;
  if (address.ss_family == AF_UNIX) {
    ucred credentials{};
    socklen_t credentials_size = sizeof credentials;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &credentials_size) != 0)
      return std::nullopt;
    return Visitor{{"unix", credentials.uid, false}, std::nullopt};
  }
  const auto ip = from_sockaddr(*generic);
  if (!ip) return std::nullopt;
  return Visitor{{ip->text(), std::nullopt, false}, ip};
}

class HttpServer final : public Server {
 public:
  HttpServer(const ServerOptions& options, Handler handler, TlsInUse::Context tls, ListeningSocket listening,
             std::vector<IpAddress> trusted_proxies)
      : core_(options, std::move(handler), std::move(tls)),
        listening_(std::move(listening)),
        trusted_proxies_(std::move(trusted_proxies)),
        acceptor_(asio::make_strand(core_.io)),
        work_(asio::make_work_guard(core_.io)) {}

  ~HttpServer() override { stop(); }

  Result<void> use(const crypto::TlsIdentity& identity) override {
    CHECK(core_.tls.get() != nullptr);
    core_.tls.set(TRY(make_server_context(identity, core_.options.ask_client_certificate)));
    return {};
  }

  void open() {
    acceptor_.assign(asio::generic::stream_protocol(listening_.family(), 0), listening_.release());
    asio::co_spawn(acceptor_.get_executor(), accept_all(), asio::detached);
    for (unsigned i = 0; i < std::max(1u, core_.options.io_threads); ++i)
      io_threads_.emplace_back([this, i] {
        name_this_thread("net.io." + std::to_string(i));
        run_io();
      });
  }

  std::uint16_t port() const override { return listening_.port(); }

  void stop() override {
    std::lock_guard lock(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    core_.stopping = true;
    core_.connections.close();
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
    for (const auto& connection : core_.connections.all()) connection->finish_soon();
    core_.workers.finish();
    // Every reply is with its connection now; clients that do not fetch theirs are left behind.
    if (!core_.connections.wait_until_empty(kGraceForReplies))
      for (const auto& connection : core_.connections.all()) connection->abort();
    if (!core_.connections.wait_until_empty(kPatience)) base::log_error("net: connections do not end; leaving them");
    work_.reset();
    core_.io.stop();
    for (std::thread& thread : io_threads_) thread.join();
    io_threads_.clear();
    error_code ignored;
    acceptor_.close(ignored);
  }

  void broadcast(std::string_view topic, std::string_view event, std::string_view data) override {
    core_.events.broadcast(topic, event, data);
  }

 private:
  void run_io() {
    for (;;) {
      try {
        core_.io.run();
        return;
      } catch (const std::exception& error) {
        base::log_error("net: an I/O step ended by an exception: {}", error.what());
      }
    }
  }

  asio::awaitable<void> accept_all() {
    for (bool complained = false; !core_.stopping;) {
      asio::any_io_executor strand = asio::make_strand(core_.io);
      error_code ec;
      auto token = asio::redirect_error(asio::use_awaitable, ec);
      Socket socket = co_await acceptor_.async_accept(strand, token);
      if (!ec) {
        complained = false;
        welcome_or_drop(std::move(socket));
      } else if (!core_.stopping && ec != asio::error::connection_aborted) {
        // No descriptors or memory left: wait until connections end instead of spinning.
        if (!std::exchange(complained, true)) base::log_warning("net: cannot accept a connection: {}", ec.message());
        pause_.expires_after(kPauseWithoutDescriptors);
        co_await pause_.async_wait(token);
      }
    }
  }

  void welcome_or_drop(Socket socket) {
    try {
      welcome(std::move(socket));
    } catch (const std::exception& error) {
      base::log_error("net: a connection cannot be taken: {}", error.what());
    }
  }

  void welcome(Socket socket) {
    auto visitor = identify(socket);
    if (!visitor) return;
    if (visitor->source) {
      error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    const auto& proxies = trusted_proxies_;
    if (visitor->source && std::find(proxies.begin(), proxies.end(), *visitor->source) != proxies.end()) {
      visitor->peer.is_trusted_proxy = true;
      visitor->source.reset();
    }
    auto connection = std::make_shared<Connection>(core_, std::move(socket), std::move(visitor->peer));
    if (core_.connections.add(connection, visitor->source)) connection->start();
  }

  Core core_;
  ListeningSocket listening_;
  const std::vector<IpAddress> trusted_proxies_;
  Acceptor acceptor_;
  asio::steady_timer pause_{acceptor_.get_executor()};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> io_threads_;
  std::mutex stop_mutex_;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  if (options.ask_client_certificate && !options.tls)
    return fail(ErrorCode::Malformed, "net.client_certificate_needs_tls");
  std::unique_ptr<asio::ssl::context> tls;
  if (options.tls) tls = TRY(make_server_context(*options.tls, options.ask_client_certificate));
  std::vector<IpAddress> proxies;
  for (const std::string& text : options.trusted_proxies) {
    const auto address = parse_ip(text);
    if (!address) return fail(ErrorCode::Malformed, "net.bad_proxy_address", {text});
    proxies.push_back(*address);
  }
  auto listening = TRY(ListeningSocket::open(options));
  try {
    auto server = std::make_unique<HttpServer>(options, std::move(handler), std::move(tls), std::move(listening),
                                               std::move(proxies));
    server->open();
    return server;
  } catch (const std::exception& error) {  // threads or descriptors run out
    return fail(ErrorCode::Unavailable, "net.listen",
                {options.unix_path.empty() ? options.address : options.unix_path, error.what()});
  }
}

}  // namespace tocsin::net
