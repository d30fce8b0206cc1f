#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "ground/crypto/certificate.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

using Certificate = std::shared_ptr<X509>;

// All certificates of a PEM text, in order.
std::vector<Certificate> certificates(const std::string& pem) {
  std::vector<Certificate> out;
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  while (X509* one = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) out.emplace_back(one, X509_free);
  BIO_free(bio);
  return out;
}

struct Check {
  std::string host, address;
  int purpose = X509_PURPOSE_SSL_SERVER;
};

// OpenSSL's own judgement, as a TLS client makes it: X509_V_OK or the reason.
int verification(const Certificate& leaf, const Certificate& trusted, const Check& check) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, trusted.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(parameters, check.purpose);
  if (!check.host.empty()) X509_VERIFY_PARAM_set1_host(parameters, check.host.c_str(), 0);
  if (!check.address.empty()) X509_VERIFY_PARAM_set1_ip_asc(parameters, check.address.c_str());
  const int verified = X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return verified == 1 ? X509_V_OK : error;
}

const TlsIdentity& authority() {
  static const TlsIdentity made = make_authority("tocsin test authority", 30);
  return made;
}

TEST(ServerCertificate, ChainsToItsAuthorityForEachNameAndAddress) {
  auto issued =
      issue_server_certificate(authority(), {"node.example.org", "192.0.2.7", "2001:db8::7", "localhost"}, 10);
  ASSERT_TRUE(issued) << describe(issued.error());
  const auto chain = certificates(issued->certificate_pem);
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(X509_cmp(chain[1].get(), certificates(authority().certificate_pem)[0].get()), 0);
  EXPECT_EQ(verification(chain[0], chain[1], {"node.example.org", ""}), X509_V_OK);
  EXPECT_EQ(verification(chain[0], chain[1], {"localhost", ""}), X509_V_OK);
  EXPECT_EQ(verification(chain[0], chain[1], {"", "192.0.2.7"}), X509_V_OK);
  EXPECT_EQ(verification(chain[0], chain[1], {"", "2001:db8::7"}), X509_V_OK);

  EXPECT_EQ(verification(chain[0], chain[1], {"other.example.org", ""}), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(verification(chain[0], chain[1], {"", "192.0.2.8"}), X509_V_ERR_IP_ADDRESS_MISMATCH);
  EXPECT_EQ(verification(chain[0], chain[1], {"192.0.2.7", ""}), X509_V_ERR_HOSTNAME_MISMATCH);  // an IP is no DNS name
  EXPECT_EQ(verification(chain[0], chain[1], {"", "", X509_PURPOSE_SSL_CLIENT}), X509_V_ERR_INVALID_PURPOSE);
  const TlsIdentity stranger = make_authority("tocsin test authority", 30);
  EXPECT_NE(verification(chain[0], certificates(stranger.certificate_pem)[0], {}), X509_V_OK);
}

TEST(ServerCertificate, IsNoAuthorityItself) {
  auto issued = issue_server_certificate(authority(), {"node.example.org"}, 10);
  ASSERT_TRUE(issued);
  const auto leaf = certificates(issued->certificate_pem)[0];
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
  EXPECT_EQ(X509_get_key_usage(leaf.get()), static_cast<std::uint32_t>(X509v3_KU_DIGITAL_SIGNATURE));
  EXPECT_EQ(X509_get_extended_key_usage(leaf.get()), static_cast<std::uint32_t>(XKU_SSL_SERVER));
  auto under = issue_server_certificate(*issued, {"deeper.example.org"}, 1);
  ASSERT_FALSE(under);
  EXPECT_EQ(under.error().id, "crypto.bad_authority");
}

TEST(ServerCertificate, EndsNoLaterThanItsAuthority) {
  auto issued = issue_server_certificate(authority(), {"node.example.org"}, 3650);
  ASSERT_TRUE(issued);
  const auto chain = certificates(issued->certificate_pem);
  EXPECT_EQ(ASN1_TIME_compare(X509_get0_notAfter(chain[0].get()), X509_get0_notAfter(chain[1].get())), 0);
}

TEST(ServerCertificate, ExpiresWhenItsDaysAreOver) {
  auto issued = issue_server_certificate(authority(), {"node.example.org"}, -1);
  ASSERT_TRUE(issued);
  const auto chain = certificates(issued->certificate_pem);
  EXPECT_EQ(verification(chain[0], chain[1], {}), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(ServerCertificate, RefusesNamesThatAreNone) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("-a.example"), std::string("a..example"),
        std::string("a.example."), std::string("*.example.org"), std::string("192.0.2.300"), std::string("1.2.3"),
        std::string("b\xc3\xbc.example"), std::string("a\0.example", 10), std::string("192.0.2.7\0x", 11),
        std::string("DNS:a.example,IP:192.0.2.1"), std::string(64, 'a') + ".example", std::string("@section"),
        std::string(300, 'a')}) {
    auto issued = issue_server_certificate(authority(), {"good.example.org", name}, 10);
    ASSERT_FALSE(issued) << name;
    EXPECT_EQ(issued.error().id, "crypto.bad_server_name");
  }
  EXPECT_EQ(issue_server_certificate(authority(), {}, 10).error().id, "crypto.no_server_name");
  EXPECT_EQ(issue_server_certificate(authority(), std::vector<std::string>(101, "a.example"), 10).error().id,
            "crypto.too_many_server_names");
}

TEST(ServerCertificate, RefusesABrokenOrMismatchedAuthority) {
  const TlsIdentity other = make_authority("other", 30);
  for (const TlsIdentity& bad :
       {TlsIdentity{}, TlsIdentity{authority().certificate_pem, other.key_pem},
        TlsIdentity{authority().key_pem, authority().certificate_pem}, TlsIdentity{authority().certificate_pem, ""}}) {
    auto issued = issue_server_certificate(bad, {"node.example.org"}, 10);
    ASSERT_FALSE(issued);
    EXPECT_EQ(issued.error().id, "crypto.bad_authority");
  }
}

TEST(Authority, MaySignLeavesOnly) {
  const auto root = certificates(authority().certificate_pem);
  ASSERT_EQ(root.size(), 1u);
  EXPECT_EQ(X509_check_ca(root[0].get()), 1);
  EXPECT_EQ(X509_get_pathlen(root[0].get()), 0);
  EXPECT_EQ(X509_get_key_usage(root[0].get()),
            static_cast<std::uint32_t>(X509v3_KU_KEY_CERT_SIGN | X509v3_KU_CRL_SIGN));
}

TEST(SelfSigned, ServesBothSidesOfAPeerConnection) {
  const TlsIdentity peer = make_self_signed("peer", 30);
  const auto leaf = certificates(peer.certificate_pem);
  ASSERT_EQ(leaf.size(), 1u);
  EXPECT_EQ(X509_check_ca(leaf[0].get()), 0);
  EXPECT_EQ(X509_get_extended_key_usage(leaf[0].get()), static_cast<std::uint32_t>(XKU_SSL_SERVER | XKU_SSL_CLIENT));
  EXPECT_EQ(X509_verify(leaf[0].get(), X509_get0_pubkey(leaf[0].get())), 1);
  EXPECT_NE(peer.key_pem.find("BEGIN PRIVATE KEY"), std::string::npos);
}

TEST(SelfSigned, TakesAnyCommonName) {
  for (const std::string& name : {std::string(), std::string(500, 'x'), std::string("\xff\xfe"), std::string("a\0b", 3),
                                  std::string(63, 'x') + "đơn vị", std::string("/CN=evil,O=x\n")})
    EXPECT_TRUE(spki_pin(make_self_signed(name, 1).certificate_pem)) << name;
}

// Made with: openssl req -x509 -newkey ec ...; the pin with: openssl x509 -pubkey | openssl pkey -pubin -outform der |
// openssl dgst -sha256.
// Made by the openssl command.
constexpr const char* kPem = R"(-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUIn9p1GggE9MbknG5F6Ug9N4CyY0wCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDcGluMCAXDTI2MTEyMTIxMzgzOFoYDzIxMjYxMDI4MjEzODM4
WjAOMQwwCgYDVQQDDANwaW4wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATQ+tOn
SINwN/P6YEx92CAjBusiTJXfd8VA4q91NXI+ZvW7ACw8LgJwDM2xTyiVvLv4pKnc
KJXCWwozXV7EkDaqo1MwUTAdBgNVHQ4EFgQUK0OXBwNPIuL/Z3aAqlkYFfAG5How
HwYDVR0jBBgwFoAUK0OXBwNPIuL/Z3aAqlkYFfAG5HowDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEAkOmWwMPwt6w7tJIgesJcNYKh8Ibd/psfAKPb
gOinTEECIQCC6W4TOV/sxU21Xec/Z7XW6oIMrnPgxAxmfPnlhAGVTg==
-----END CERTIFICATE-----
)";

TEST(SpkiPin, AgreesWithTheOpensslCommand) {
  auto pin = spki_pin(kPem);
  ASSERT_TRUE(pin);
  EXPECT_EQ(pin->hex(), "ad0e892caece6eedd254694dc5982ad37e9a3e48a6825bdf1644533ebcfba1c2");
}

TEST(CertificateExpiry, AgreesWithTheOpensslCommand) {
  const auto end = certificate_expiry(kPem);  // after 2049, so in the other of the two forms that X.509 has for times
  ASSERT_TRUE(end);
  EXPECT_EQ(base::to_rfc3339(*end), "2126-10-28T21:38:38.000000Z");
  EXPECT_EQ(certificate_expiry("no certificate").error().id, "crypto.bad_certificate");
}

TEST(CertificateExpiry, IsThatOfTheLeaf) {
  const auto issued = issue_server_certificate(authority(), {"node.example.org"}, 10);
  ASSERT_TRUE(issued);
  const Duration left = certificate_expiry(issued->certificate_pem).value() - base::system_clock().now();
  EXPECT_LE(left, base::days(10));
  EXPECT_GT(left, base::days(9));
}

TEST(SelfSigned, TakesAnyNumberOfDays) {
  for (int days : {0, INT32_MAX, INT32_MIN})
    EXPECT_TRUE(spki_pin(make_self_signed("peer", days).certificate_pem)) << days;
}

TEST(SpkiPin, IsThatOfTheFirstCertificateAndDiffersByKey) {
  auto issued = issue_server_certificate(authority(), {"node.example.org"}, 10);
  ASSERT_TRUE(issued);
  auto leaf = spki_pin(issued->certificate_pem), root = spki_pin(authority().certificate_pem);
  ASSERT_TRUE(leaf && root);
  EXPECT_NE(*leaf, *root);
}

TEST(SpkiPin, RefusesWhatIsNoCertificate) {
  const std::string encrypted =
      "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n"
      "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";  // must not ask for a password either
  for (const std::string& bad : {std::string(), std::string("x"), authority().key_pem, encrypted,
                                 std::string(1u << 20, '-'), authority().certificate_pem.substr(0, 200)}) {
    auto pin = spki_pin(bad);
    ASSERT_FALSE(pin);
    EXPECT_EQ(pin.error().id, "crypto.bad_certificate");
  }
}

}  // namespace
}  // namespace tocsin::crypto
