#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "ground/base/utf8.h"
#include "ground/crypto/certificate.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

constexpr std::size_t kMaxPemBytes = 256 * 1024;
constexpr std::size_t kMaxServerNames = 100;

// Without this, a PEM that claims to be encrypted makes OpenSSL ask for a password on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Certificate read_certificate(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr);
  Certificate out(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return out;
}

PrivateKey read_private_key(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr);
  PrivateKey out(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return out;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  CHECK(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

PrivateKey generate_p256() {
  PrivateKey key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  return key;
}

// A name nobody relies on: cut to what X.520 allows, and replaced where it is no UTF-8.
void set_subject(X509* certificate, std::string_view common_name) {
  constexpr std::size_t kUpperBound = 64;  // ub-common-name, in characters; we cut bytes, which is stricter
  const std::string cut = base::first_bytes(common_name, kUpperBound);
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto add = [&](const std::string& name) {
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.data()),
                                      static_cast<int>(name.size()), -1, 0) == 1;
  };
  if (cut.empty() || !add(cut)) {
    ERR_clear_error();
    CHECK(add("tocsin"));
  }
}

void set_serial(X509* certificate) {
  std::uint8_t serial[16];
  base::random_bytes(serial, sizeof serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7f) | 0x40);  // positive, and always of full length
  const std::unique_ptr<BIGNUM, Deleter<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  CHECK(number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

// From an hour ago (clocks differ) for `days`, a hundred years at most: X.509 ends with the year 9999. A negative count
// makes an expired certificate, for tests.
void set_validity(X509* certificate, int days) {
  days = std::clamp(days, -36500, 36500);
  const time_t now = static_cast<time_t>(base::system_clock().now().us / 1'000'000);
  const time_t end = now + time_t{days} * 86400;
  CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate), std::min(now, end) - 3600) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr);
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  // `value` is always one of our literals here: the configuration syntax must never see foreign text.
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make_certificate(EVP_PKEY* key, std::string_view common_name, int days) {
  Certificate out(X509_new());
  CHECK(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1 && X509_set_pubkey(out.get(), key) == 1);
  set_serial(out.get());
  set_subject(out.get(), common_name);
  set_validity(out.get(), days);
  return out;
}

void sign_certificate(X509* certificate, EVP_PKEY* key) {
  CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
}

Certificate make_root(EVP_PKEY* key, std::string_view common_name, int days) {
  Certificate out = make_certificate(key, common_name, days);
  CHECK(X509_set_issuer_name(out.get(), X509_get_subject_name(out.get())) == 1);
  add_extension(out.get(), out.get(), NID_subject_key_identifier, "hash");
  return out;
}

// The address in network order, or nothing where the text is no IP address.
Bytes parse_address(const std::string& text) {
  Bytes out(16);
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
  out.resize(4);
  if (inet_pton(AF_INET, text.c_str(), out.data()) == 1) return out;
  return {};
}

// ASCII host name of RFC 1123 (punycode done by the caller). A last label of digits only would be read as an address.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  bool last_has_letter = false;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    last_has_letter = false;
    for (char c : label) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && c != '-' && !(c >= '0' && c <= '9')) return false;
      last_has_letter |= letter;
    }
    if (dot == text.size()) return last_has_letter;
    text.remove_prefix(dot + 1);
  }
}

Result<void> add_alternative_names(X509* certificate, const std::vector<std::string>& names) {
  const GeneralNames list(sk_GENERAL_NAME_new_null());
  CHECK(list != nullptr);
  for (const std::string& name : names) {
    const Bytes address = name.find('\0') == std::string::npos ? parse_address(name) : Bytes{};
    if (address.empty() && !is_host_name(name)) return fail(ErrorCode::Malformed, "crypto.bad_server_name", {name});
    GENERAL_NAME* entry = GENERAL_NAME_new();
    CHECK(entry != nullptr && sk_GENERAL_NAME_push(list.get(), entry) > 0);
    ASN1_STRING* value = address.empty() ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
    CHECK(value != nullptr);
    const ByteView bytes = address.empty() ? base::as_bytes(name) : ByteView(address);
    CHECK(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1);
    GENERAL_NAME_set0_value(entry, address.empty() ? GEN_DNS : GEN_IPADD, value);
  }
  CHECK(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) == 1);
  return {};
}

}  // namespace

TlsIdentity make_self_signed(std::string_view common_name, int days) {
  const PrivateKey key = generate_p256();
  const Certificate certificate = make_root(key.get(), common_name, days);
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  sign_certificate(certificate.get(), key.get());
  return {to_pem(certificate.get()), to_pem(key.get())};
}

TlsIdentity make_authority(std::string_view common_name, int days) {
  const PrivateKey key = generate_p256();
  const Certificate certificate = make_root(key.get(), common_name, days);
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  sign_certificate(certificate.get(), key.get());
  return {to_pem(certificate.get()), to_pem(key.get())};
}

namespace {

Result<TlsIdentity> issue(const TlsIdentity& authority, const PrivateKey& key, const std::vector<std::string>& names,
                          int days) {
  if (names.empty()) return fail(ErrorCode::Malformed, "crypto.no_server_name");
  if (names.size() > kMaxServerNames)
    return fail(ErrorCode::TooLarge, "crypto.too_many_server_names", {std::to_string(kMaxServerNames)});
  const Certificate issuer = read_certificate(authority.certificate_pem);
  const PrivateKey issuer_key = read_private_key(authority.key_pem);
  if (!issuer || !issuer_key || X509_check_private_key(issuer.get(), issuer_key.get()) != 1 ||
      X509_check_ca(issuer.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::Malformed, "crypto.bad_authority");
  }
  const Certificate certificate = make_certificate(key.get(), names.front(), days);
  CHECK(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1);
  // A chain ends where its authority ends: the leaf must not claim more.
  if (ASN1_TIME_compare(X509_get0_notAfter(certificate.get()), X509_get0_notAfter(issuer.get())) > 0)
    CHECK(X509_set1_notAfter(certificate.get(), X509_get0_notAfter(issuer.get())) == 1);
  TRY_VOID(add_alternative_names(certificate.get(), names));
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), issuer.get(), NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid:always");
  sign_certificate(certificate.get(), issuer_key.get());
  return TlsIdentity{to_pem(certificate.get()) + to_pem(issuer.get()), to_pem(key.get())};
}

}  // namespace

Result<TlsIdentity> issue_server_certificate(const TlsIdentity& authority, const std::vector<std::string>& names,
                                             int days) {
  return issue(authority, generate_p256(), names, days);
}

Result<std::string> renew_server_certificate(const TlsIdentity& authority, std::string_view key_pem,
                                             const std::vector<std::string>& names, int days) {
  const PrivateKey key = read_private_key(key_pem);
  if (!key) return fail(ErrorCode::Malformed, "crypto.bad_certificate");
  return TRY(issue(authority, key, names, days)).certificate_pem;
}

Result<Digest> spki_pin(std::string_view certificate_pem) {
  const Certificate certificate = read_certificate(certificate_pem);
  if (!certificate) return fail(ErrorCode::Malformed, "crypto.bad_certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return fail(ErrorCode::Malformed, "crypto.bad_certificate");
  const Digest pin = sha256(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return pin;
}

Result<Time> certificate_expiry(std::string_view certificate_pem) {
  const Certificate certificate = read_certificate(certificate_pem);
  tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
    return fail(ErrorCode::Malformed, "crypto.bad_certificate");
  return Time{std::int64_t{::timegm(&end)} * 1'000'000};
}

bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem) {
  const Certificate certificate = read_certificate(certificate_pem), issuer = read_certificate(authority_pem);
  const bool out = certificate && issuer && X509_check_issued(issuer.get(), certificate.get()) == X509_V_OK &&
                   X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return out;
}

bool names_server(std::string_view certificate_pem, const std::string& name) {
  const Certificate certificate = read_certificate(certificate_pem);
  if (!certificate || name.find('\0') != std::string::npos) return false;
  if (!parse_address(name).empty()) return X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1;
  return X509_check_host(certificate.get(), name.data(), name.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) ==
         1;
}

}  // namespace tocsin::crypto
