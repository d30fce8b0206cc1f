#include "ground/net/connection.h"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ground/base/log.h"
#include "ground/net/forwarded.h"
#include "ground/net/request_body.h"

// g++ 12.2 miscompiles some temporaries inside co_await expressions: what an awaited call takes is a named local.

namespace tocsin::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 32 * 1024;
constexpr std::size_t kSliceBytes = 128 * 1024;    ///< written at once, under one deadline
constexpr std::uint64_t kProgressBytes = 1 << 20;  ///< each of these renews body_timeout
constexpr std::uint64_t kMaxDiscardedBytes = 16 << 20;
constexpr Duration kGoodbye = base::seconds(2);
constexpr int kContinue = 100;

std::chrono::microseconds chrono(Duration duration) {
  return std::chrono::microseconds(duration.us);
}

}  // namespace

Connection::Connection(Core& core, Socket socket, Peer peer)
    : core_(core),
      tls_(core.tls.get()),
      transport_(std::move(socket), tls_.get()),
      peer_(std::move(peer)),
      wake_(transport_.executor()),
      timer_(transport_.executor()) {}

void Connection::start() {
  asio::co_spawn(transport_.executor(), run(shared_from_this()), asio::detached);
}

void Connection::finish_soon() {
  asio::post(transport_.executor(), [self = shared_from_this()] {
    if (self->phase_ != Phase::Answering) self->close();
  });
}

void Connection::abort() {
  asio::post(transport_.executor(), [self = shared_from_this()] { self->close(); });
}

Connection::~Connection() {
  if (stream_) core_.events.unsubscribe(stream_);
  core_.body_memory.release(body_bytes_held_);
  core_.connections.remove(this);
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  try {
    co_await self->converse();
  } catch (const std::exception& error) {  // memory is short, or a library surprises us: this client only
    base::log_error("net: a connection ended by an exception: {}", error.what());
  }
  self->close();
  self->clear_deadline();
  self->timer_.cancel();
}

asio::awaitable<void> Connection::converse() {
  set_deadline(core_.options.header_timeout);
  const bool greeted = co_await transport_.handshake();
  if (!greeted) co_return;
  client_key_pin_ = transport_.client_key_pin();
  // Asked anew each time: a finish_soon() that came while we were answering has done nothing.
  for (bool more = true; more && !closed_ && !core_.stopping;) {
    more = co_await exchange();
    first_request_ = false;
  }
}

asio::awaitable<bool> Connection::exchange() {
  phase_ = Phase::Receiving;
  request_ = {};
  refused_.reset();
  head_only_ = false;
  Answer reply;
  bool keep = false;
  const Outcome<bool> received = co_await receive();
  if (closed_) co_return false;
  if (received) {
    phase_ = Phase::Answering;
    clear_deadline();
    core_.connections.let_go(this, false);
    reply = co_await ask_worker(&Connection::run_handler);
    is_known_ = is_known_ || reply.response.known;
    keep = *received && !reply.response.last;
  } else if (refused_) {
    phase_ = Phase::Answering;
    reply = std::move(*refused_);
  } else {
    if (received.error().status == 0) co_return false;
    phase_ = Phase::Answering;
    reply.response = refusal_response(received.error());
  }
  request_ = {};
  core_.body_memory.release(std::exchange(body_bytes_held_, 0));
  const bool may_go_on = co_await send(reply, keep && !core_.stopping);
  core_.connections.let_go(this, !is_known_);
  co_return may_go_on;
}

asio::awaitable<Outcome<bool>> Connection::receive() {
  Outcome<RequestHead> head = co_await receive_head();
  if (!head) co_return tl::unexpected(head.error());
  request_ = std::move(head->request);
  const auto client = peer_.is_trusted_proxy ? last_forwarded_for(request_.headers) : std::nullopt;
  request_.remote_address = client ? client->text() : peer_.address;
  request_.unix_uid = peer_.unix_uid;
  request_.client_key_pin = client_key_pin_;
  head_only_ = request_.method == "HEAD";
  if (head->has_body() && core_.options.before_body) {
    clear_deadline();
    Answer said = co_await ask_worker(&Connection::run_before_body);
    if (said.response.status != kContinue) {
      refused_ = std::move(said);
      co_return refuse(0, ErrorCode::Forbidden);
    }
  }
  Outcome<std::string> body = co_await receive_body(*head);
  if (!body) co_return tl::unexpected(body.error());
  request_.body = std::move(*body);
  co_return head->keep_alive;
}

asio::awaitable<Outcome<RequestHead>> Connection::receive_head() {
  const ServerOptions& options = core_.options;
  // The first request must follow the greeting soon; a client that has asked before may think for longer.
  set_deadline(!input().empty() || first_request_ ? options.header_timeout : options.idle_timeout);
  bool begun = !input().empty();
  HeadReader reader;
  for (;;) {
    std::size_t consumed = 0;
    Outcome<std::optional<RequestHead>> head = reader.read(input(), consumed);
    input_begin_ += consumed;
    if (!head) co_return tl::unexpected(head.error());
    if (*head) co_return std::move(**head);
    const bool filled = co_await fill();
    if (!filled) co_return refuse(timed_out_ && begun ? 408 : 0, ErrorCode::Timeout);
    if (!begun) set_deadline(options.header_timeout);
    begun = true;
  }
}

asio::awaitable<Outcome<std::string>> Connection::receive_body(const RequestHead& head) {
  if (!head.has_body()) co_return std::string();
  const std::uint64_t limit = body_limit(request_);
  if (head.content_length > limit) co_return refuse(413, ErrorCode::TooLarge);
  BodyReader reader(head, limit);
  set_deadline(core_.options.body_timeout);
  if (head.expects_continue && input().empty()) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool written = co_await transport_.write(asio::buffer(go_on));
    if (!written) co_return refuse(0, ErrorCode::Malformed);
  }
  std::uint64_t milestone = kProgressBytes;
  for (;;) {
    std::size_t consumed = 0;
    const Outcome<bool> complete = reader.read(input(), consumed);
    input_begin_ += consumed;
    if (!complete) co_return tl::unexpected(complete.error());
    const std::uint64_t more = reader.size() - body_bytes_held_;
    if (!core_.body_memory.grow(body_bytes_held_, more)) co_return refuse(503, ErrorCode::Unavailable);
    body_bytes_held_ += more;
    if (*complete) co_return reader.take();
    if (reader.size() >= milestone) {
      set_deadline(core_.options.body_timeout);
      milestone = reader.size() + kProgressBytes;
    }
    const bool filled = co_await fill();
    if (!filled) co_return refuse(timed_out_ ? 408 : 0, ErrorCode::Timeout);
  }
}

std::uint64_t Connection::body_limit(const Request& request) const {
  return core_.options.body_limit ? core_.options.body_limit(request.method, request.path)
                                  : core_.options.max_body_bytes;
}

asio::awaitable<Answer> Connection::ask_worker(Answer (Connection::*work)()) {
  answer_.reset();
  const bool queued = core_.workers.try_run([self = shared_from_this(), work] {
    auto answer = std::make_shared<Answer>((self.get()->*work)());
    asio::post(self->transport_.executor(), [self, answer] {
      self->answer_.emplace(std::move(*answer));
      self->wake_.cancel();
    });
  });
  if (!queued) co_return Answer{refusal_response({503, ErrorCode::Unavailable})};
  while (!answer_) co_await sleep_until_woken(Instant::max());
  Answer out = std::move(*answer_);
  answer_.reset();
  co_return out;
}

Answer Connection::run_before_body() {
  try {
    auto refusal = core_.options.before_body(request_);
    if (refusal) return {std::move(*refusal)};
  } catch (const std::exception& error) {
    base::log_error("net: a check before a body threw: {}", error.what());
    return {refusal_response({500, ErrorCode::Internal})};
  }
  Response go_on;
  go_on.status = kContinue;
  return {std::move(go_on)};
}

Answer Connection::run_handler() {
  if (core_.stopping) return {refusal_response({503, ErrorCode::Unavailable})};
  try {
    Answer out{core_.handler(request_)};
    if (!out.response.file_path) return out;
    auto file = FileSource::open(*out.response.file_path);
    // What is open can be read to its end, and gives its room back however the connection ends.
    if (out.response.file_is_temporary) ::unlink(out.response.file_path->c_str());
    if (file) {
      out.file.emplace(std::move(*file));
      return out;
    }
    base::log_error("net: a file to be sent cannot be opened: {}", base::describe(file.error()));
    if (file.error().code == ErrorCode::NotFound) return {refusal_response({404, ErrorCode::NotFound})};
  } catch (const std::bad_alloc&) {
    base::log_error("net: a handler ran out of memory");
    return {refusal_response({503, ErrorCode::Unavailable})};
  } catch (const std::exception& error) {
    base::log_error("net: a handler threw: {}", error.what());
  } catch (...) {
    base::log_error("net: a handler threw something unknown");
  }
  return {refusal_response({500, ErrorCode::Internal})};
}

asio::awaitable<bool> Connection::send(Answer& answer, bool keep) {
  if (answer.response.topic) {
    const bool streamed = co_await stream_events(answer.response);
    co_return streamed;
  }
  const auto length_of = [](const Answer& of) -> std::optional<std::uint64_t> {
    if (!may_have_body(of.response.status)) return std::nullopt;
    return of.file ? of.file->size() : of.response.body.size();
  };
  const Time now = base::system_clock().now();
  auto head = write_head(answer.response, length_of(answer), !keep, now);
  if (!head) {
    base::log_error("net: a reply cannot be sent: {}", base::describe(head.error()));
    answer.response = refusal_response({500, ErrorCode::Internal});
    answer.file.reset();
    head = write_head(answer.response, length_of(answer), !keep, now);
    if (!head) co_return false;
  }
  std::string out = std::move(*head);
  const bool with_body = may_have_body(answer.response.status) && !head_only_;
  const bool body_follows = with_body && !answer.file && answer.response.body.size() > kSliceBytes;
  if (with_body && !answer.file && !body_follows) out += answer.response.body;
  bool sent = co_await write(out);
  if (sent && body_follows) sent = co_await write(answer.response.body);
  if (sent && with_body && answer.file) sent = co_await send_file(*answer.file);
  if (sent && !keep) co_await linger();
  const bool may_go_on = sent && keep;
  co_return may_go_on;
}

asio::awaitable<bool> Connection::send_file(FileSource& file) {
  std::string slice(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kSliceBytes)), '\0');
  for (std::uint64_t left = file.size(); left > 0;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left, slice.size()));
    const std::size_t got = file.read(std::span(slice).first(want));
    if (got == 0) co_return false;  // it shrank: only an early end tells the client that something is missing
    const bool sent = co_await write(std::string_view(slice).substr(0, got));
    if (!sent) co_return false;
    left -= got;
  }
  co_return true;
}

/// Lets the client read the reply before it learns that we are gone: closing with unread bytes would reset the
/// connection, and the reply might be lost (RFC 9112 section 9.6).
asio::awaitable<void> Connection::linger() {
  set_deadline(kGoodbye);
  co_await transport_.end_writing();
  input_.resize(kReadBytes);
  const asio::mutable_buffer scratch = asio::buffer(input_);
  for (std::uint64_t discarded = 0; discarded < kMaxDiscardedBytes && !timed_out_ && !closed_;) {
    const std::size_t got = co_await transport_.discard_some(scratch);
    if (got == 0) break;
    discarded += got;
  }
}

asio::awaitable<bool> Connection::fill() {
  input_.erase(0, std::exchange(input_begin_, 0));
  const std::size_t before = input_.size();
  input_.resize(before + kReadBytes);
  const asio::mutable_buffer space = asio::buffer(input_.data() + before, kReadBytes);
  const std::size_t got = co_await transport_.read_some(space);
  input_.resize(before + got);
  co_return got > 0 && !timed_out_ && !closed_;
}

asio::awaitable<bool> Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSliceBytes);
    set_deadline(core_.options.idle_timeout);
    const bool written = co_await transport_.write(asio::buffer(slice));
    if (!written || closed_) co_return false;
    bytes.remove_prefix(slice.size());
  }
  co_return true;
}

asio::awaitable<void> Connection::sleep_until_woken(Instant until) {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  wake_.expires_at(until);
  co_await wake_.async_wait(token);
}

void Connection::set_deadline(Duration from_now) {
  timed_out_ = false;
  deadline_ = std::chrono::steady_clock::now() + chrono(from_now);
  // A later deadline needs no new timer: the armed one looks at the deadline when it fires.
  if (!timer_armed_ || deadline_ < timer_.expiry()) arm_timer();
}

void Connection::arm_timer() {
  timer_armed_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec) self->on_timer();
  });
}

void Connection::on_timer() {
  timer_armed_ = false;
  if (deadline_ == Instant::max()) return;
  if (std::chrono::steady_clock::now() < deadline_) return arm_timer();
  if (timed_out_) return close();
  // The pending operation ends, and the conversation may still say why; if that takes long too, it is over.
  timed_out_ = true;
  transport_.cancel();
  deadline_ = std::chrono::steady_clock::now() + chrono(kGoodbye);
  arm_timer();
}

void Connection::close() {
  closed_ = true;
  transport_.close();
  wake_.cancel();
}

}  // namespace tocsin::net
