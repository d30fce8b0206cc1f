// Requests as bytes: heads and bodies.
#include <gtest/gtest.h>

#include "ground/net/request_body.h"
#include "ground/net/request_head.h"

namespace tocsin::net {
namespace {

constexpr std::uint64_t kBodyLimit = 1000;

/// What we make of a whole request that arrives in pieces: "200 BODY", or the status with which it is refused; "more"
/// where we wait for the rest.
std::string parse(std::string_view bytes, std::size_t step) {
  HeadReader head_reader;
  std::optional<BodyReader> body_reader;
  std::string input;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    input += bytes.substr(at, step);
    std::size_t consumed = 0;
    if (!body_reader) {
      const auto head = head_reader.read(input, consumed);
      input.erase(0, consumed);
      if (!head) return std::to_string(head.error().status);
      if (!*head) continue;
      body_reader.emplace(**head, kBodyLimit);
    }
    const auto complete = body_reader->read(input, consumed);
    input.erase(0, consumed);
    if (!complete) return std::to_string(complete.error().status);
    if (*complete) return "200 " + body_reader->take();
  }
  return "more";
}

/// However the bytes are cut, they must mean the same.
std::string parse(std::string_view bytes) {
  const std::string whole = parse(bytes, bytes.size());
  for (const std::size_t step : {1, 2, 3, 7})
    EXPECT_EQ(parse(bytes, step), whole) << "in steps of " << step << ":\n" << bytes;
  return whole;
}

/// A POST with these further header lines (each ending in CRLF) and this body.
std::string post(std::string_view lines, std::string_view body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n" + std::string(body);
}

TEST(RequestBytes, ReadsBodiesOfBothFramings) {
  EXPECT_EQ(parse(post("")), "200 ");
  EXPECT_EQ(parse(post("Content-Length: 0\r\n")), "200 ");
  EXPECT_EQ(parse(post("Content-Length: 5\r\n", "hello")), "200 hello");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")), "200 hello");
  EXPECT_EQ(parse(post("transfer-encoding: CHUNKED\r\n", "2;a=b\r\nhe\r\n003\r\nllo\r\n0;x\r\nTrailer: t\r\n\r\n")),
            "200 hello");
  EXPECT_EQ(parse(post("Content-Length: 5\r\n", "hell")), "more");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")), "more");
}

// The known ways to make two programs disagree about where a request ends.
TEST(RequestBytes, RefusesSmuggling) {
  const std::string chunks = "0\r\n\r\n";
  EXPECT_EQ(parse(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")), "400");
  EXPECT_EQ(parse(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")), "400");
  EXPECT_EQ(parse(post("Content-Length: 5, 5\r\n", "hello")), "400");
  for (const char* length :
       {"+5", "-5", "5 5", "0x5", "5a", "", " ", "5,", "99999999999999999999", "18446744073709551616", "5.0"})
    EXPECT_EQ(parse(post("Content-Length: " + std::string(length) + "\r\n", "hello")), "400") << length;
  for (const char* coding : {"gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked, chunked",
                             "\x0b"
                             "chunked",
                             "\"chunked\"", "chunked;q=1", "chunked,", "gzip", ""})
    EXPECT_EQ(parse(post("Transfer-Encoding: " + std::string(coding) + "\r\n", chunks)), "400") << coding;
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("Transfer-Encoding : chunked\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("Transfer-Encoding:\r\n chunked\r\n", chunks)), "400");
  EXPECT_EQ(parse(post("X: a\r\n b\r\n")), "400");
  EXPECT_EQ(parse(post("X: a\r\n\tContent-Length: 5\r\n")), "400");
  EXPECT_EQ(parse(post(" Content-Length: 5\r\n")), "400");
  EXPECT_EQ(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), "400");
}

TEST(RequestBytes, RefusesMalformedChunks) {
  const std::string_view chunked = "Transfer-Encoding: chunked\r\n";
  for (const char* body :
       {"x\r\n", "-1\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n\r\n", "\r\n", "ffffffffffffffffff\r\n", ";a\r\n"})
    EXPECT_EQ(parse(post(chunked, body)), "400") << body;
}

TEST(RequestBytes, RefusesAFramingHeaderInATrailer) {
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 5\r\n\r\n")), "400");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n")), "400");
}

TEST(RequestBytes, LimitsChunkLinesAndTrailers) {
  const std::string_view chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(parse(post(chunked, "1;" + std::string(1000, 'x') + "\r\na\r\n0\r\n\r\n")), "200 a");
  EXPECT_EQ(parse(post(chunked, "1;" + std::string(kMaxChunkLineBytes, 'x'))), "400");
  EXPECT_EQ(parse(post(chunked, "0\r\nX: " + std::string(kMaxChunkLineBytes, 'x'))), "400");
  std::string trailers;
  while (trailers.size() <= kMaxTrailerBytes) trailers += "X: 45678901234567890\r\n";
  EXPECT_EQ(parse(post(chunked, "0\r\n" + trailers + trailers + "\r\n")), "400");
  for (const char* trailer : {"X", ": y", "X y: z", " X: y", "X: \x01", "X : y"})
    EXPECT_EQ(parse(post(chunked, "0\r\n" + std::string(trailer) + "\r\n\r\n")), "400") << trailer;
}

TEST(RequestBytes, LimitsBodies) {
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n")).size(),
            1004u);
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n")), "413");
  EXPECT_EQ(
      parse(post("Transfer-Encoding: chunked\r\n", "3e7\r\n" + std::string(999, 'a') + "\r\n2\r\naa\r\n0\r\n\r\n")),
      "413");
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n")), "413");
  EXPECT_EQ(parse(post("Content-Length: 1001\r\n", "a")), "413");
  EXPECT_EQ(parse(post("Content-Length: 1000\r\n", std::string(1000, 'a'))).size(), 1004u);
}

TEST(RequestBytes, RefusesMalformedHeads) {
  for (const char* head : {"GET / HTTP/1.1\nHost: a\n\r\n\r\n",
                           "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
                           "GET / HTTP/0.9\r\n\r\n",
                           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET /\r\nHost: a\r\n\r\n",
                           "GET / http/1.1\r\nHost: a\r\n\r\n",
                           "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost:\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n",
                           "GET /../ HTTP/1.1\r\nHost: a\r\n\r\n",
                           "\x16\x03\x01\x02",
                           "get / HTTP/1.1\r\n",
                           "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"})
    EXPECT_EQ(parse(head), "400") << head;
  EXPECT_EQ(parse(std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 36)), "400");
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n"), "417");
}

TEST(RequestBytes, LimitsTheHeaderSection) {
  const std::string big(kMaxHeaderBytes, 'a');
  EXPECT_EQ(parse(post("X: " + big + "\r\n"), 4096), "431");
  EXPECT_EQ(parse("GET /" + big, 4096), "431");
  std::string many;
  while (many.size() < kMaxHeaderBytes) many += "a:b\r\n";
  EXPECT_EQ(parse(post(many), 4096), "431");
  EXPECT_EQ(parse(post(many), post(many).size()), "431");
  EXPECT_EQ(parse("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 4096), "414");
}

TEST(RequestBytes, LeavesTheNextRequestAlone) {
  for (const std::string& first :
       {post("Content-Length: 2\r\n", "ab"), post("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\n\r\n")}) {
    const std::string input = first + "GET /next";
    std::size_t head_bytes = 0, body_bytes = 0;
    const auto head = HeadReader().read(input, head_bytes);
    ASSERT_TRUE(head && *head);
    ASSERT_TRUE(BodyReader(**head, kBodyLimit).read(std::string_view(input).substr(head_bytes), body_bytes).value());
    EXPECT_EQ(input.substr(head_bytes + body_bytes), "GET /next");
  }
}

TEST(RequestBytes, KnowsWhoWantsToGoOn) {
  const auto keeps = [](std::string_view bytes) {
    std::size_t consumed = 0;
    return HeadReader().read(bytes, consumed).value().value().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

}  // namespace
}  // namespace tocsin::net
