#include "ground/net/outgoing.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "ground/net/field.h"

namespace tocsin::net {

Result<UrlParts> split_url(const std::string& url) {
  const auto bad = [&] { return fail(ErrorCode::Malformed, "net.bad_url", {url}); };
  // libcurl would take the "path" of "http:///path" for a host.
  if (url.find('\0') != std::string::npos || url.find(":///") != std::string::npos) return bad();
  const std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> parsed(::curl_url(), ::curl_url_cleanup);
  if (!parsed || ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return bad();
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string out;
    if (::curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK) out = text;
    ::curl_free(text);
    return out;
  };
  UrlParts out{part(CURLUPART_SCHEME), part(CURLUPART_HOST)};
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  if ((out.scheme != "http" && out.scheme != "https") || out.host.empty()) return bad();
  return out;
}

Result<HeaderLines> HeaderLines::make(std::string_view method, const Headers& headers, bool has_body) {
  if (!is_token(method)) return fail(ErrorCode::Malformed, "net.bad_header", {std::string(method)});
  HeaderLines out;
  bool names_type = false;
  const auto add = [&](const std::string& line) {
    if (curl_slist* longer = ::curl_slist_append(out.list_, line.c_str())) out.list_ = longer;
  };
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_field_value(value)) return fail(ErrorCode::Malformed, "net.bad_header", {name});
    names_type = names_type || same_name(name, "content-type");
    add(value.empty() ? name + ";" : name + ": " + value);  // libcurl's way to write an empty value
  }
  // libcurl would call every body a form.
  if (has_body && !names_type) add("Content-Type:");
  return out;
}

HeaderLines::HeaderLines(HeaderLines&& other) noexcept : list_(std::exchange(other.list_, nullptr)) {}

HeaderLines::~HeaderLines() {
  ::curl_slist_free_all(list_);
}

}  // namespace tocsin::net
