// What we are about to send, checked before libcurl sees it.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/net/server.h"

struct curl_slist;

namespace tocsin::net {

struct UrlParts {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< without port and brackets; what errors name
};

/// Absolute http and https URLs without user and password. Error id: net.bad_url {url}.
Result<UrlParts> split_url(const std::string& url);

/// Header lines in libcurl's own list.
class HeaderLines {
 public:
  /// Error id: net.bad_header {name}: names and methods that are no tokens, values with control characters (a line
  /// break in a value would be a header of somebody else's choice).
  static Result<HeaderLines> make(std::string_view method, const Headers& headers, bool has_body);
  HeaderLines(HeaderLines&& other) noexcept;
  HeaderLines& operator=(HeaderLines&&) = delete;
  ~HeaderLines();
  curl_slist* list() const { return list_; }

 private:
  HeaderLines() = default;
  curl_slist* list_ = nullptr;
};

}  // namespace tocsin::net
