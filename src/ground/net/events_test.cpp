#include "ground/net/events.h"

#include <atomic>
#include <thread>

#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

constexpr std::string_view kListen = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

Response listen(const Request& request) {
  Response out;
  if (request.path == "/events") out.topic = request.parameter("topic").value_or("alerts");
  return out;
}

/// Has been answered, so that nothing broadcast from now on is missed.
void begin(RawSocket& socket, std::string_view request = kListen) {
  socket.say(request);
  const std::string head = socket.hear_until(":\n\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
}

TEST(Events, AreWrittenAsTheStandardSays) {
  EXPECT_EQ(format_event("alert", "{\"id\":1}"), "event: alert\ndata: {\"id\":1}\n\n");
  EXPECT_EQ(format_event("a", "x\ny\r\nz\r"), "event: a\ndata: x\ndata: y\ndata: z\ndata: \n\n");
  EXPECT_EQ(format_event("a\nid: 7", ""), "event: a\ndata: \n\n");
}

TEST(Events, ReachEveryStreamOfTheirTopicAndNoOther) {
  auto server = must_start({}, listen);
  RawSocket a(server->port()), b(server->port()), other(server->port());
  begin(a);
  begin(b);
  begin(other, "GET /events?topic=cases HTTP/1.1\r\nHost: a\r\n\r\n");
  server->broadcast("alerts", "alert", "1");
  server->broadcast("cases", "case", "2");
  server->broadcast("alerts", "alert", "3");
  server->broadcast("nobody", "x", "4");
  const std::string alerts = "event: alert\ndata: 1\n\nevent: alert\ndata: 3\n\n";
  EXPECT_EQ(a.hear_until("data: 3\n\n"), alerts);
  EXPECT_EQ(b.hear_until("data: 3\n\n"), alerts);
  EXPECT_EQ(other.hear_until("data: 2\n\n"), "event: case\ndata: 2\n\n");
}

TEST(Events, ReachOurOwnClientUntilItHasEnough) {
  auto server = must_start({}, listen);
  std::string heard;
  std::atomic<bool> done = false;
  std::thread speaker([&] {
    while (!done) {
      server->broadcast("alerts", "tick", "x");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  Client client(loopback());
  const auto answer = client.stream("GET", url(*server, "/events"), {}, "", [&](std::string_view chunk) {
    heard += chunk;
    return count(heard, "event: tick\ndata: x\n\n") < 3;
  });
  done = true;
  speaker.join();
  ASSERT_TRUE(answer) << base::describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("content-type"), "text/event-stream");
  EXPECT_GE(count(heard, "event: tick"), 3u);
}

TEST(Events, SilentStreamsGetAHeartbeat) {
  ServerOptions options;
  options.event_heartbeat = base::milliseconds(50);
  auto server = must_start(options, listen);
  RawSocket socket(server->port());
  begin(socket);
  EXPECT_EQ(socket.hear_until(":\n\n"), ":\n\n");
  server->broadcast("alerts", "a", "b");
  EXPECT_NE(socket.hear_until("data: b\n\n").find("event: a\ndata: b\n\n"), std::string::npos);
}

TEST(Events, AStreamEndsInTimeThatItsListenerAsksAgain) {
  ServerOptions options;
  options.event_stream_age = base::milliseconds(300);
  options.event_heartbeat = base::seconds(3600);
  auto server = must_start(options, listen);
  RawSocket socket(server->port());
  begin(socket);
  server->broadcast("alerts", "a", "b");
  EXPECT_NE(socket.hear_until("data: b\n\n").find("event: a\ndata: b\n\n"), std::string::npos);
  socket.hear_all();  // returns when the node has closed it
  RawSocket again(server->port());
  begin(again);
}

TEST(Events, AListenerThatDoesNotDrainIsClosedAndOthersHearAll) {
  auto server = must_start({}, listen);
  RawSocket slow(server->port(), 4096), quick(server->port());
  begin(slow);
  begin(quick);
  const std::string data(50'000, 'x');
  constexpr std::size_t kEvents = 400;  // 20 MB: more than all buffers of a socket and ours
  std::size_t heard = 0;
  for (std::size_t i = 0; i < kEvents; ++i) {
    server->broadcast("alerts", "big", data);
    // The quick one takes each before the next comes.
    while (heard < (i + 1) * format_event("big", data).size()) {
      const std::string more = quick.hear();
      ASSERT_FALSE(more.empty());
      heard += more.size();
    }
  }
  EXPECT_EQ(heard, kEvents * format_event("big", data).size());
  EXPECT_LT(slow.hear_all().size(), kEvents * data.size());
}

TEST(Events, OneEventBeyondTheBacklogClosesAStream) {
  EventHub hub(1);
  int wakes = 0;
  const auto stream = hub.subscribe("t", [&] { ++wakes; });
  hub.broadcast("t", "e", std::string(kMaxStreamBacklogBytes / 2, 'x'));
  EXPECT_FALSE(stream->overflowed());
  hub.broadcast("t", "e", std::string(kMaxStreamBacklogBytes / 2, 'x'));
  EXPECT_TRUE(stream->overflowed());
  EXPECT_EQ(stream->next(), nullptr);
  hub.broadcast("t", "e", "more");
  EXPECT_EQ(wakes, 2);
}

TEST(Events, WhatIsWrittenMakesRoom) {
  EventHub hub(1);
  const auto stream = hub.subscribe("t", [] {});
  for (int i = 0; i < 5; ++i) {
    hub.broadcast("t", "e", std::string(kMaxStreamBacklogBytes / 2, 'x'));
    const auto event = stream->next();
    ASSERT_TRUE(event);
    stream->written(event->size(), 1);
  }
  EXPECT_FALSE(stream->overflowed());
}

TEST(Events, TheNumberOfStreamsIsBoundedAndPlacesComeFree) {
  ServerOptions options;
  options.max_event_streams = 2;
  auto server = must_start(options, listen);
  auto a = std::make_unique<RawSocket>(server->port());
  RawSocket b(server->port());
  begin(*a);
  begin(b);
  const std::string refused = ask(server->port(), kListen);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: "), std::string::npos);
  a.reset();
  std::string answer;
  do {  // free as soon as the server has seen the listener go
    RawSocket socket(server->port());
    socket.say(kListen);
    answer = socket.hear();
  } while (answer.starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 "));
}

TEST(Events, AListenerThatSpeaksIsClosed) {
  auto server = must_start({}, listen);
  RawSocket socket(server->port());
  begin(socket);
  socket.say(kListen);
  EXPECT_EQ(socket.hear_all(), "");
}

TEST(Events, StopEndsStreams) {
  auto server = must_start({}, listen);
  RawSocket socket(server->port());
  begin(socket);
  server->stop();
  EXPECT_EQ(socket.hear_all(), "");
  server->broadcast("alerts", "a", "nobody is there");
}

TEST(Events, ManySpeakersAndListenersWhoComeAndGo) {
  ServerOptions options;
  options.io_threads = 2;
  auto server = must_start(options, listen);
  std::atomic<bool> done = false;
  std::vector<std::thread> speakers;
  for (int i = 0; i < 2; ++i)
    speakers.emplace_back([&] {
      while (!done) {
        server->broadcast("alerts", "tick", std::string(100, 'x'));
        std::this_thread::yield();
      }
    });
  std::vector<std::thread> listeners;
  for (int i = 0; i < 4; ++i)
    listeners.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        RawSocket socket(server->port());
        socket.say(kListen);
        EXPECT_NE(socket.hear_until("event: tick"), "");
      }
    });
  for (auto& thread : listeners) thread.join();
  server->stop();
  done = true;
  for (auto& thread : speakers) thread.join();
}

}  // namespace
}  // namespace tocsin::net::testing
