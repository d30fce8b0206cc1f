// The conversation with one client: requests in, replies out, one after the other, each step under a deadline.
//
// Everything but run_handler() happens on the connection's strand, so that no member needs a lock.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "ground/net/core.h"
#include "ground/net/file_source.h"
#include "ground/net/reply.h"
#include "ground/net/request_head.h"
#include "ground/net/transport.h"

namespace tocsin::net {

/// Who is at the other end, as far as the socket tells.
struct Peer {
  std::string address;  ///< textual IP, or "unix"
  std::optional<unsigned> unix_uid;
  bool is_trusted_proxy = false;
};

/// What a handler answered, with its file already open.
struct Answer {
  Response response;
  std::optional<FileSource> file = {};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, Socket socket, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// From any thread: ends at once, unless a request is being answered; that reply is still sent.
  void finish_soon();
  /// From any thread: ends at once.
  void abort();

 private:
  enum class Phase { Receiving, Answering, Streaming };
  using Instant = std::chrono::steady_clock::time_point;

  static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);
  boost::asio::awaitable<void> converse();
  /// One request and its reply; true where another may follow.
  boost::asio::awaitable<bool> exchange();
  /// Fills request_; true where the client wants to go on afterwards.
  boost::asio::awaitable<Outcome<bool>> receive();
  boost::asio::awaitable<Outcome<RequestHead>> receive_head();
  boost::asio::awaitable<Outcome<std::string>> receive_body(const RequestHead& head);
  /// Runs one of the two below on a worker and waits for what it says.
  boost::asio::awaitable<Answer> ask_worker(Answer (Connection::*work)());
  Answer run_handler();
  Answer run_before_body();  ///< status 100: the body may come
  boost::asio::awaitable<bool> send(Answer& answer, bool keep);
  boost::asio::awaitable<bool> send_file(FileSource& file);
  boost::asio::awaitable<bool> stream_events(Response& response);
  boost::asio::awaitable<bool> send_waiting_events(Instant end);
  void on_event();
  static boost::asio::awaitable<void> watch_for_end(std::shared_ptr<Connection> self);
  boost::asio::awaitable<void> linger();

  boost::asio::awaitable<bool> fill();
  boost::asio::awaitable<bool> write(std::string_view bytes);
  boost::asio::awaitable<void> sleep_until_woken(Instant until);
  std::string_view input() const { return std::string_view(input_).substr(input_begin_); }
  std::uint64_t body_limit(const Request& request) const;

  void set_deadline(Duration from_now);
  void clear_deadline() { deadline_ = Instant::max(); }
  void arm_timer();
  void on_timer();
  void close();

  Core& core_;
  const TlsInUse::Context tls_;  // before the transport, which refers to it
  Transport transport_;
  const Peer peer_;
  std::optional<Digest> client_key_pin_;
  Phase phase_ = Phase::Receiving;
  bool closed_ = false;

  std::string input_;  ///< received; the part before input_begin_ is used up
  std::size_t input_begin_ = 0;
  bool first_request_ = true;
  bool is_known_ = false;  // a reply has said so (Response::known)
  Request request_;
  bool head_only_ = false;
  std::uint64_t body_bytes_held_ = 0;

  boost::asio::steady_timer wake_;  ///< cancelled to wake the conversation
  std::optional<Answer> answer_;
  std::optional<Answer> refused_;  ///< by before_body
  std::shared_ptr<EventStream> stream_;

  boost::asio::steady_timer timer_;
  Instant deadline_ = Instant::max();
  bool timer_armed_ = false;
  bool timed_out_ = false;
};

}  // namespace tocsin::net
