#include "doors/api/static_files.h"

#include <array>
#include <filesystem>

namespace tocsin::api {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTypes = {
    {{".html", "text/html; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".json", "application/json"},
     {".svg", "image/svg+xml"},
     {".png", "image/png"},
     {".ico", "image/x-icon"},
     {".txt", "text/plain; charset=utf-8"},
     {".map", "application/json"}}};

std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

}  // namespace

// Paths are decoded and free of ".." already (net); anything unknown is the page itself, because the address after # is
// the page's own affair.
net::Response static_file(const std::string& web_folder, const net::Request& request) {
  net::Response out;
  if (request.method != "GET" && request.method != "HEAD") {
    out.status = 405;
    return out;
  }
  const std::string path = request.path == "/" ? "/index.html" : request.path;
  const std::string file = web_folder + path;
  std::error_code error;
  if (web_folder.empty() || !std::filesystem::is_regular_file(file, error)) {
    out.status = 404;
    out.headers.emplace_back("content-type", "text/plain; charset=utf-8");
    out.body = web_folder.empty() ? "The files of the web interface are not installed here.\n" : "Not found.\n";
    return out;
  }
  out.headers.emplace_back("content-type", std::string(type_of(path)));
  // Names of assets carry a hash of their content; the page itself is asked for anew.
  out.headers.emplace_back("cache-control",
                           path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  out.file_path = file;
  return out;
}

void add_security_headers(net::Response& response) {
  response.headers.emplace_back(
      "content-security-policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src "
      "'none'; "
      "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
      "trusted-types svelte-trusted-html");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  response.headers.emplace_back("referrer-policy", "no-referrer");
  response.headers.emplace_back("cross-origin-opener-policy", "same-origin");
  response.headers.emplace_back("cross-origin-resource-policy", "same-origin");
  response.headers.emplace_back("strict-transport-security", "max-age=31536000");
  response.headers.emplace_back("permissions-policy", "camera=(), geolocation=(), microphone=()");
}

}  // namespace tocsin::api
