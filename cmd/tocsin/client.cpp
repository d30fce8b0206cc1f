#include "cmd/tocsin/client.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "ground/base/file.h"
#include "ground/base/file_stream.h"

namespace tocsin::cmd {
namespace {

constexpr std::uint64_t kMaxAnswer = std::uint64_t{4} << 30;  // the compiled set of a sensor comes in one
constexpr std::size_t kMaxJson = std::size_t{256} << 20;
constexpr Duration kPatience = base::hours(1);  // of an import or a verification
constexpr Duration kWaitForLock = base::seconds(5);
constexpr int kPageSize = 500;

bool is_plain(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encoded(std::string_view text, std::string_view also_plain) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte) || also_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string target(const Call& call) {
  std::string out = call.path;
  for (std::size_t i = 0; i < call.query.size(); ++i)
    out += (i == 0 ? "?" : "&") + encoded(call.query[i].first, "") + "=" + encoded(call.query[i].second, "");
  return out;
}

std::string decoded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto byte = path[i] == '%' ? base::from_hex(path.substr(i + 1, 2)) : std::nullopt;
    out += byte ? static_cast<char>(byte->front()) : path[i];
    if (byte) i += 2;
  }
  return out;
}

net::Response in_process(node::Node& node, const Call& call, net::Headers headers) {
  net::Request request;
  request.method = call.method;
  request.path = decoded(call.path);
  request.query = call.query;
  request.headers = std::move(headers);
  request.body = call.body;
  request.remote_address = "unix";
  request.unix_uid = ::geteuid();
  return node.console(request);
}

/// What net does with such an answer where a node serves.
Result<void> read_file_of(const net::Response& response, const std::function<bool(std::string_view)>& on_data) {
  auto opened = base::FileReader::open(*response.file_path);
  if (response.file_is_temporary) ::unlink(response.file_path->c_str());
  base::FileReader in = TRY(std::move(opened));
  std::string piece(std::size_t{1} << 18, '\0');
  while (const std::size_t got = TRY(in.read(piece)))
    if (!on_data(std::string_view(piece).substr(0, got))) break;
  return {};
}

std::optional<ErrorCode> code_from_name(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i)
    if (base::name(static_cast<ErrorCode>(i)) == text) return static_cast<ErrorCode>(i);
  return std::nullopt;
}

// What the line itself refuses, before anything that knows languages is asked.
Error bare_refusal(ErrorCode code, int status) {
  switch (code) {
    case ErrorCode::TooLarge:
      return {code, "cli.refused.too_large", {}, {}};
    case ErrorCode::Timeout:
      return {code, "cli.refused.timeout", {}, {}};
    case ErrorCode::Unavailable:
      return {code, "cli.refused.unavailable", {}, {}};
    case ErrorCode::Internal:
      return {code, "cli.refused.internal", {}, {}};
    default:
      return {code, "cli.bad_answer", {std::to_string(status)}, {}};
  }
}

struct Members {
  std::string_view id, name;
};
struct Refusals {
  std::string_view none, several;
};

// The id of what a person means by an id, its beginning or a name. One id may stand there several times: an agreement
// has versions.
Result<std::string> one_meant(const json::Value& page, Members members, const std::string& text, Refusals refusals) {
  std::set<std::string> found;
  if (const json::Value* items = page.find("items"); items != nullptr && items->array() != nullptr)
    for (const json::Value& item : *items->array()) {
      const std::string id = item.text(members.id);
      if (id == text) return id;
      if (!text.empty() && (id.starts_with(text) || item.text(members.name) == text)) found.insert(id);
    }
  if (found.empty()) return fail(ErrorCode::NotFound, refusals.none, {text});
  if (found.size() > 1) return fail(ErrorCode::Conflict, refusals.several, {text});
  return *found.begin();
}

}  // namespace

std::string path_segment(std::string_view text) {
  return encoded(text, ":@,+");
}

Error error_in(const net::ClientResponse& response) {
  const auto value = json::parse(response.body, {.bytes = 1u << 20, .depth = 16});
  const json::Value* error = value ? value->find("error") : nullptr;
  const auto code = error != nullptr ? code_from_name(error->text("code")) : std::nullopt;
  if (!code || error->text("id").empty())
    return code ? bare_refusal(*code, response.status)
                : Error{ErrorCode::Unavailable, "cli.bad_answer", {std::to_string(response.status)}, {}};
  Error out{*code, error->text("id"), {}, error->text("message")};
  if (const json::Value* args = error->find("args"); args != nullptr && args->array() != nullptr)
    for (const auto& arg : *args->array())
      if (arg.string() != nullptr) out.args.push_back(*arg.string());
  return out;
}

Result<Client> Client::open(const Common& common) {
  const Clock& clock = base::system_clock();
  const Duration begin = clock.steady();
  const std::string socket = node::socket_path(common.folder);
  for (;;) {
    Client out;
    out.headers_ = {{"x-tocsin-as", common.as}};
    if (base::exists(socket)) {
      net::ClientOptions options;
      options.unix_path = socket;
      options.any_address = true;
      options.total_timeout = kPatience;
      options.max_response_bytes = kMaxAnswer;
      out.http_.emplace(std::move(options));
      out.url_ = "http://localhost";
      const auto answer = out.send({"GET", "/api/health"});
      if (answer || answer.error().id != "net.unreachable") return out;
      out.http_.reset();  // left by a node that was killed
    }
    auto node = node::Node::open(common.folder);
    if (node) {
      out.node_ = std::move(*node);
      return out;
    }
    // Another short command holds the folder, or the node is just starting or stopping.
    if (node.error().id != "folder.locked" || clock.steady().us - begin.us > kWaitForLock.us)
      return tl::unexpected(node.error());
    ::usleep(50'000);
  }
}

Result<Client> Client::open(const Remote& remote) {
  std::string key = TRY(base::read_file(remote.key_file, 4096));
  while (!key.empty() && static_cast<unsigned char>(key.back()) <= ' ') key.pop_back();
  Client out;
  out.url_ = remote.url;
  while (out.url_.ends_with('/')) out.url_.pop_back();
  if (!out.url_.starts_with("https://")) return fail(ErrorCode::Forbidden, "net.plain_http_refused", {remote.url});
  out.headers_ = {{"authorization", "Bearer " + key}};
  net::ClientOptions options;
  options.any_address = true;
  if (!remote.ca_file.empty()) {
    options.ca_pem = TRY(base::read_file(remote.ca_file, 1u << 20));
    if (!crypto::spki_pin(options.ca_pem)) return fail(ErrorCode::Malformed, "cli.no_authority", {remote.ca_file});
    out.ca_file_ = remote.ca_file;
  }
  options.max_response_bytes = kMaxAnswer;
  options.total_timeout = base::minutes(10);
  out.http_.emplace(std::move(options));
  return out;
}

net::Headers Client::headers_of(const Call& call) const {
  net::Headers out = headers_;
  out.insert(out.end(), call.headers.begin(), call.headers.end());
  if (!call.body.empty()) out.emplace_back("content-type", call.content_type);
  return out;
}

// Of the authority, net knows no more than the bytes.
Error Client::remote_error(Error error) const {
  if (error.id != "net.untrusted_certificate" || ca_file_.empty()) return error;
  return {
      error.code, "cli.untrusted_certificate", {error.args[0], error.args[1], ca_file_, error.args[2]}, error.detail};
}

Result<net::ClientResponse> Client::send(const Call& call) {
  if (!node_) {
    auto answer = http_->send(call.method, url_ + target(call), headers_of(call), call.body);
    if (!answer) answer = tl::unexpected(remote_error(std::move(answer).error()));
    return answer;
  }
  net::Response response = in_process(*node_, call, headers_of(call));
  return net::ClientResponse{response.status, std::move(response.headers), std::move(response.body)};
}

Result<void> Client::download(const Call& call, const std::function<bool(std::string_view)>& on_data) {
  net::ClientResponse answer;
  if (node_) {
    net::Response response = in_process(*node_, call, headers_of(call));
    if (response.file_path) return read_file_of(response, on_data);
    answer = {response.status, std::move(response.headers), std::move(response.body)};
  } else {
    answer = TRY(http_->stream(call.method, url_ + target(call), headers_of(call), call.body, on_data));
  }
  if (answer.status != 200) return tl::unexpected(error_in(answer));
  return {};
}

Result<json::Value> Client::ask(const Call& call) {
  const net::ClientResponse response = TRY(send(call));
  if (response.status >= 400) return tl::unexpected(error_in(response));
  if (response.status == 204 || response.body.empty()) return json::Value(json::Object{});
  return json::parse(response.body, {.bytes = kMaxJson, .depth = 128});
}

Result<json::Value> Client::get(const std::string& path, std::vector<std::pair<std::string, std::string>> query) {
  return ask({"GET", path, std::move(query)});
}

Result<json::Value> Client::post(const std::string& path, json::Value body) {
  return ask({"POST", path, {}, json::write(body)});
}

Result<json::Value> Client::list(const std::string& path, std::vector<std::pair<std::string, std::string>> query,
                                 std::int64_t limit) {
  json::Array items;
  json::Value last;
  std::string cursor;
  do {
    auto asked = query;
    asked.emplace_back("limit", std::to_string(std::clamp<std::int64_t>(limit - static_cast<std::int64_t>(items.size()),
                                                                        1, kPageSize)));
    if (!cursor.empty()) asked.emplace_back("cursor", cursor);
    last = TRY(get(path, std::move(asked)));
    if (json::Value* page = last.object() != nullptr ? last.object()->find("items") : nullptr;
        page != nullptr && page->array() != nullptr)
      for (json::Value& item : *page->array()) items.push_back(std::move(item));
    cursor = last.text("next");
  } while (!cursor.empty() && static_cast<std::int64_t>(items.size()) < limit);
  json::Object out = last.object() != nullptr ? *last.object() : json::Object{};
  out.set("items", std::move(items));
  return json::Value(std::move(out));
}

Result<std::string> find_party(Client& client, const std::string& text) {
  return one_meant(TRY(client.get("/api/peers")), {"party_id", "name"}, text,
                   {"cli.no_such_party", "cli.several_parties"});
}

Result<std::string> find_agreement(Client& client, const std::string& text) {
  return one_meant(TRY(client.get("/api/agreements")), {"id", "title"}, text,
                   {"agreement.unknown", "cli.several_agreements"});
}

}  // namespace tocsin::cmd
