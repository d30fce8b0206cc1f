// Laws: records that are read are written back to the same bytes, and so is a proof; an invitation opens to what was
// put into it, whatever a person's mail program wrote around it.
#include "core/exchange/proof.h"
#include "core/exchange/record.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;

void check_records(std::string_view bytes) {
  const auto records = exchange::read_records(bytes);
  if (!records) return test_support::check_refusal(records.error());
  std::string written;
  for (const auto& record : *records) exchange::append_record(written, record.type, record.object);
  CHECK(written == bytes);
}

void check_armour(std::string_view text) {
  const std::string armoured = exchange::armour(text);
  CHECK(exchange::open_armour(armoured) == std::string(text));
  CHECK(exchange::open_armour("Dear colleague,\r\n\r\n" + armoured + "\r\nYours\n") == std::string(text));
  const auto opened = exchange::open_armour(text);
  if (!opened) return test_support::check_refusal(opened.error());
  CHECK(exchange::open_armour(exchange::armour(*opened)) == *opened);
}

void check_proof(std::string_view text) {
  const auto proof = exchange::read_proof(text);
  if (!proof) return test_support::check_refusal(proof.error());
  CHECK(proof->inclusion.has_value() != proof->consistency.has_value());
  const auto write = [](const exchange::Proof& one) {
    return one.inclusion ? exchange::write_proof(*one.inclusion) : exchange::write_proof(*one.consistency);
  };
  const auto again = exchange::read_proof(write(*proof));
  CHECK(again && write(*again) == write(*proof));
}

json::Value good_proof(bool of_inclusion) {
  const exchange::InclusionProof inclusion{crypto::sha256("statement"),    "1-00",  2, 5,
                                           {Digest{}, Digest{}, Digest{}}, "note\n"};
  const exchange::ConsistencyProof consistency{"1-00", 2, 5, {Digest{}, Digest{}}};
  return *json::parse(of_inclusion ? exchange::write_proof(inclusion) : exchange::write_proof(consistency));
}

}  // namespace

/// The first byte: 0 takes the rest as it is, 1 and 2 as edits of a proof, otherwise the rest goes into records of its
/// own, a length byte before each.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  if (mode == 1 || mode == 2) {
    check_proof(json::write(test_support::edited(good_proof(mode == 1), input)));
    return 0;
  }
  std::string bytes;
  if (mode == 0) bytes = input.rest();
  while (!input.empty()) {
    constexpr std::string_view kTypes = "DSERCP";
    const auto type = static_cast<exchange::RecordType>(kTypes[input.below(kTypes.size())]);
    const std::string jws(input.text()), payload(input.text());
    exchange::append_record(bytes, type, {jws, payload});
  }
  if (mode != 0) CHECK(exchange::read_records(bytes));
  check_records(bytes);
  check_armour(bytes);
  check_proof(bytes);
  return 0;
}
