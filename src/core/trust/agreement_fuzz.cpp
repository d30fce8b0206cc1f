// Laws: an agreement is accepted in one form only, so that its digest is the same after any way there and back;
// approvals hold for exactly that document; the narrower of two terms permits nothing that one of them does not.
#include "core/trust/trust_fixture.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using trust::testing::key_of;

const trust::Agreement& base_agreement() {
  static const trust::Agreement made = [] {
    auto out = trust::testing::agreement_between({trust::testing::party_of(10), trust::testing::party_of(30)});
    out.terms.categories = {"intel", "alert"};
    out.terms.automatic = {"alert"};
    out.terms.redactions = {"x_internal"};
    out.terms.purposes = {"defence"};
    return out;
  }();
  return made;
}

void check_narrower(const trust::Terms& a, const trust::Terms& b) {
  const trust::Terms out = trust::narrower(a, b);
  CHECK(out.tlp <= a.tlp && out.tlp <= b.tlp && out.pap <= a.pap && out.pap <= b.pap);
  CHECK(out.onward <= a.onward && out.onward <= b.onward);
  CHECK(out.retention_days <= a.retention_days && out.retention_days <= b.retention_days);
  for (const auto* kinds : {&a.categories, &b.categories, &a.automatic, &b.automatic})
    for (const std::string& kind : *kinds) {
      if (out.permits_kind(kind)) CHECK(a.permits_kind(kind) && b.permits_kind(kind));
      if (out.sends_automatically(kind)) CHECK(a.sends_automatically(kind) && b.sends_automatically(kind));
    }
  CHECK(!out.permits_kind("survey") || (a.permits_kind("survey") && b.permits_kind("survey")));
}

void check_approvals(const Digest& digest, test_support::FuzzInput& input) {
  static const trust::Descriptor party = trust::testing::descriptor_of(10);
  static const crypto::SigningKey an = key_of(15), linh = key_of(16);
  const Bytes message = trust::approval_message(digest);
  const std::vector<trust::Approval> given = {{"an", an.public_key(), an.sign(message)},
                                              {"linh", linh.public_key(), linh.sign(message)}};
  CHECK(trust::check_approvals(digest, given, party));
  CHECK(!trust::check_approvals(digest, {given[0], given[0]}, party));
  Digest other = digest;
  other.bytes[input.below(Digest::kSize)] ^= 1;
  CHECK(!trust::check_approvals(other, given, party));

  const auto read = trust::read_approvals(test_support::edited(trust::write_approvals(given), input));
  if (!read) return test_support::check_refusal(read.error());
  const auto again = trust::read_approvals(trust::write_approvals(*read));
  CHECK(again && trust::write_approvals(*again) == trust::write_approvals(*read));
  if (const auto checked = trust::check_approvals(digest, *read, party); !checked)
    test_support::check_refusal(checked.error());
}

}  // namespace

/// The first byte: 0 takes the rest as a document, otherwise as edits of a good one (and then of approvals).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  json::Value document;
  if (input.byte() == 0) {
    auto parsed = json::parse(input.rest());
    if (!parsed) return 0;
    document = std::move(*parsed);
  } else {
    const std::string_view edits = input.text(input.byte());
    test_support::FuzzInput one(reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size());
    document = test_support::edited(trust::write_agreement(base_agreement()), one);
  }
  const auto read = trust::read_agreement(document);
  if (!read) {
    test_support::check_refusal(read.error());
    return 0;
  }
  const json::Value written = trust::write_agreement(*read);
  CHECK(written == document);
  const Digest digest = trust::agreement_digest(*read);
  CHECK(digest == crypto::sha256(json::canonical(document)));
  const auto again = trust::read_agreement(*json::parse(json::write_pretty(written)));
  CHECK(again && trust::agreement_digest(*again) == digest && again->terms == read->terms);
  CHECK(trust::terms_digest(again->terms) == trust::terms_digest(read->terms));
  check_narrower(read->terms, base_agreement().terms);
  check_narrower(base_agreement().terms, read->terms);
  check_approvals(digest, input);
  return 0;
}
