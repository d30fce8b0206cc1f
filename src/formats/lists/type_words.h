// Inside this room: the words by which lists name the type of a value.
#pragma once

#include <optional>
#include <string_view>

#include "formats/observable/observable.h"

namespace tocsin::lists {

/// What a type word leaves open is decided by the value's form.
enum class Type {
  Any,             // whatever observable::recognise() knows
  Address,         // an address or a network of either version
  AddressAndPort,  // "198.51.100.3:443": the address
  Host,            // a domain, or an address: lists file both under "domain" and "host"
  Hash,            // MD5, SHA-1, SHA-256 or SHA-512 by its length
  CertificateHash,
  SchemelessUrl,  // Zeek and others write URLs without "http://"
  Kind,           // exactly TypeWord::kind
};

/// MISP joins two values by a bar; of these one is taken.
enum class Part { Whole, BeforeBar, BehindBar };

struct TypeWord {
  Type type;
  observable::Kind kind = observable::Kind::Domain;  // where type is Kind
  Part part = Part::Whole;
};

/// "domain", "ip-dst", "FileHash-SHA256", "ipv4-addr" ...; nothing for words that name no value of ours.
std::optional<TypeWord> type_word(std::string_view word);
/// "Intel::ADDR" ... of Zeek's intelligence framework.
std::optional<TypeWord> zeek_type(std::string_view word);

/// The normal form of `text` or of its part, refanged first, where it is a value of that type.
std::optional<observable::Value> value_of(TypeWord type, std::string_view text);

}  // namespace tocsin::lists
