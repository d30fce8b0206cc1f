// One accepted connection, encrypted or not, behind one face: so that the conversation is written (and compiled) once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>

#include "ground/base/bytes.h"

namespace tocsin::net {

using Socket = boost::asio::generic::stream_protocol::socket;

/// All functions on the socket's own strand. Nothing throws for what the other side does.
class Transport {
 public:
  /// `tls` may be null; it must outlive the transport.
  Transport(Socket socket, boost::asio::ssl::context* tls);

  boost::asio::any_io_executor executor() { return socket_.get_executor(); }
  boost::asio::awaitable<bool> handshake();
  std::optional<Digest> client_key_pin();
  /// Bytes read; 0 when the other side has ended or the connection broke.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into);
  /// All of it, or false.
  boost::asio::awaitable<bool> write(boost::asio::const_buffer from);
  /// Says goodbye (TLS close_notify, FIN); reading goes on.
  boost::asio::awaitable<void> end_writing();
  /// The encrypted bytes themselves, for reading away what nobody will look at.
  boost::asio::awaitable<std::size_t> discard_some(boost::asio::mutable_buffer scratch);

  void cancel();  ///< pending operations fail; the connection can still be written
  void close();

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace tocsin::net
