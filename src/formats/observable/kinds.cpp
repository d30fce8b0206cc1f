#include <algorithm>
#include <array>

#include "formats/observable/observable.h"

namespace tocsin::observable {
namespace {

struct Named {
  Kind kind;
  std::string_view name;
};

constexpr std::array kNames{
    Named{Kind::Ipv4, "ipv4-addr"},
    Named{Kind::Ipv6, "ipv6-addr"},
    Named{Kind::Ipv4Range, "ipv4-range"},
    Named{Kind::Ipv6Range, "ipv6-range"},
    Named{Kind::Domain, "domain-name"},
    Named{Kind::Url, "url"},
    Named{Kind::Md5, "md5"},
    Named{Kind::Sha1, "sha-1"},
    Named{Kind::Sha256, "sha-256"},
    Named{Kind::Sha512, "sha-512"},
    Named{Kind::Email, "email-addr"},
    Named{Kind::FileName, "file-name"},
    Named{Kind::Ja3, "ja3"},
    Named{Kind::Ja4, "ja4"},
    Named{Kind::UserAgent, "user-agent"},
    Named{Kind::CertificateSha1, "certificate-sha-1"},
    Named{Kind::CertificateSha256, "certificate-sha-256"},
    Named{Kind::CertificateSerial, "certificate-serial"},
    Named{Kind::Mutex, "mutex"},
    Named{Kind::RegistryKey, "windows-registry-key"},
};

}  // namespace

std::string_view name(Kind kind) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& n) { return n.kind == kind; });
  return found == kNames.end() ? std::string_view{} : found->name;
}

std::optional<Kind> kind_from_name(std::string_view name) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& n) { return n.name == name; });
  if (found == kNames.end()) return std::nullopt;
  return found->kind;
}

}  // namespace tocsin::observable
