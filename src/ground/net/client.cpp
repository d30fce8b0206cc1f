#include "ground/net/client.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/net/address.h"
#include "ground/net/field.h"
#include "ground/net/outgoing.h"
#include "ground/net/tls.h"

namespace tocsin::net {
namespace {

constexpr std::size_t kMaxAnswerHeaderBytes = 64 * 1024;
constexpr std::uint64_t kMaxErrorBodyBytes = 64 * 1024;  ///< of an answer other than 2xx to stream()

/// What one call has brought so far.
struct Transfer {
  ClientResponse response;
  const std::function<bool(std::string_view)>* on_data = nullptr;  ///< null: collect into response.body
  std::uint64_t max_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_large = false;
  bool ended_by_reader = false;
};

bool is_success(int status) {
  return status >= 200 && status < 300;
}

void take_header_line(Transfer& transfer, std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a further answer after "100 Continue"
    transfer.response.headers.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name = lower_case(line.substr(0, colon));
  line.remove_prefix(colon + 1);
  const std::size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t");
  transfer.response.headers.emplace_back(std::move(name), first == std::string_view::npos
                                                              ? std::string()
                                                              : std::string(line.substr(first, last - first + 1)));
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions client_options);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<ClientResponse> call(std::string_view method, const std::string& url, const Headers& headers,
                              std::string_view body, const std::function<bool(std::string_view)>* on_data);
  template <typename Value>
  void set(CURLoption option, Value value);
  void set_connection_options();
  void set_tls_options();
  tl::unexpected<Error> error_of(CURLcode code, const std::string& host) const;

  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode on_tls_context(CURL* curl, void* context, void* self);
  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self);

  const ClientOptions options;
  std::vector<IpAddress> allowed;
  CURL* curl = nullptr;
  CURLcode setup = CURLE_OK;  ///< the first option that libcurl refused
  Transfer transfer;
  std::string refused_address;
  Untrusted untrusted;
  char reason[CURL_ERROR_SIZE] = {};
};

template <typename Value>
void Client::Impl::set(CURLoption option, Value value) {
  const CURLcode code = ::curl_easy_setopt(curl, option, value);
  if (setup == CURLE_OK) setup = code;
}

Client::Impl::Impl(ClientOptions client_options) : options(std::move(client_options)) {
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);  // once in the process, thread safe here
  for (const std::string& text : options.allowed_private_addresses)
    if (const auto address = parse_ip(text)) allowed.push_back(*address);
  curl = ready == CURLE_OK ? ::curl_easy_init() : nullptr;
  if (!curl) {
    setup = CURLE_FAILED_INIT;
    return;
  }
  set_connection_options();
  set_tls_options();
}

Client::Impl::~Impl() {
  if (curl) ::curl_easy_cleanup(curl);
}

void Client::Impl::set_connection_options() {
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.us / 1000));
  // An empty string, unlike none, also turns the environment's http_proxy and no_proxy off.
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  if (!options.proxy.empty()) {
    if (options.proxy.find("://") != std::string::npos && !options.proxy.starts_with("http://"))
      setup = CURLE_UNSUPPORTED_PROTOCOL;
    set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  }
  if (!options.unix_path.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.unix_path.c_str());
  set(CURLOPT_OPENSOCKETFUNCTION, &Impl::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Impl::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Impl::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

void Client::Impl::set_tls_options() {
  const auto blob = [](const std::string& bytes) {
    return curl_blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_COPY};  // libcurl only reads it
  };
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  // Only suites in which the server shows a certificate: libcurl does not compare a pin where there is none.
  set(CURLOPT_SSL_CIPHER_LIST, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK");
  set(CURLOPT_SSL_SESSIONID_CACHE, 0L);  // every connection proves its keys anew
  if (!options.pinned_keys.empty()) {
    std::string pins;
    for (const Digest& pin : options.pinned_keys)
      pins.append(pins.empty() ? "" : ";").append("sha256//").append(base::to_base64(pin.view()));
    set(CURLOPT_PINNEDPUBLICKEY, pins.c_str());
  }
  if (!options.pinned_keys.empty() || options.any_key) {
    // The key is known, or none is asked for; who vouches for it, and for which name, does not matter.
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set(CURLOPT_SSL_CTX_FUNCTION, &Impl::on_tls_context);
  set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  if (!options.ca_pem.empty()) {
    curl_blob authority = blob(options.ca_pem);
    set(CURLOPT_CAINFO_BLOB, &authority);
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));  // or the system's authorities would count as well
  }
  if (options.identity) {
    curl_blob certificate = blob(options.identity->certificate_pem);
    curl_blob key = blob(options.identity->key_pem);
    set(CURLOPT_SSLCERT_BLOB, &certificate);
    set(CURLOPT_SSLCERTTYPE, "PEM");
    set(CURLOPT_SSLKEY_BLOB, &key);
    set(CURLOPT_SSLKEYTYPE, "PEM");
  }
}

curl_socket_t Client::Impl::open_socket(void* data, curlsocktype purpose, curl_sockaddr* address) {
  auto& self = *static_cast<Impl*>(data);
  const ClientOptions& options = self.options;
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  if (address->family == AF_UNIX ? options.unix_path.empty() : !options.unix_path.empty()) return CURL_SOCKET_BAD;
  if (address->family != AF_UNIX && options.proxy.empty() && !options.any_address) {
    const auto ip = from_sockaddr(address->addr);
    const bool permitted =
        ip && (ip->is_public() || std::find(self.allowed.begin(), self.allowed.end(), *ip) != self.allowed.end());
    if (!permitted) {
      self.refused_address = ip ? ip->text() : "?";
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// libcurl compares a pin after the handshake, when a wrong server has already seen our certificate: we do it before,
// too.
CURLcode Client::Impl::on_tls_context(CURL*, void* context, void* data) {
  auto& self = *static_cast<Impl*>(data);
  if (!self.options.pinned_keys.empty())
    require_pins(static_cast<SSL_CTX*>(context), self.options.pinned_keys);
  else if (!self.options.any_key)
    note_untrusted(static_cast<SSL_CTX*>(context), self.untrusted);
  return CURLE_OK;
}

std::size_t Client::Impl::on_header(char* data, std::size_t, std::size_t size, void* self) {
  Transfer& transfer = static_cast<Impl*>(self)->transfer;
  transfer.header_bytes += size;
  transfer.too_large = transfer.header_bytes > kMaxAnswerHeaderBytes;
  if (transfer.too_large) return 0;
  take_header_line(transfer, {data, size});
  return size;
}

std::size_t Client::Impl::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& impl = *static_cast<Impl*>(self);
  Transfer& transfer = impl.transfer;
  long status = 0;
  ::curl_easy_getinfo(impl.curl, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.on_data && is_success(static_cast<int>(status))) {
    transfer.ended_by_reader = !(*transfer.on_data)({data, size});
    return transfer.ended_by_reader ? 0 : size;
  }
  transfer.too_large = size > transfer.max_bytes - transfer.response.body.size();
  if (transfer.too_large) return 0;
  transfer.response.body.append(data, size);
  return size;
}

tl::unexpected<Error> Client::Impl::error_of(CURLcode code, const std::string& host) const {
  if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED)
    return fail(ErrorCode::TooLarge, "net.response_too_large", {host});
  const bool refused_key = code == CURLE_PEER_FAILED_VERIFICATION && !options.pinned_keys.empty();
  if (refused_key || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
    return fail(ErrorCode::Unauthenticated, "net.wrong_key", {host}, reason);
  if (!untrusted.certificate.empty())
    return fail(ErrorCode::Unauthenticated, "net.untrusted_certificate",
                {host, untrusted.certificate, untrusted.reason}, reason);
  if (code == CURLE_PEER_FAILED_VERIFICATION) return fail(ErrorCode::Unauthenticated, "net.wrong_name", {host}, reason);
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(ErrorCode::Timeout, "net.timeout", {host}, reason);
  if (!refused_address.empty()) return fail(ErrorCode::Forbidden, "net.private_address", {refused_address}, reason);
  if (code == CURLE_URL_MALFORMAT) return fail(ErrorCode::Malformed, "net.bad_url", {host}, reason);
  return fail(ErrorCode::Unavailable, "net.unreachable", {host, ::curl_easy_strerror(code)}, reason);
}

Result<ClientResponse> Client::Impl::call(std::string_view method, const std::string& url, const Headers& headers,
                                          std::string_view body, const std::function<bool(std::string_view)>* on_data) {
  const UrlParts parts = TRY(split_url(url));
  if (setup != CURLE_OK) return error_of(setup, parts.host);
  const bool must_be_tls = !options.pinned_keys.empty() || options.identity || !options.ca_pem.empty();
  if (must_be_tls && parts.scheme != "https") return fail(ErrorCode::Forbidden, "net.plain_http_refused", {parts.host});
  if (!options.proxy.empty() && !options.any_address)
    if (const auto ip = parse_ip(parts.host);
        ip && !ip->is_public() && std::find(allowed.begin(), allowed.end(), *ip) == allowed.end())
      return fail(ErrorCode::Forbidden, "net.private_address", {ip->text()});
  const HeaderLines lines = TRY(HeaderLines::make(method, headers, !body.empty()));

  const CURLcode ready = setup;
  transfer = {};
  transfer.on_data = on_data;
  transfer.max_bytes = on_data ? kMaxErrorBodyBytes : options.max_response_bytes;
  refused_address.clear();
  untrusted = {};
  reason[0] = '\0';
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_HTTPHEADER, lines.list());
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(on_data ? 0 : options.max_response_bytes));
  set(CURLOPT_TIMEOUT_MS, on_data ? 0L : static_cast<long>(options.total_timeout.us / 1000));
  set(CURLOPT_LOW_SPEED_LIMIT, on_data ? 1L : 0L);
  set(CURLOPT_LOW_SPEED_TIME, on_data ? std::max(1L, static_cast<long>(options.total_timeout.us / 1'000'000)) : 0L);
  const std::string verb(method);
  const bool has_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  set(CURLOPT_NOBODY, 0L);
  set(CURLOPT_HTTPGET, 1L);
  if (has_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());  // not copied: it outlives the call
  } else if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, verb.c_str());

  const CURLcode code = setup == CURLE_OK ? ::curl_easy_perform(curl) : setup;
  set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  set(CURLOPT_POSTFIELDS, static_cast<char*>(nullptr));
  setup = ready;  // what was wrong with this call must not spoil the next
  if (code != CURLE_OK && !transfer.ended_by_reader) return error_of(code, parts.host);
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::exchange(transfer, {}).response;
}

std::string_view ClientResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Result<ClientResponse> Client::send(std::string_view method, const std::string& url, const Headers& headers,
                                    std::string_view body) {
  return impl_->call(method, url, headers, body, nullptr);
}

Result<ClientResponse> Client::stream(std::string_view method, const std::string& url, const Headers& headers,
                                      std::string_view body,
                                      const std::function<bool(std::string_view chunk)>& on_data) {
  return impl_->call(method, url, headers, body, &on_data);
}

}  // namespace tocsin::net
