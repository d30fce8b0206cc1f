// Envelopes and receipts: who handed what to whom, in which order. An envelope is signed by the sender for exactly one
// recipient and one stream; a receipt proves its arrival. docs/protocol.md sections 6 and 7.
#pragma once

#include <string>
#include <vector>

#include "core/exchange/statement.h"

namespace tocsin::exchange {

/// The line of a sender to a recipient under one agreement (or for control), within one epoch of the sender's log. It
/// begins anew, too, when the recipient has been restored: what was on its way to the node that was lost, and what that
/// one had signed for, says nothing of the one that came after it.
struct Stream {
  std::string epoch;
  AgreementId agreement;                ///< empty: control
  std::optional<Digest> recovery = {};  ///< the recipient's `recover` statement that the sender has answered last
  bool operator==(const Stream&) const = default;
  /// Epoch and recovery in one word, as rows keep them.
  std::string generation() const;
  static Stream of(std::string_view generation, AgreementId agreement);
};

/// Direct: its author hands it over. Onward: somebody who may. Returned: to its author, who lost it (recover.h).
enum class Basis { Direct, Onward, Returned };
std::string_view name(Basis basis);

/// How many persons of one recipient an envelope may name.
inline constexpr std::size_t kMaxReaders = 256;

struct Envelope {
  PartyId sender, recipient;
  Stream stream;
  std::uint64_t first = 0;  ///< position of the first statement; dense per recipient and stream
  std::vector<Digest> statements;
  std::optional<Digest> previous;  ///< envelope before this one in the same stream to the same recipient
  Basis basis = Basis::Direct;
  std::vector<std::string> readers;  ///< for TLP:RED: accounts at the recipient, never at anybody else
};

Signed sign_envelope(const trust::OwnKeys& keys, const Envelope& envelope);
Result<Envelope> read_envelope(const json::Value& value);  ///< envelope.malformed {field}; for those sealed here
/// Error ids: envelope.malformed {field}, envelope.wrong_sender, trust.*.
Result<Envelope> verify_envelope(const Signed& object, const trust::Descriptor& sender);

struct Receipt {
  PartyId sender;     ///< of the envelope
  PartyId recipient;  ///< who signs this
  Stream stream;
  std::uint64_t from = 0, to = 0;  ///< positions, inclusive
  Digest statements;               ///< SHA-256 over the digests in order
  Digest envelope;
  std::optional<Digest> checkpoint;  ///< SHA-256 of the recipient's latest earlier checkpoint
};

Digest run_digest(const std::vector<Digest>& statements);
Signed sign_receipt(const trust::OwnKeys& keys, const Receipt& receipt);
/// Error ids: receipt.malformed {field}, receipt.wrong_signer, trust.*.
Result<Receipt> verify_receipt(const Signed& object, const trust::Descriptor& recipient);
/// Whether it is for exactly the run of statements that the envelope names. That it names this envelope is asked first.
bool confirms(const Receipt& receipt, const Envelope& envelope);

}  // namespace tocsin::exchange
