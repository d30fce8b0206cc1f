// The framing of everything that travels: push, pull and courier files carry the same records. docs/protocol.md
// section 8.
//
//   record := type (1 byte) | jws length (u16) | payload length (u32) | jws | payload        big endian
#pragma once

#include <string_view>
#include <vector>

#include "core/trust/signed.h"

namespace tocsin::exchange {

enum class RecordType : std::uint8_t {
  Descriptor = 'D',
  Statement = 'S',
  Envelope = 'E',
  Receipt = 'R',
  Checkpoint = 'C',  ///< no jws: the payload is a signed note
  Proof = 'P',       ///< no jws: JSON {statement, epoch, index, size, hashes} or {epoch, from, to, hashes}
};

struct Record {
  RecordType type;
  trust::Signed object;
};

void append_record(std::string& out, RecordType type, const trust::Signed& object);
/// All records of a delivery. Error ids: record.malformed {offset}, record.too_many, record.unknown_type.
Result<std::vector<Record>> read_records(std::string_view bytes);

/// Records as a text file: "-----BEGIN TOCSIN INVITATION-----", base64 of the records, END line. What a person's mail
/// program wrote around it is left out.
enum class Armour { Invitation, Statement };
std::string armour(std::string_view records, Armour kind = Armour::Invitation);
/// peers.not_an_invitation; evidence.not_one.
Result<std::string> open_armour(std::string_view text, Armour kind = Armour::Invitation);

}  // namespace tocsin::exchange
