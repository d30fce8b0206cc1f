// Laws: a statement that verifies is its author's, under the digest it had on the way; said again with the fields that
// were read, it reads the same; its objects are the very bytes that were signed; the exercise key never says anything
// real, nor a retired one anything new.
#include "core/exchange/exchange_fixture.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
using exchange::Statement;
using trust::testing::key_of;

const trust::Descriptor& author() {
  static const trust::Descriptor made = [] {
    trust::Descriptor out = trust::testing::descriptor_of(10);
    out.retired = {{"statement", key_of(40).public_key(), out.log.id, 0, 7}};
    return out;
  }();
  return made;
}

Statement good() {
  Statement s;
  s.id = "0193a0c4-0000-7000-8000-000000000002";
  s.author = author().party;
  s.time = trust::testing::kNow;
  s.kind = "intel";
  s.agreement = "0193a0c4-0000-7000-8000-000000000001";
  s.terms = crypto::sha256("terms");
  s.thread = "thread";
  s.in_reply_to = crypto::sha256("earlier");
  s.supersedes = crypto::sha256("older");
  s.urgency = "flash";
  s.reply_within = base::hours(4);
  s.legal_note = "none";
  s.attachments = {{crypto::sha256("attachment"), 17, "text/plain"}};
  s.body = json::Object{{"text", "hello"}};
  s.objects = {R"({"type":"indicator","id":"indicator--1"})", "{ }"};
  return s;
}

const json::Value& document() {
  static const json::Value made = [] {
    const auto keys = exchange::testing::keys_of(10);
    return *json::parse(exchange::sign_statement(keys, good()).signed_bytes().payload);
  }();
  return made;
}

void check_same(const Statement& a, const Statement& b) {
  CHECK(a.id == b.id && a.author == b.author && a.time == b.time && a.kind == b.kind);
  CHECK(a.agreement == b.agreement && a.terms == b.terms && a.realm == b.realm && a.thread == b.thread);
  CHECK(a.handling.tlp == b.handling.tlp && a.handling.pap == b.handling.pap);
  CHECK(a.handling.onward == b.handling.onward && a.handling.retain_days == b.handling.retain_days);
  CHECK(a.in_reply_to == b.in_reply_to && a.supersedes == b.supersedes && a.urgency == b.urgency);
  CHECK(a.reply_within == b.reply_within && a.legal_note == b.legal_note && a.body == b.body);
  CHECK(a.attachments.size() == b.attachments.size() && a.objects == b.objects);
  for (std::size_t i = 0; i < a.attachments.size(); ++i) {
    CHECK(a.attachments[i].sha256 == b.attachments[i].sha256 && a.attachments[i].type == b.attachments[i].type);
    CHECK(a.attachments[i].size_bytes == b.attachments[i].size_bytes);
  }
}

void check_verified(const trust::Signed& object, const exchange::VerifiedStatement& read) {
  static const trust::OwnKeys keys = exchange::testing::keys_of(10);
  CHECK(read.signed_bytes().payload == object.payload && read.signed_bytes().jws == object.jws);
  CHECK(read.digest() == object.digest());
  CHECK(exchange::claimed_author(object) == author().party && read->author == author().party);
  std::size_t at = 0;
  for (const std::string& one : read->objects) {
    CHECK(json::parse(one));
    at = object.payload.find(one, at);
    CHECK(at != std::string::npos);
    at += one.size();
  }
  const auto said_again = exchange::sign_statement(keys, *read);
  const auto read_again = exchange::verify_statement(said_again.signed_bytes(), author(), {});
  if (!read_again) test_support::check_refusal(read_again.error());
  CHECK(read_again);
  check_same(*read, **read_again);
}

// Of the epoch in which the author's earlier key was good.
exchange::LeafPosition leaf(std::uint64_t index) {
  return {author().retired.at(0).epoch, index};
}

enum class Signer { Statement, Exercise, Retired };

void check(std::string payload, Signer signer) {
  static const crypto::SigningKey signers[] = {key_of(12), key_of(14), key_of(40)};
  const trust::Signed object =
      trust::sign(trust::SignedType::Statement, signers[static_cast<std::size_t>(signer)], std::move(payload));
  static const trust::Descriptor stranger = trust::testing::descriptor_of(60);
  CHECK(!exchange::verify_statement(object, stranger, leaf(3)));
  const auto read = exchange::verify_statement(object, author(), {});
  const auto read_at_leaf = exchange::verify_statement(object, author(), leaf(8));  // after the last of the retired key
  CHECK(read.has_value() == read_at_leaf.has_value());
  if (!read) {
    if (signer != Signer::Retired) return test_support::check_refusal(read.error());
    CHECK(read.error().id == "statement.retired_key");
    const auto early = exchange::verify_statement(object, author(), leaf(7));
    const auto of_another_epoch = exchange::verify_statement(object, author(), exchange::LeafPosition{"2-00", 7});
    CHECK(!of_another_epoch);
    if (early) CHECK((*early)->realm == trust::kReal);
    return;
  }
  CHECK(((*read)->realm == trust::kReal) == (signer == Signer::Statement));
  check_verified(object, *read);
}

}  // namespace

/// The first byte chooses who signs (lower half) and whether the rest is the payload, changes of bytes of a good one,
/// or edits of its document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test_support::FuzzInput input(data, size);
  const std::uint8_t mode = input.byte();
  const auto signer = static_cast<Signer>(mode % 16 % 3);
  std::string payload = json::write(mode / 16 > 1 ? test_support::edited(document(), input) : document());
  if (mode / 16 == 0) payload = input.rest();
  if (mode / 16 == 1) test_support::edit_bytes(payload, input);
  check(std::move(payload), signer);
  return 0;
}
