// For this room's tests: a raw socket that says exactly the bytes it is told to, and a server to say them to.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "ground/net/client.h"
#include "ground/net/server.h"

namespace tocsin::net::testing {

/// Fails the test after this long without a byte, so that no fault can hang the suite.
inline constexpr int kPatienceMilliseconds = 20'000;

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool connected() const { return connected_; }

  /// False when the other side has gone.
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  void end_writing() { ::shutdown(fd_, SHUT_WR); }

  /// What arrives next; "" at the end of the connection.
  std::string hear() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMilliseconds) != 1) {
      ADD_FAILURE() << "nothing arrived, and the connection did not end";
      return {};
    }
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
  }
  /// "" where nothing has arrived within a moment.
  std::string hear_if_any() {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, 20) == 1 ? hear() : std::string();
  }
  std::string hear_until(std::string_view mark) {
    std::string all;
    while (all.find(mark) == std::string::npos) {
      const std::string more = hear();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  std::string hear_all() {
    std::string all;
    for (std::string more = hear(); !more.empty(); more = hear()) all += more;
    return all;
  }

 private:
  int fd_;
  bool connected_ = false;
};

/// Everything a plain server on `port` answers to these bytes, until it closes.
inline std::string ask(std::uint16_t port, std::string_view bytes) {
  RawSocket socket(port);
  socket.say(bytes);
  return socket.hear_all();
}

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

inline std::unique_ptr<Server> must_start(const ServerOptions& options, Handler handler) {
  auto server = Server::start(options, std::move(handler));
  if (!server) {
    ADD_FAILURE() << base::describe(server.error());
    std::abort();
  }
  return std::move(*server);
}

inline std::string url(const Server& server, std::string_view path, std::string_view scheme = "http") {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
}

/// For talking to our own test servers.
inline ClientOptions loopback() {
  ClientOptions out;
  out.any_address = true;
  return out;
}

/// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-net-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) ? pattern : std::string();
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace tocsin::net::testing
