#include "ground/net/tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>

namespace tocsin::net {
namespace {

namespace ssl = boost::asio::ssl;

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// A client that offers protocols but not HTTP/1.1 is refused (RFC 7301 section 3.2) rather than misunderstood.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (::SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Replaces the building of a chain: certificates of peers are self-signed boxes around a key. That the peer holds the
/// key is proved by the handshake itself.
int accept_any_certificate(X509_STORE_CTX*, void*) {
  return 1;
}

std::optional<Digest> pin_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = ::i2d_X509_PUBKEY(::X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return std::nullopt;
  const Digest pin = crypto::sha256(ByteView(der, static_cast<std::size_t>(size)));
  ::OPENSSL_free(der);
  return pin;
}

int accept_pinned_certificate(X509_STORE_CTX* shown, void* pins_of_context) {
  const auto& pins = *static_cast<const std::vector<Digest>*>(pins_of_context);
  const X509* certificate = ::X509_STORE_CTX_get0_cert(shown);
  const auto pin = certificate ? pin_of(certificate) : std::nullopt;
  const bool known = pin && std::find(pins.begin(), pins.end(), *pin) != pins.end();
  ::X509_STORE_CTX_set_error(shown, known ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return known ? 1 : 0;
}

/// With every byte beyond printable ASCII escaped: whoever answered has chosen it.
std::string text_of(const X509_NAME* name) {
  constexpr std::size_t kMaxShown = 200;
  const std::unique_ptr<BIO, decltype(&::BIO_free)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
  if (!out || ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(out.get(), &data);
  return std::string(data, std::min(static_cast<std::size_t>(size), kMaxShown));
}

int verify_and_note(X509_STORE_CTX* shown, void* untrusted) {
  auto& note = *static_cast<Untrusted*>(untrusted);
  const int good = ::X509_verify_cert(shown);
  if (good == 1) return good;
  const X509* certificate = ::X509_STORE_CTX_get0_cert(shown);
  note.certificate = certificate ? text_of(::X509_get_subject_name(certificate)) + ", issued by " +
                                       text_of(::X509_get_issuer_name(certificate))
                                 : "?";
  note.reason = ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(shown));
  return good;
}

}  // namespace

Result<std::unique_ptr<ssl::context>> make_server_context(const crypto::TlsIdentity& identity,
                                                          bool ask_client_certificate) {
  boost::system::error_code ec;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  const int oldest = ask_client_certificate ? TLS1_3_VERSION : TLS1_2_VERSION;
  ::SSL_CTX_set_options(
      raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  // No resumption: every connection proves its keys anew, and no ticket key weakens forward secrecy.
  ::SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_num_tickets(raw, 0);
  ::SSL_CTX_set_max_cert_list(raw, 32 * 1024);
  ::SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  if (::SSL_CTX_set_min_proto_version(raw, oldest) != 1 ||
      ::SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return fail(ErrorCode::Internal, "net.bad_tls_identity", {}, "OpenSSL refuses our protocol settings");
  ::SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  if (ask_client_certificate) {
    ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_cert_verify_callback(raw, accept_any_certificate, nullptr);
  }
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_pem), ec);
  if (!ec) context->use_private_key(boost::asio::buffer(identity.key_pem), ssl::context::pem, ec);
  if (ec) return fail(ErrorCode::Malformed, "net.bad_tls_identity", {}, ec.message());
  if (::SSL_CTX_check_private_key(raw) != 1)
    return fail(ErrorCode::Malformed, "net.bad_tls_identity", {}, "the key does not belong to the certificate");
  return context;
}

void require_pins(SSL_CTX* context, const std::vector<Digest>& pins) {
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_cert_verify_callback(context, accept_pinned_certificate, const_cast<std::vector<Digest>*>(&pins));
}

void note_untrusted(SSL_CTX* context, Untrusted& untrusted) {
  ::SSL_CTX_set_cert_verify_callback(context, verify_and_note, &untrusted);
}

std::optional<Digest> peer_pin(SSL* connection) {
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate(::SSL_get1_peer_certificate(connection), ::X509_free);
  return certificate ? pin_of(certificate.get()) : std::nullopt;
}

}  // namespace tocsin::net
