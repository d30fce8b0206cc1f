#include "ground/net/listen.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ground/net/address.h"

namespace tocsin::net {
namespace {

constexpr int kBacklog = 512;

tl::unexpected<Error> listen_error(const std::string& address) {
  const int code = errno;
  if (code == EADDRINUSE) return fail(ErrorCode::Conflict, "net.address_in_use", {address});
  return fail(code == EACCES ? ErrorCode::Forbidden : ErrorCode::Unavailable, "net.listen",
              {address, std::strerror(code)});
}

template <typename Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // the sockets API's own kind of inheritance
}

/// A socket file left by a process that ended is removed; one that somebody listens on is not.
Result<void> clear_stale_socket(const sockaddr_un& name, const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return fail(ErrorCode::Conflict, "net.address_in_use", {path});
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return listen_error(path);
  const bool dead = ::connect(probe, generic(name), sizeof name) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (!dead) return fail(ErrorCode::Conflict, "net.address_in_use", {path});
  if (::unlink(path.c_str()) != 0) return listen_error(path);
  return {};
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      family_(other.family_),
      port_(other.port_),
      unix_path_(std::exchange(other.unix_path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
  if (fd_ >= 0) ::close(fd_);
  struct stat now {};
  if (!unix_path_.empty() && ::lstat(unix_path_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_)
    ::unlink(unix_path_.c_str());
}

int ListeningSocket::release() {
  return std::exchange(fd_, -1);
}

Result<ListeningSocket> ListeningSocket::open(const ServerOptions& options) {
  return options.unix_path.empty() ? open_ip(options) : open_unix(options);
}

Result<ListeningSocket> ListeningSocket::open_unix(const ServerOptions& options) {
  const std::string& path = options.unix_path;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path || path.find('\0') != std::string::npos)
    return fail(ErrorCode::Malformed, "net.bad_address", {path});
  std::memcpy(name.sun_path, path.data(), path.size());
  TRY_VOID(clear_stale_socket(name, path));

  ListeningSocket out(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), AF_UNIX);
  // On Linux the mode of the unbound socket becomes the mode of its file: there is no moment in which others may enter.
  if (out.fd_ < 0 || ::fchmod(out.fd_, 0600) != 0 || ::bind(out.fd_, generic(name), sizeof name) != 0)
    return listen_error(path);
  struct stat made {};
  if (::lstat(path.c_str(), &made) != 0) return listen_error(path);
  out.unix_path_ = path;
  out.device_ = made.st_dev;
  out.inode_ = made.st_ino;
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(out.fd_, kBacklog) != 0) return listen_error(path);
  return out;
}

Result<ListeningSocket> ListeningSocket::open_ip(const ServerOptions& options) {
  const auto address = parse_ip(options.address);
  if (!address) return fail(ErrorCode::Malformed, "net.bad_address", {options.address});
  if (!options.tls && !address->is_loopback())
    return fail(ErrorCode::Forbidden, "net.plain_http_refused", {options.address});

  const std::string place =
      (address->is_v4() ? options.address : '[' + options.address + ']') + ':' + std::to_string(options.port);
  sockaddr_storage name{};
  socklen_t size = 0;
  if (address->is_v4()) {
    auto& four = reinterpret_cast<sockaddr_in&>(name);
    four.sin_family = AF_INET;
    four.sin_port = htons(options.port);
    std::memcpy(&four.sin_addr, &address->bytes[12], 4);
    size = sizeof four;
  } else {
    auto& six = reinterpret_cast<sockaddr_in6&>(name);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(options.port);
    std::memcpy(&six.sin6_addr, address->bytes.data(), 16);
    size = sizeof six;
  }
  const int family = name.ss_family;
  ListeningSocket out(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), family);
  const int on = 1, off = 0;
  if (out.fd_ < 0 || ::setsockopt(out.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return listen_error(place);
  // "::" means both families, whatever the machine's own setting says.
  if (family == AF_INET6 && ::setsockopt(out.fd_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0)
    return listen_error(place);
  if (::bind(out.fd_, generic(name), size) != 0 || ::listen(out.fd_, kBacklog) != 0) return listen_error(place);

  sockaddr_storage bound{};
  socklen_t bound_size = sizeof bound;
  if (::getsockname(out.fd_, reinterpret_cast<sockaddr*>(&bound), &bound_size) != 0) return listen_error(place);
  out.port_ = ntohs(family == AF_INET ? reinterpret_cast<const sockaddr_in&>(bound).sin_port
                                      : reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
  return out;
}

}  // namespace tocsin::net
