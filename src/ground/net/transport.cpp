#include "ground/net/transport.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "ground/net/tls.h"

// g++ 12.2 miscompiles some temporaries inside co_await expressions: every completion token is a named local.

namespace tocsin::net {

namespace asio = boost::asio;
using boost::system::error_code;

Transport::Transport(Socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
  if (tls) tls_.emplace(socket_, *tls);
}

asio::awaitable<bool> Transport::handshake() {
  if (!tls_) co_return true;
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  co_return !ec;
}

std::optional<Digest> Transport::client_key_pin() {
  if (!tls_) return std::nullopt;
  return peer_pin(tls_->native_handle());
}

asio::awaitable<std::size_t> Transport::read_some(asio::mutable_buffer into) {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  std::size_t got = 0;
  if (tls_)
    got = co_await tls_->async_read_some(into, token);
  else
    got = co_await socket_.async_read_some(into, token);
  co_return ec ? 0 : got;
}

asio::awaitable<bool> Transport::write(asio::const_buffer from) {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  if (tls_)
    co_await asio::async_write(*tls_, from, token);
  else
    co_await asio::async_write(socket_, from, token);
  co_return !ec;
}

asio::awaitable<void> Transport::end_writing() {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  if (tls_) co_await tls_->async_shutdown(token);
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

asio::awaitable<std::size_t> Transport::discard_some(asio::mutable_buffer scratch) {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  const std::size_t got = co_await socket_.async_read_some(scratch, token);
  co_return ec ? 0 : got;
}

void Transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tocsin::net
