// TLS of the server side (RFC 8446, RFC 5246 with modern suites only): settings and the pin of the peer's key.
#pragma once

#include <openssl/types.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/result.h"
#include "ground/crypto/crypto.h"

namespace tocsin::net {

/// `ask_client_certificate`: TLS 1.3 only, any certificate passes (its owner has proved to hold the key; whether we
/// know the key is not decided here). Error id: net.bad_tls_identity.
Result<std::unique_ptr<boost::asio::ssl::context>> make_server_context(const crypto::TlsIdentity& identity,
                                                                       bool ask_client_certificate);

/// Client side: the handshake ends at a server certificate whose key is none of `pins`, before our own certificate or a
/// byte of the request has been sent. `pins` must outlive the context.
void require_pins(SSL_CTX* context, const std::vector<Digest>& pins);

/// Client side: a server certificate for which no authority of the context vouches, so that people can be told which.
struct Untrusted {
  std::string certificate;  ///< its subject and its issuer, as ASCII; empty where all was well
  std::string reason;
};
/// `untrusted` must outlive the context.
void note_untrusted(SSL_CTX* context, Untrusted& untrusted);

/// SHA-256 of the SubjectPublicKeyInfo of the certificate the other side showed; nothing where it showed none.
std::optional<Digest> peer_pin(SSL* connection);

}  // namespace tocsin::net
