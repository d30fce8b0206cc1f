// A plain server on loopback, spoken to by raw sockets and by our own client.
#include "ground/net/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "ground/net/test_support.h"

namespace tocsin::net::testing {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kGetAndClose = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

Response say(std::string body) {
  Response out;
  out.body = std::move(body);
  return out;
}

Response echo(const Request& request) {
  Response out;
  out.headers.emplace_back("Content-Type", "text/plain");
  out.body = request.method + " " + request.path + " " + std::to_string(request.body.size());
  return out;
}

std::string send_text(const Result<ClientResponse>& answer) {
  return answer ? std::to_string(answer->status) + " " + answer->body : base::describe(answer.error());
}

TEST(Server, AnswersWithWhatTheHandlerSaw) {
  Request seen;
  auto server = must_start({}, [&](const Request& request) {
    seen = request;
    Response out;
    out.status = 201;
    out.headers.emplace_back("X-Answer", "yes");
    out.body = "hello";
    return out;
  });
  Client client(loopback());
  const auto answer = client.send("POST", url(*server, "/a%20b/?x=1&y=%C3%A9"), {{"X-Ask", "why"}}, "body");
  ASSERT_TRUE(answer) << base::describe(answer.error());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->header("x-answer"), "yes");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/a b/");
  EXPECT_EQ(seen.parameter("y"), "é");
  EXPECT_EQ(seen.parameter("z"), std::nullopt);
  EXPECT_EQ(seen.header("x-ask"), "why");
  EXPECT_EQ(seen.header("content-type"), "");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.remote_address, "127.0.0.1");
  EXPECT_FALSE(seen.unix_uid);
  EXPECT_FALSE(seen.client_key_pin);
}

TEST(Server, RefusesPlainHttpBeyondThisMachine) {
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "::ffff:0.0.0.0"}) {
    ServerOptions options;
    options.address = address;
    const auto server = Server::start(options, echo);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().id, "net.plain_http_refused");
  }
}

TEST(Server, NamesWhatIsWrongWithItsAddress) {
  ServerOptions options;
  options.address = "localhost";
  EXPECT_EQ(Server::start(options, echo).error().id, "net.bad_address");
  const auto first = must_start({}, echo);
  options.address = "127.0.0.1";
  options.port = first->port();
  const auto second = Server::start(options, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().id, "net.address_in_use");
  EXPECT_EQ(second.error().args.at(0), "127.0.0.1:" + std::to_string(first->port()));
}

TEST(Server, HeadGetsTheLengthAndNoBody) {
  auto server = must_start({}, [](const Request&) { return say("12345"); });
  const std::string answer = ask(server->port(), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(Server, KeepsTheConnection) {
  auto server = must_start({}, echo);
  RawSocket socket(server->port());
  for (int i = 0; i < 3; ++i) {
    socket.say(kGet);
    EXPECT_NE(socket.hear_until("GET / 0").find("200 OK"), std::string::npos);
  }
  socket.say(kGetAndClose);
  EXPECT_NE(socket.hear_all().find("Connection: close"), std::string::npos);
}

TEST(Server, EndsTheConnectionAfterALastAnswer) {
  std::atomic<int> asked = 0;
  auto server = must_start({}, [&](const Request&) {
    ++asked;
    Response out = say("no");
    out.last = true;
    return out;
  });
  RawSocket socket(server->port());
  socket.say(std::string(kGet) + std::string(kGet));
  const std::string heard = socket.hear_all();  // until the end of the connection
  EXPECT_NE(heard.find("Connection: close"), std::string::npos);
  EXPECT_EQ(asked, 1);
}

TEST(Server, AnswersTenThousandPipelinedRequestsInOrder) {
  std::atomic<int> next = 0;
  auto server = must_start({}, [&](const Request&) { return say("<" + std::to_string(next++) + ">"); });
  RawSocket socket(server->port());
  std::thread writer([&] {
    std::string all;
    for (int i = 0; i < 9'999; ++i) all += kGet;
    all += kGetAndClose;
    socket.say(all);
  });
  const std::string answers = socket.hear_all();
  writer.join();
  std::size_t at = 0;
  for (int i = 0; i < 10'000; ++i) {
    at = answers.find("<" + std::to_string(i) + ">", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_EQ(next, 10'000);
}

TEST(Server, PercentDecodingErrorsAndBadTargetsGet400) {
  std::atomic<int> calls = 0;
  auto server = must_start({}, [&](const Request& request) {
    ++calls;
    return echo(request);
  });
  for (const char* target : {"/%00", "/a/../b", "/%2e%2e/", "/%C0%AF", "http://a/", "*", "/%"}) {
    const std::string answer = ask(server->port(), std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << target << answer;
    EXPECT_TRUE(answer.ends_with(R"({"error":{"code":"malformed"}})")) << answer;
  }
  EXPECT_EQ(calls, 0);
}

TEST(Server, SendsAFileInPieces) {
  const Folder folder;
  const std::string path = folder.file("big");
  std::string content;
  for (int i = 0; content.size() < 3'000'000; ++i) content += std::to_string(i) + ",";
  std::ofstream(path, std::ios::binary) << content;
  auto server = must_start({}, [&](const Request& request) {
    Response out;
    out.file_path = request.path == "/missing"  ? folder.file("no")
                    : request.path == "/folder" ? folder.file(".")
                                                : path;
    return out;
  });
  Client client(loopback());
  const auto answer = client.send("GET", url(*server, "/"), {}, "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("content-length"), std::to_string(content.size()));
  EXPECT_TRUE(answer->body == content);
  EXPECT_EQ(send_text(client.send("HEAD", url(*server, "/"), {}, "")), "200 ");
  EXPECT_EQ(send_text(client.send("GET", url(*server, "/missing"), {}, "")), R"(404 {"error":{"code":"not_found"}})");
  EXPECT_EQ(send_text(client.send("GET", url(*server, "/folder"), {}, "")), R"(404 {"error":{"code":"not_found"}})");
}

TEST(Server, ATemporaryFileIsSentWholeAndLeavesNothing) {
  const Folder folder;
  const std::string path = folder.file("once"), content(3'000'000, 'f');
  auto server = must_start({}, [&](const Request&) {
    std::ofstream(path, std::ios::binary) << content;
    Response out;
    out.file_path = path;
    out.file_is_temporary = true;
    return out;
  });
  std::string received;
  bool exists_while_sent = false;
  const auto answer = Client(loopback()).stream("POST", url(*server, "/"), {}, "{}", [&](std::string_view chunk) {
    exists_while_sent = exists_while_sent || ::access(path.c_str(), F_OK) == 0;
    received += chunk;
    return true;
  });
  ASSERT_TRUE(answer);
  EXPECT_TRUE(received == content);
  EXPECT_FALSE(exists_while_sent);
  EXPECT_EQ(send_text(Client(loopback()).send("HEAD", url(*server, "/"), {}, "")), "200 ");
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Server, AHandlerThatThrowsCostsOneRequest) {
  auto server = must_start({}, [](const Request& request) -> Response {
    if (request.path == "/throw") throw std::runtime_error("fault");
    if (request.path == "/large") throw std::bad_alloc();
    return say("fine");
  });
  Client client(loopback());
  EXPECT_EQ(send_text(client.send("GET", url(*server, "/throw"), {}, "")), R"(500 {"error":{"code":"internal"}})");
  EXPECT_EQ(send_text(client.send("GET", url(*server, "/large"), {}, "")), R"(503 {"error":{"code":"unavailable"}})");
  EXPECT_EQ(send_text(client.send("GET", url(*server, "/"), {}, "")), "200 fine");
}

TEST(Server, AHandlersHeadersCannotBreakTheFraming) {
  auto server = must_start({}, [](const Request& request) {
    Response out = say("x");
    if (request.path == "/inject") out.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
    if (request.path == "/name") out.headers.emplace_back("X Name", "a");
    if (request.path == "/length") out.headers.emplace_back("content-length", "1000");
    if (request.path == "/status") out.status = 99;
    return out;
  });
  Client client(loopback());
  EXPECT_EQ(client.send("GET", url(*server, "/inject"), {}, "")->status, 500);
  EXPECT_EQ(client.send("GET", url(*server, "/name"), {}, "")->status, 500);
  EXPECT_EQ(client.send("GET", url(*server, "/status"), {}, "")->status, 500);
  EXPECT_EQ(client.send("GET", url(*server, "/length"), {}, "")->header("content-length"), "1");
}

TEST(Server, NoContentHasNeitherBodyNorLength) {
  auto server = must_start({}, [](const Request&) {
    Response out = say("ignored");
    out.status = 204;
    return out;
  });
  const std::string answer = ask(server->port(), kGetAndClose);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(Server, SpeaksThroughAUnixSocketOfItsOwnerOnly) {
  const Folder folder;
  ServerOptions options;
  options.unix_path = folder.file("s");
  auto server = must_start(options, [](const Request& request) {
    return say(request.remote_address + " " + std::to_string(request.unix_uid.value_or(77777)));
  });
  struct stat found {};
  ASSERT_EQ(::stat(options.unix_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ClientOptions client_options;
  client_options.unix_path = options.unix_path;
  Client client(client_options);
  EXPECT_EQ(send_text(client.send("GET", "http://localhost/", {}, "")), "200 unix " + std::to_string(::getuid()));
  EXPECT_EQ(Server::start(options, echo).error().id, "net.address_in_use");
  server.reset();
  EXPECT_NE(::stat(options.unix_path.c_str(), &found), 0);
}

TEST(Server, TakesOverTheSocketFileOfADeadProcessButNoOtherFile) {
  const Folder folder;
  ServerOptions options;
  options.unix_path = folder.file("s");
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, options.unix_path.c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(fd);
  EXPECT_TRUE(Server::start(options, echo));
  std::ofstream(options.unix_path) << "precious";
  EXPECT_EQ(Server::start(options, echo).error().id, "net.address_in_use");
  EXPECT_TRUE(std::filesystem::exists(options.unix_path));
  options.unix_path = folder.file(std::string(200, 'x'));
  EXPECT_EQ(Server::start(options, echo).error().id, "net.bad_address");
}

}  // namespace
}  // namespace tocsin::net::testing
