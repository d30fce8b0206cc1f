// Clients that mean harm, or are broken: what they cost us is bounded, and others are still served.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kGetAndClose = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Handlers wait here until the test lets them go.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void wait_for(int waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= waiting; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class Hostile : public ::testing::Test {
 protected:
  Handler counting() {
    return [this](const Request& request) {
      ++calls_;
      Response out;
      out.body = "ok " + std::to_string(request.body.size());
      return out;
    };
  }
  static std::string post(std::string_view lines, std::string_view body = "") {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n" + std::string(body);
  }
  void expect_still_serving(const Server& server) {
    RawSocket socket(server.port());
    socket.say(kGet);
    EXPECT_TRUE(socket.hear_until("ok 0").starts_with("HTTP/1.1 200 "));
  }

  std::atomic<int> calls_ = 0;
};

TEST_F(Hostile, ABodyBeyondTheLimitIsRefusedBeforeItIsSent) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  auto server = must_start(options, counting());
  const std::string answer = ask(server->port(), post("Content-Length: 1001\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with(R"({"error":{"code":"too_large"}})"));
  // One that waits to be told gets its refusal instead of the permission.
  EXPECT_TRUE(
      ask(server->port(), post("Content-Length: 1001\r\nExpect: 100-continue\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask(server->port(), post("Transfer-Encoding: chunked\r\n", "3e9\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(calls_, 0);
}

TEST_F(Hostile, ARefusedUploaderStillReadsWhy) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  auto server = must_start(options, counting());
  RawSocket socket(server->port());
  socket.say(post("Content-Length: 5000000\r\n", std::string(5'000'000, 'x')));
  EXPECT_TRUE(socket.hear_all().starts_with("HTTP/1.1 413 "));
}

TEST_F(Hostile, TheBodyLimitMayDependOnThePath) {
  ServerOptions options;
  options.max_body_bytes = 10;
  options.body_limit = [](std::string_view method, std::string_view path) -> std::uint64_t {
    return method == "POST" && path == "/upload" ? 100'000 : 10;
  };
  auto server = must_start(options, counting());
  Client client(loopback());
  const std::string body(50'000, 'x');
  EXPECT_EQ(client.send("POST", url(*server, "/upload"), {}, body)->body, "ok 50000");
  EXPECT_EQ(client.send("PUT", url(*server, "/upload"), {}, body)->status, 413);
  EXPECT_EQ(client.send("POST", url(*server, "/other"), {}, body)->status, 413);
}

TEST_F(Hostile, WhoWaitsForPermissionGetsIt) {
  auto server = must_start({}, counting());
  RawSocket socket(server->port());
  socket.say(post("Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n"));
  EXPECT_EQ(socket.hear_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.say("abc");
  EXPECT_TRUE(socket.hear_all().ends_with("ok 3"));
}

TEST_F(Hostile, SmugglingAndGarbageAreRefusedAndTheConnectionEnds) {
  auto server = must_start({}, counting());
  const std::string both =
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n");
  for (const std::string& bytes : {both, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                                   std::string("nonsense\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    const std::string answer = ask(server->port(), bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_EQ(count(answer, "HTTP/1.1"), 1u) << answer;
  }
  EXPECT_EQ(calls_, 0);
  expect_still_serving(*server);
}

TEST_F(Hostile, AGiantHeaderGets431) {
  auto server = must_start({}, counting());
  RawSocket socket(server->port());
  std::thread writer([&] {
    socket.say("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    const std::string block(1 << 16, 'x');
    for (int i = 0; i < 64 && socket.say(block); ++i) {
    }
  });
  EXPECT_TRUE(socket.hear_all().starts_with("HTTP/1.1 431 "));
  writer.join();
  EXPECT_EQ(calls_, 0);
}

TEST_F(Hostile, AnEndlessChunkHeaderIsRefused) {
  auto server = must_start({}, counting());
  const std::string answer =
      ask(server->port(), post("Transfer-Encoding: chunked\r\n", "1;" + std::string(200'000, 'a')));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  const std::string trailers =
      ask(server->port(), post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(200'000, 'a')));
  EXPECT_TRUE(trailers.starts_with("HTTP/1.1 400 ")) << trailers;
  EXPECT_EQ(calls_, 0);
}

TEST_F(Hostile, WhoStopsInTheMiddleIsToldAndDropped) {
  ServerOptions options;
  options.header_timeout = base::milliseconds(100);
  options.body_timeout = base::milliseconds(100);
  options.idle_timeout = base::milliseconds(100);
  auto server = must_start(options, counting());
  EXPECT_TRUE(ask(server->port(), "GET / HTTP/1.1\r\nHos").starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(ask(server->port(), post("Content-Length: 10\r\n", "abc")).starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(ask(server->port(), ""), "");
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(ask(server->port(), kGet).ends_with("ok 0"));  // answered, then idle for too long
}

TEST_F(Hostile, SlowDripsDoNotRenewTheDeadline) {
  ServerOptions options;
  options.header_timeout = base::milliseconds(300);
  auto server = must_start(options, counting());
  RawSocket socket(server->port());
  socket.say("GET / HTTP/1.1\r\n");
  std::atomic<bool> done = false;
  std::thread dripping([&] {
    while (!done && socket.say("X: y\r\n")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  EXPECT_TRUE(socket.hear_until("\r\n\r\n").starts_with("HTTP/1.1 408 "));
  done = true;
  dripping.join();
  EXPECT_EQ(calls_, 0);
}

TEST_F(Hostile, WhoLeavesInTheMiddleOfABodyIsNotServed) {
  auto server = must_start({}, counting());
  for (const char* lines : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"}) {
    RawSocket socket(server->port());
    socket.say(post(lines, "5\r\nab"));
    socket.end_writing();
    EXPECT_EQ(socket.hear_all(), "");
  }
  { RawSocket leaves_at_once(server->port()); }
  { RawSocket(server->port()).say("GET / HT"); }
  server->stop();
  EXPECT_EQ(calls_, 0);
}

TEST_F(Hostile, WhoLeavesBeforeTheReplyCostsNothingElse) {
  auto server = must_start({}, [](const Request&) {
    Response out;
    out.body.assign(8'000'000, 'x');
    return out;
  });
  for (int i = 0; i < 20; ++i) RawSocket(server->port()).say(kGet);
  Client client(loopback());
  EXPECT_EQ(client.send("GET", url(*server, "/"), {}, "")->body.size(), 8'000'000u);
}

TEST_F(Hostile, WhoNeverReadsIsDropped) {
  ServerOptions options;
  options.idle_timeout = base::milliseconds(200);
  std::atomic<int> replies = 0;
  auto server = must_start(options, [&](const Request&) {
    ++replies;
    Response out;
    out.body.assign(1'000'000, 'x');
    return out;
  });
  RawSocket socket(server->port(), 4096);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kGet;
  // Ends when the server has had enough of a client that asks and does not listen.
  while (socket.say(many)) {
  }
  EXPECT_LT(replies, 1000);
}

TEST_F(Hostile, OneSourceMayNotTakeAllConnections) {
  ServerOptions options;
  options.max_connections_per_source = 3;
  auto server = must_start(options, counting());
  std::vector<RawSocket> held;
  for (int i = 0; i < 3; ++i) {
    held.emplace_back(server->port());
    held.back().say(kGet);
    EXPECT_NE(held.back().hear_until("ok 0"), "");
  }
  EXPECT_EQ(ask(server->port(), ""), "");  // closed at once, without a byte of ours
  {
    RawSocket refused(server->port());
    refused.say(kGet);
    EXPECT_EQ(refused.hear(), "");
  }
  held.pop_back();
  for (;;) {  // the place is free when the server has seen the end
    RawSocket socket(server->port());
    if (socket.say(kGet) && socket.hear().starts_with("HTTP/1.1 200 ")) break;
  }
}

TEST_F(Hostile, OneSourceMayNotOpenConnectionsWithoutEnd) {
  ServerOptions options;
  options.max_new_connections_per_source = 5;
  auto server = must_start(options, counting());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask(server->port(), kGetAndClose).starts_with("HTTP/1.1 200 ")) << i;
  EXPECT_EQ(ask(server->port(), kGetAndClose), "") << "closed without a byte of ours, although nobody is connected";
}

TEST_F(Hostile, ABodyIsRefusedBeforeItIsTransferred) {
  ServerOptions options;
  std::atomic<int> asked = 0, handled = 0;
  options.before_body = [&](const Request& head) -> std::optional<Response> {
    ++asked;
    if (head.path == "/fine") return std::nullopt;
    Response no;
    no.status = 403;
    no.body = "not you";
    return no;
  };
  auto server = must_start(options, [&](const Request& request) {
    ++handled;
    Response out;
    out.body = request.body;
    return out;
  });
  RawSocket socket(server->port());
  socket.say("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n");  // and nothing more
  EXPECT_NE(socket.hear_until("not you"), "");
  EXPECT_EQ(handled, 0);
  RawSocket polite(server->port());
  polite.say("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const std::string answer = polite.hear_until("not you");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer << ": no invitation to go on";
  EXPECT_NE(ask(server->port(), "POST /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
                .find("abc"),
            std::string::npos);
  EXPECT_EQ(asked, 3);
  EXPECT_TRUE(ask(server->port(), kGetAndClose).starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(asked, 3) << "without a body there is nothing to ask before it";
}

TEST_F(Hostile, TheTotalOfConnectionsIsBounded) {
  ServerOptions options;
  options.max_connections = 2;
  auto server = must_start(options, [](const Request&) {
    Response out;
    out.known = true;
    out.body = "you";
    return out;
  });
  RawSocket a(server->port()), b(server->port());
  for (RawSocket* known : {&a, &b}) {
    known->say(kGet);
    EXPECT_NE(known->hear_until("you"), "");
  }
  RawSocket refused(server->port());
  refused.say(kGet);
  EXPECT_EQ(refused.hear(), "");
  a.say(kGet);
  EXPECT_NE(a.hear_until("you"), "") << "those that are known stay";
}

TEST_F(Hostile, StrangersMakeRoomForEachOtherAndForThoseWhoAreKnown) {
  ServerOptions options;
  options.max_connections = 8;
  options.max_connections_per_source = 100;
  auto server = must_start(options, [](const Request& request) {
    Response out;
    out.known = request.path == "/known";
    out.body = "heard";
    return out;
  });
  const std::string as_known = "GET /known HTTP/1.1\r\nHost: a\r\n\r\n";
  RawSocket known(server->port());
  known.say(as_known);
  EXPECT_NE(known.hear_until("heard"), "");
  std::vector<RawSocket> silent;
  for (int i = 0; i < 100; ++i) {
    silent.emplace_back(server->port());
    if (i % 10 == 0) silent.back().say(kGet);  // what anybody may ask makes nobody known
  }
  known.say(as_known);
  EXPECT_NE(known.hear_until("heard"), "") << "whoever was known before";
  RawSocket newcomer(server->port());
  newcomer.say(as_known);
  EXPECT_NE(newcomer.hear_until("heard"), "") << "and who has just come";
}

TEST_F(Hostile, BeyondTheQueueRequestsAreSentAway) {
  ServerOptions options;
  options.workers = 1;
  options.max_queued_requests = 2;
  Gate gate;
  auto server = must_start(options, [&](const Request&) {
    gate.pass();
    return Response{};
  });
  std::vector<RawSocket> waiting;
  const auto ask_one = [&] {
    waiting.emplace_back(server->port());
    waiting.back().say(kGet);
  };
  ask_one();
  gate.wait_for(1);
  // Two fit into the queue; of these six, four are sent away.
  for (int i = 0; i < 6; ++i) ask_one();
  int sent_away = 0;
  for (auto it = waiting.begin() + 1; sent_away < 4; ++it) {
    if (it == waiting.end()) it = waiting.begin() + 1;
    const std::string answer = it->hear_if_any();
    if (answer.empty()) continue;
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
    ++sent_away;
  }
  gate.open();
}

TEST_F(Hostile, BodiesInMemoryAreBoundedTogether) {
  ServerOptions options;
  options.max_body_bytes = 100u << 20;  // all together: 400 MiB
  auto server = must_start(options, counting());
  // Announcing is free; only what has arrived counts.
  std::vector<RawSocket> liars;
  for (int i = 0; i < 40; ++i) {
    liars.emplace_back(server->port());
    liars.back().say(post("Content-Length: 100000000\r\n", "x"));
  }
  expect_still_serving(*server);
}

TEST_F(Hostile, ManyClientsAtOnceAreAllServedRightly) {
  ServerOptions options;
  options.io_threads = 2;
  auto server = must_start(options, [](const Request& request) {
    Response out;
    out.body = request.path + "|" + request.body;
    return out;
  });
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&, c] {
      Client client(loopback());
      for (int i = 0; i < 100; ++i) {
        const std::string path = "/" + std::to_string(c) + "/" + std::to_string(i);
        const std::string body(static_cast<std::size_t>(i * 997 % 70'000), static_cast<char>('a' + c));
        const auto answer = client.send("POST", url(*server, path), {}, body);
        if (answer && answer->body == path + "|" + body) ++right;
      }
    });
  for (auto& thread : clients) thread.join();
  EXPECT_EQ(right, 800);
}

TEST_F(Hostile, StopLetsARunningRequestFinishAndSendsAwayTheQueued) {
  ServerOptions options;
  options.workers = 1;
  Gate gate;
  std::atomic<int> calls = 0;
  auto server = must_start(options, [&](const Request&) {
    ++calls;
    gate.pass();
    Response out;
    out.body = "finished";
    return out;
  });
  RawSocket running(server->port()), queued(server->port()), idle(server->port()), partial(server->port());
  running.say(kGet);
  gate.wait_for(1);
  partial.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  queued.say(kGet);
  std::thread stopping([&] { server->stop(); });
  EXPECT_EQ(idle.hear_all(), "");  // ended although a handler still runs
  EXPECT_EQ(partial.hear_all(), "");
  gate.open();
  const std::string answer = running.hear_all();
  EXPECT_TRUE(answer.ends_with("finished")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  running.end_writing();
  const std::string refused = queued.hear_all();
  EXPECT_TRUE(refused.empty() || refused.starts_with("HTTP/1.1 503 ")) << refused;
  stopping.join();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(RawSocket(server->port()).connected());
  server->stop();  // a second time is nothing
}

TEST_F(Hostile, StopDoesNotWaitForClientsThatDoNotRead) {
  auto server = must_start({}, [](const Request&) {
    Response out;
    out.body.assign(50'000'000, 'x');
    return out;
  });
  RawSocket socket(server->port(), 4096);
  socket.say(kGet);
  EXPECT_NE(socket.hear(), "");
  server->stop();
}

}  // namespace
}  // namespace tocsin::net::testing
