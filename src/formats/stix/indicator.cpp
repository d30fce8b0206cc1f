#include "formats/stix/stix.h"
#include "ground/crypto/crypto.h"

namespace tocsin::stix {
namespace {

using observable::Kind;

// Namespace of the ids that tocsin gives to values imported from lists. Never change it: ids would no longer repeat.
constexpr std::string_view kListNamespace = "6f0a3c5e-92d4-4b7e-8d1b-3e5f70c1a2b9";

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + '\'';
}

std::string_view path_for(Kind kind) {
  switch (kind) {
    case Kind::Ipv4:
    case Kind::Ipv4Range:
      return "ipv4-addr:value";
    case Kind::Ipv6:
    case Kind::Ipv6Range:
      return "ipv6-addr:value";
    case Kind::Domain:
      return "domain-name:value";
    case Kind::Url:
      return "url:value";
    case Kind::Md5:
      return "file:hashes.MD5";
    case Kind::Sha1:
      return "file:hashes.'SHA-1'";
    case Kind::Sha256:
      return "file:hashes.'SHA-256'";
    case Kind::Sha512:
      return "file:hashes.'SHA-512'";
    case Kind::Email:
      return "email-addr:value";
    case Kind::FileName:
      return "file:name";
    // The standard has no property for these two: custom ones, which values.cpp reads back.
    case Kind::Ja3:
      return "network-traffic:x_ja3";
    case Kind::Ja4:
      return "network-traffic:x_ja4";
    case Kind::UserAgent:
      return "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'";
    case Kind::CertificateSha1:
      return "x509-certificate:hashes.'SHA-1'";
    case Kind::CertificateSha256:
      return "x509-certificate:hashes.'SHA-256'";
    case Kind::CertificateSerial:
      return "x509-certificate:serial_number";
    case Kind::Mutex:
      return "mutex:name";
    case Kind::RegistryKey:
      return "windows-registry-key:key";
  }
  return "file:name";
}

}  // namespace

std::string pattern_for(const observable::Value& value) {
  return '[' + std::string(path_for(value.kind)) + " = " + quoted(value.text) + ']';
}

std::string indicator_for(const observable::Value& value, std::string_view source, std::string_view description,
                          Time created, Time modified) {
  // The parts are length-free but for the source, which may hold anything: JSON keeps them apart.
  const std::string name = json::canonical(json::Array{source, observable::name(value.kind), value.text});
  const std::string since = base::to_rfc3339(created);
  json::Object object{
      {"type", "indicator"},
      {"spec_version", "2.1"},
      {"id", "indicator--" + crypto::uuid5(kListNamespace, name)},
      {"created", since},
      {"modified", base::to_rfc3339(modified)},
      {"name", value.text},
      {"pattern", pattern_for(value)},
      {"pattern_type", "stix"},
      {"valid_from", since},
  };
  const std::string plain = json::write(json::Value(object));
  if (description.empty()) return plain;
  // A description is foreign text: one that our own parser would refuse (NUL, noncharacters) is left out.
  object.set("description", description);
  std::string described = json::write(json::Value(std::move(object)));
  return json::parse(described) ? described : plain;
}

}  // namespace tocsin::stix
