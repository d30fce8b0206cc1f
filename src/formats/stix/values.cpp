#include "formats/stix/values.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "formats/stix/stix.h"

namespace tocsin::stix {
namespace {

using observable::Kind;

enum class Meaning { Address, Host, Domain, Url, Email, FileName, Mutex, RegistryKey, Serial, UserAgent, Ja3, Ja4 };

struct Known {
  std::string_view type, path;
  Meaning meaning;
};

constexpr std::string_view kUserAgentPath = "extensions.http-request-ext.request_header.User-Agent";

constexpr std::array kKnown{
    Known{"ipv4-addr", "value", Meaning::Address},
    Known{"ipv6-addr", "value", Meaning::Address},
    Known{"domain-name", "value", Meaning::Domain},
    Known{"url", "value", Meaning::Url},
    Known{"email-addr", "value", Meaning::Email},
    Known{"file", "name", Meaning::FileName},
    Known{"mutex", "name", Meaning::Mutex},
    Known{"windows-registry-key", "key", Meaning::RegistryKey},
    Known{"win-registry-key", "key", Meaning::RegistryKey},  // as STIX 1 and many patterns say
    Known{"x509-certificate", "serial_number", Meaning::Serial},
    Known{"network-traffic", kUserAgentPath, Meaning::UserAgent},
    Known{"network-traffic", "x_ja3", Meaning::Ja3},  // ours, as pattern_for() writes them
    Known{"network-traffic", "x_ja4", Meaning::Ja4},
    Known{"network-traffic", "dst_ref.value", Meaning::Host},
    Known{"network-traffic", "src_ref.value", Meaning::Host},
    Known{"email-message", "from_ref.value", Meaning::Email},
    Known{"email-message", "sender_ref.value", Meaning::Email},
    Known{"email-message", "to_refs[*].value", Meaning::Email},
    Known{"email-message", "cc_refs[*].value", Meaning::Email},
    Known{"email-message", "bcc_refs[*].value", Meaning::Email},
};

std::optional<observable::Value> as(Kind kind, std::string_view text) {
  auto normal = observable::normalise(kind, text);
  if (!normal) return std::nullopt;
  return observable::Value{kind, std::move(*normal)};
}

std::optional<observable::Value> read(Meaning meaning, std::string_view text) {
  switch (meaning) {
    case Meaning::Address:
      return observable::parse_ip_or_range(text);
    case Meaning::Host: {
      auto address = observable::parse_ip_or_range(text);
      return address ? std::move(address) : as(Kind::Domain, text);
    }
    case Meaning::Domain:
      return as(Kind::Domain, text);
    case Meaning::Url: {
      auto url = as(Kind::Url, text);
      // No client speaks "hxxp": a URL that was made harmless so is well-formed all the same.
      if (url && url->text.starts_with("hxxp")) url = as(Kind::Url, observable::refang(text));
      return url ? std::move(url) : url_without_scheme(text);
    }
    case Meaning::Email:
      return as(Kind::Email, text);
    case Meaning::FileName:
      return as(Kind::FileName, text);
    case Meaning::Mutex:
      return as(Kind::Mutex, text);
    case Meaning::RegistryKey:
      return as(Kind::RegistryKey, text);
    case Meaning::Serial:
      return as(Kind::CertificateSerial, text);
    case Meaning::UserAgent:
      return as(Kind::UserAgent, text);
    case Meaning::Ja3:
      return as(Kind::Ja3, text);
    case Meaning::Ja4:
      return as(Kind::Ja4, text);
  }
  return std::nullopt;
}

// Feeds write "SHA-256" (the standard), "SHA256" and "sha256".
std::optional<Kind> hash_kind(std::string_view type, std::string_view algorithm) {
  std::string word;
  for (const char c : algorithm)
    if (c != '-' && c != '_') word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (type == "x509-certificate") {
    if (word == "SHA1") return Kind::CertificateSha1;
    if (word == "SHA256") return Kind::CertificateSha256;
    return std::nullopt;
  }
  if (type != "file" && type != "artifact") return std::nullopt;
  if (word == "MD5") return Kind::Md5;
  if (word == "SHA1") return Kind::Sha1;
  if (word == "SHA256") return Kind::Sha256;
  if (word == "SHA512") return Kind::Sha512;
  return std::nullopt;
}

std::optional<observable::Value> value_as_written(std::string_view type, std::string_view path, std::string_view text) {
  constexpr std::string_view kHashes = "hashes.";
  if (path.starts_with(kHashes)) {
    const auto kind = hash_kind(type, path.substr(kHashes.size()));
    return kind ? as(*kind, text) : std::nullopt;
  }
  for (const auto& known : kKnown)
    if (known.type == type && known.path == path) return read(known.meaning, text);
  return std::nullopt;
}

class Collector {
 public:
  void object(std::string_view type, const json::Value& object) {
    const bool defanged = object.boolean_or("defanged", false);
    for (const auto& known : kKnown)
      if (known.type == type) add(type, known.path, text_at(object, known.path), defanged);
    const json::Value* hashes = object.find("hashes");
    if (hashes == nullptr || hashes->object() == nullptr) return;
    for (const auto& [algorithm, digest] : *hashes->object())
      add(type, "hashes." + algorithm, digest.string(), defanged);
  }

  std::vector<observable::Value> take() { return std::move(values_); }

 private:
  // References lead to other objects, which are collected by themselves; no property's name holds a dot.
  static const std::string* text_at(const json::Value& object, std::string_view path) {
    const json::Value* at = &object;
    while (at != nullptr && !path.empty()) {
      const auto dot = std::min(path.find('.'), path.size());
      at = at->find(path.substr(0, dot));
      path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at != nullptr ? at->string() : nullptr;
  }

  void add(std::string_view type, std::string_view path, const std::string* text, bool defanged) {
    if (text == nullptr) return;
    auto value = defanged ? value_as_written(type, path, observable::refang(*text)) : value_at(type, path, *text);
    if (value && seen_.insert(std::string(observable::name(value->kind)) + ':' + value->text).second)
      values_.push_back(std::move(*value));
  }

  std::vector<observable::Value> values_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

std::optional<observable::Value> url_without_scheme(std::string_view text) {
  // "mailto:a@evil.example" is none: what stands before '@' would be taken for a user.
  const std::string_view host = text.substr(0, text.find_first_of("/?#"));
  if (host.find('.') == std::string_view::npos && host.find(']') == std::string_view::npos) return std::nullopt;
  if (host.find('@') != std::string_view::npos) return std::nullopt;
  return as(Kind::Url, "http://" + std::string(text));
}

std::optional<observable::Value> value_at(std::string_view type, std::string_view path, std::string_view text) {
  if (auto value = value_as_written(type, path, text)) return value;
  // Some feeds publish "evil[.]example" in objects that machines read. As it stands it is no value at all, so nothing
  // is lost by undoing it.
  const std::string plain = observable::refang(text);
  return plain != text ? value_as_written(type, path, plain) : std::nullopt;
}

std::vector<observable::Value> values_of(std::string_view type, const json::Value& object) {
  Collector collector;
  if (type == "observed-data") {
    const json::Value* objects = object.find("objects");
    if (objects != nullptr && objects->object() != nullptr)
      for (const auto& [key, observed] : *objects->object()) collector.object(observed.text("type"), observed);
  } else {
    collector.object(type, object);
  }
  return collector.take();
}

}  // namespace tocsin::stix
