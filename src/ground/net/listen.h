// Opens the listening socket that ServerOptions ask for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "ground/base/result.h"
#include "ground/net/server.h"

namespace tocsin::net {

/// Owns the socket until release(), and the file of a unix socket until destroyed.
class ListeningSocket {
 public:
  /// Error ids: net.bad_address {address}, net.plain_http_refused {address}, net.listen {address, reason},
  /// net.address_in_use {address}.
  static Result<ListeningSocket> open(const ServerOptions& options);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int release();  ///< the caller closes it
  int family() const { return family_; }
  std::uint16_t port() const { return port_; }

 private:
  ListeningSocket(int fd, int family) : fd_(fd), family_(family) {}
  static Result<ListeningSocket> open_unix(const ServerOptions& options);
  static Result<ListeningSocket> open_ip(const ServerOptions& options);

  int fd_;
  int family_;
  std::uint16_t port_ = 0;
  std::string unix_path_;  ///< removed at the end if it is still the file we made
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tocsin::net
