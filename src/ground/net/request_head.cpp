#include "ground/net/request_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include "ground/net/field.h"
#include "ground/net/target.h"

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// Fields that change meaning or identity when they come twice: proxies disagree about which one counts.
bool repeats_a_singleton(const Headers& headers) {
  for (const std::string_view name : {"host", "content-length", "transfer-encoding", "authorization", "content-type",
                                      "expect", "origin", "content-encoding"})
    if (std::count_if(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; }) > 1)
      return true;
  return false;
}

bool has_field(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("/?#@\\<>\"^`{|},").find(c) == std::string_view::npos;
  });
}

/// A line that continues the one before (RFC 9112 section 5.2): obsolete, and read differently by different programs.
bool has_folded_line(std::string_view head) {
  return head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

Outcome<std::optional<RequestHead>> HeadReader::read(std::string_view input, std::size_t& consumed) {
  consumed = 0;
  const auto malformed = [] { return refuse(400, ErrorCode::Malformed); };
  if (input.empty()) return std::nullopt;
  // Anything that cannot become a request (a TLS greeting on a plain port, say) is told so at once.
  if (input.front() < 'A' || input.front() > 'Z') return malformed();
  const std::size_t end = input.find("\r\n\r\n", scanned_ > 3 ? scanned_ - 3 : 0);
  scanned_ = input.size();
  if (end == std::string_view::npos ? input.size() > kMaxHeaderBytes : end + 4 > kMaxHeaderBytes)
    return refuse(431, ErrorCode::TooLarge);
  if (end == std::string_view::npos) return std::nullopt;

  const std::string_view head = input.substr(0, end + 4);
  if (has_folded_line(head)) return malformed();
  http::request_parser<http::empty_body> parser;  // sees this head, whole, and nothing of the body
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(boost::none);
  parser.eager(false);
  while (!parser.is_header_done()) {
    boost::beast::error_code ec;
    consumed += parser.put(asio::buffer(head.data() + consumed, head.size() - consumed), ec);
    if (ec == http::error::header_limit) return refuse(431, ErrorCode::TooLarge);
    if (ec) return malformed();
  }
  if (consumed != head.size()) return malformed();

  const auto& message = parser.get();
  RequestHead out;
  Request& request = out.request;
  request.method = std::string(view(message.method_string()));
  auto target = decode_target(view(message.target()));
  if (!target) return refuse(target.error().code == ErrorCode::TooLarge ? 414 : 400, target.error().code);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : message)
    request.headers.emplace_back(lower_case(view(field.name_string())), std::string(view(field.value())));

  const bool is_1_1 = message.version() == 11;
  if (repeats_a_singleton(request.headers)) return malformed();
  if (has_field(request.headers, "host") ? !is_host(request.header("host")) : is_1_1) return malformed();
  const bool has_length = has_field(request.headers, "content-length");
  const bool has_coding = has_field(request.headers, "transfer-encoding");
  if (has_length && (has_coding || !is_number(request.header("content-length")))) return malformed();
  if (has_coding && (!is_1_1 || lower_case(request.header("transfer-encoding")) != "chunked")) return malformed();
  if (has_field(request.headers, "expect")) {
    if (lower_case(request.header("expect")) != "100-continue") return refuse(417, ErrorCode::Malformed);
    out.expects_continue = is_1_1;
  }
  // An HTTP/1.0 client that wants its connection kept is rare, and gets a new one.
  out.keep_alive = is_1_1 && parser.keep_alive();
  out.is_chunked = has_coding;
  if (has_length) out.content_length = parser.content_length().value_or(0);
  return out;
}

}  // namespace tocsin::net
