#include "ground/net/reply.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <ctime>

#include "ground/net/field.h"

namespace tocsin::net {
namespace {

/// RFC 9110 section 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(Time now) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = now.us / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday,
                     kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool is_framing(std::string_view name) {
  for (const std::string_view ours : {"content-length", "transfer-encoding", "connection", "date"})
    if (same_name(name, ours)) return true;
  return false;
}

}  // namespace

Response refusal_response(const Refusal& refusal) {
  Response out;
  out.status = refusal.status;
  out.headers.emplace_back("Content-Type", "application/json");
  out.headers.emplace_back("Cache-Control", "no-store");
  if (refusal.status == 503) out.headers.emplace_back("Retry-After", "5");
  out.body = fmt::format(R"({{"error":{{"code":"{}"}}}})", base::name(refusal.code));
  return out;
}

Result<std::string> write_head(const Response& response, std::optional<std::uint64_t> content_length, bool close,
                               Time now) {
  if (response.status < 200 || response.status > 599)
    return fail(ErrorCode::Internal, "net.bad_response", {}, fmt::format("status {}", response.status));
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                std::string_view(reason.data(), reason.size()), http_date(now));
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name) || !is_field_value(value))
      return fail(ErrorCode::Internal, "net.bad_response", {}, "a header with characters that HTTP forbids");
    if (is_framing(name)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (content_length) out += fmt::format("Content-Length: {}\r\n", *content_length);
  if (close) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace tocsin::net
