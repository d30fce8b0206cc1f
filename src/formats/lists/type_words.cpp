#include "formats/lists/type_words.h"

#include <array>

#include "formats/lists/lines.h"
#include "formats/stix/stix.h"

namespace tocsin::lists {
namespace {

using observable::Kind;

struct Word {
  std::string_view word;
  TypeWord type;
};

constexpr TypeWord exactly(Kind kind) {
  return {Type::Kind, kind};
}
constexpr TypeWord some(Type type) {
  return {type};
}

constexpr TypeWord before_bar(TypeWord word) {
  return {word.type, word.kind, Part::BeforeBar};
}
constexpr TypeWord behind_bar(TypeWord word) {
  return {word.type, word.kind, Part::BehindBar};
}

// Compared in lower case. MISP, OTX and the common column names.
constexpr std::array kWords{
    Word{"value", some(Type::Any)},
    Word{"indicator", some(Type::Any)},
    Word{"ioc", some(Type::Any)},
    Word{"ioc_value", some(Type::Any)},
    Word{"observable", some(Type::Any)},
    Word{"ip", some(Type::Address)},
    Word{"ip_address", some(Type::Address)},
    Word{"ipaddress", some(Type::Address)},
    Word{"ip address", some(Type::Address)},
    Word{"ip-addr", some(Type::Address)},
    Word{"ip-src", some(Type::Address)},
    Word{"ip-dst", some(Type::Address)},
    Word{"ipv4", some(Type::Address)},
    Word{"ipv6", some(Type::Address)},
    Word{"address", some(Type::Address)},
    Word{"cidr", some(Type::Address)},
    Word{"subnet", some(Type::Address)},
    Word{"ip:port", some(Type::AddressAndPort)},  // ThreatFox
    Word{"domain", some(Type::Host)},
    Word{"hostname", some(Type::Host)},
    Word{"host", some(Type::Host)},
    Word{"fqdn", some(Type::Host)},
    Word{"url", some(Type::SchemelessUrl)},
    Word{"uri", some(Type::SchemelessUrl)},
    Word{"hash", some(Type::Hash)},
    Word{"file_hash", some(Type::Hash)},
    Word{"filehash", some(Type::Hash)},
    Word{"md5", exactly(Kind::Md5)},
    Word{"md5_hash", exactly(Kind::Md5)},
    Word{"filehash-md5", exactly(Kind::Md5)},
    Word{"sha1", exactly(Kind::Sha1)},
    Word{"sha1_hash", exactly(Kind::Sha1)},
    Word{"filehash-sha1", exactly(Kind::Sha1)},
    Word{"sha256", exactly(Kind::Sha256)},
    Word{"sha256_hash", exactly(Kind::Sha256)},
    Word{"filehash-sha256", exactly(Kind::Sha256)},
    Word{"sha512", exactly(Kind::Sha512)},
    Word{"email", exactly(Kind::Email)},
    Word{"email-src", exactly(Kind::Email)},
    Word{"email-dst", exactly(Kind::Email)},
    Word{"filename", exactly(Kind::FileName)},
    Word{"file_name", exactly(Kind::FileName)},
    Word{"ja3", exactly(Kind::Ja3)},
    Word{"ja3-fingerprint-md5", exactly(Kind::Ja3)},
    Word{"ja4", exactly(Kind::Ja4)},
    Word{"user-agent", exactly(Kind::UserAgent)},
    Word{"user_agent", exactly(Kind::UserAgent)},
    Word{"x509-fingerprint-sha1", exactly(Kind::CertificateSha1)},
    Word{"x509-fingerprint-sha256", exactly(Kind::CertificateSha256)},
    Word{"mutex", exactly(Kind::Mutex)},
    Word{"regkey", exactly(Kind::RegistryKey)},
    // Of MISP's pairs what can be looked for by itself; a name says more than the address that it had once.
    Word{"ip-src|port", before_bar(some(Type::Address))},
    Word{"ip-dst|port", before_bar(some(Type::Address))},
    Word{"hostname|port", before_bar(some(Type::Host))},
    Word{"domain|ip", before_bar(some(Type::Host))},
    Word{"filename|md5", behind_bar(exactly(Kind::Md5))},
    Word{"filename|sha1", behind_bar(exactly(Kind::Sha1))},
    Word{"filename|sha256", behind_bar(exactly(Kind::Sha256))},
    Word{"filename|sha512", behind_bar(exactly(Kind::Sha512))},
};

constexpr std::array kZeekTypes{
    Word{"intel::addr", some(Type::Address)},
    Word{"intel::subnet", some(Type::Address)},
    Word{"intel::url", some(Type::SchemelessUrl)},
    Word{"intel::software", exactly(Kind::UserAgent)},  // Zeek looks user agents up under this type
    Word{"intel::email", exactly(Kind::Email)},
    Word{"intel::domain", exactly(Kind::Domain)},
    Word{"intel::file_hash", some(Type::Hash)},
    Word{"intel::file_name", exactly(Kind::FileName)},
    Word{"intel::cert_hash", some(Type::CertificateHash)},
    Word{"intel::ja3", exactly(Kind::Ja3)},
    Word{"intel::ja4", exactly(Kind::Ja4)},
};

// Nothing where the bar is missing.
std::optional<std::string_view> part_of(std::string_view text, Part part) {
  if (part == Part::Whole) return text;
  const auto bar = part == Part::BeforeBar ? text.find('|') : text.rfind('|');
  if (bar == std::string_view::npos) return std::nullopt;
  return trimmed(part == Part::BeforeBar ? text.substr(0, bar) : text.substr(bar + 1));
}

std::optional<observable::Value> as(Kind kind, std::string_view text) {
  auto normal = observable::normalise(kind, text);
  if (!normal) return std::nullopt;
  return observable::Value{kind, std::move(*normal)};
}

}  // namespace

std::optional<TypeWord> type_word(std::string_view word) {
  const std::string key = lower(trimmed(word));
  for (const auto& known : kWords)
    if (known.word == key) return known.type;
  if (const auto kind = observable::kind_from_name(key)) return exactly(*kind);
  return std::nullopt;
}

std::optional<TypeWord> zeek_type(std::string_view word) {
  const std::string key = lower(trimmed(word));
  for (const auto& known : kZeekTypes)
    if (known.word == key) return known.type;
  return std::nullopt;
}

std::optional<observable::Value> value_of(TypeWord type, std::string_view whole) {
  const auto part = part_of(whole, type.part);
  if (!part) return std::nullopt;
  const std::string_view text = *part;
  if (type.type == Type::Any) return observable::recognise(text);
  const std::string plain = observable::refang(text);
  switch (type.type) {
    case Type::Any:
      break;
    case Type::Address:
      return observable::parse_ip_or_range(plain);
    case Type::AddressAndPort: {
      auto host = observable::parse_host(std::string_view(plain).substr(0, plain.rfind(':')));
      return host && host->kind != Kind::Domain ? std::move(host) : std::nullopt;
    }
    case Type::Host:
      if (auto value = observable::parse_ip_or_range(plain)) return value;
      return as(Kind::Domain, plain);
    case Type::Hash:
      for (const Kind kind : {Kind::Md5, Kind::Sha1, Kind::Sha256, Kind::Sha512})
        if (auto value = as(kind, plain)) return value;
      return std::nullopt;
    case Type::CertificateHash:
      if (auto value = as(Kind::CertificateSha1, plain)) return value;
      return as(Kind::CertificateSha256, plain);
    case Type::SchemelessUrl:
      if (auto value = as(Kind::Url, plain)) return value;
      return stix::url_without_scheme(plain);
    case Type::Kind:
      // These are anybody's text, in which brackets mean themselves.
      if (type.kind == Kind::FileName || type.kind == Kind::UserAgent || type.kind == Kind::Mutex ||
          type.kind == Kind::RegistryKey)
        return as(type.kind, text);
      return as(type.kind, plain);
  }
  return std::nullopt;
}

}  // namespace tocsin::lists
