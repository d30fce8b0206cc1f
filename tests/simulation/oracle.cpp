#include "tests/simulation/oracle.h"

#include <sodium.h>

#include <algorithm>

#include "core/exchange/log.h"
#include "core/trust/agreements.h"
#include "formats/merkle/test_tree.h"

namespace tocsin::simulation {
namespace {

// By libsodium alone, from what RFC 7797 says.
bool is_signed_by(const trust::Signed& bytes, const crypto::PublicKey& key) {
  const auto dots = bytes.jws.find("..");
  if (dots == std::string::npos) return false;
  const auto signature = base::from_base64url(std::string_view(bytes.jws).substr(dots + 2));
  if (!signature || signature->size() != crypto_sign_BYTES) return false;
  const std::string text = bytes.jws.substr(0, dots) + "." + bytes.payload;
  return crypto_sign_verify_detached(signature->data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size(), key.bytes.data()) == 0;
}

Digest digest_of(const trust::Signed& bytes) {
  const auto dots = bytes.jws.find("..");
  const auto signature = base::from_base64url(std::string_view(bytes.jws).substr(dots + 2));
  Bytes all = base::to_bytes(bytes.payload);
  base::append(all, *signature);
  return crypto::sha256(all);
}

// The one value in the pattern of an indicator that the cast imports.
std::string value_in(const json::Value& payload) {
  const json::Value* objects = payload.find("objects");
  if (!objects || !objects->array()) return "";
  for (const json::Value& object : *objects->array()) {
    const std::string pattern = object.text("pattern");
    const auto first = pattern.find('\''), last = pattern.rfind('\'');
    if (first != last) return pattern.substr(first + 1, last - first - 1);
  }
  return "";
}

std::string line_of(const std::string& note, int n) {
  std::size_t at = 0;
  for (int i = 0; i < n; ++i) at = note.find('\n', at) + 1;
  return note.substr(at, note.find('\n', at) - at);
}

// Its first line ends with it: "tocsin/<party>/<epoch>".
std::string epoch_of(const std::string& note) {
  const std::string origin = line_of(note, 0);
  return origin.substr(origin.rfind('/') + 1);
}

}  // namespace

Oracle::Oracle(World& world) : world_(world), seen_(world.parties().size()), in_log_(world.parties().size()) {}

Pact* Oracle::pact(std::string_view agreement) {
  for (Pact& pact : world_.model().pacts)
    if (pact.id == agreement) return &pact;
  return nullptr;
}

void Oracle::promise(Party& from, const std::string& value, const journeys::PublishPlan& plan) {
  Model& model = world_.model();
  for (const auto& published : plan.statements) {
    Said& said = model.said[published.digest];
    if (!published.onward) {
      said.author = from.number;
      said.value = value;
      said.tlp = model.items[value].tlp;
    }
    for (const auto& recipient : plan.recipients) {
      if (recipient.permitted == 0 || recipient.agreement_id != published.agreement) continue;
      Party* to = world_.find(recipient.party.text());
      const auto place = static_cast<std::size_t>(pact(published.agreement) - model.pacts.data());
      if (to && to != &from) said.promised.try_emplace(to->number, Said::Promise{from.number, place});
    }
  }
}

void Oracle::forget(const Party& party) {
  seen_[party.number] = {};
  // What it had promised since its backup, it may not know any more.
  for (auto& [digest, said] : world_.model().said)
    std::erase_if(said.promised, [&](const auto& promised) {
      return promised.second.from == party.number && said.author != party.number;
    });
}

void Oracle::leaves(Party& from, Party& to, const std::string& records) {
  if (left_ || from.is_rogue || !from.disk.has_power()) return;
  std::string state;
  from.each("SELECT state FROM parties WHERE party = '" + to.id.text() + "'",
            [&](const store::Row& row) { state = row.text(0); });
  const std::string way = name_of(from) + " hands " + name_of(to) + " ";
  for (const auto& record : must(exchange::read_records(records))) {
    if (record.type == exchange::RecordType::Envelope) {
      const Pact* under = pact(must(json::parse(record.object.payload)).find("stream")->text("agreement"));
      if (under && under->left.contains(from.number) && !from.was_restored)
        left_ = way + "something under an agreement that it has left";
    }
    if (record.type != exchange::RecordType::Statement) continue;
    const Digest digest = digest_of(record.object);
    const auto payload = must(json::parse(record.object.payload, {.bytes = 16u << 20, .depth = 64}));
    Party* author = world_.find(payload.text("author"));
    if (!author) continue;
    if (!words_.contains(digest))
      if ((left_ = read_word(digest, *author, record.object))) return;
    const Word& word = words_.at(digest);
    if (state != "verified" && state != "quarantined") left_ = way + "something, which it has not verified";
    const bool passes =
        word.kind == "retract" || word.kind == "withdraw" || word.kind == "ack" || word.kind == "recover";
    if (state == "quarantined" && !passes) left_ = way + word.kind + ", which is in quarantine";
    if (author != &to && !word.agreement.empty() && !reach(word).contains(to.number))
      left_ = way + word.kind + " that no agreement permits there";
  }
}

std::optional<std::string> Oracle::look() {
  if (left_) return left_;
  for (auto& party : world_.parties()) read_log(*party);
  for (auto& party : world_.parties())
    if (auto found = read_statements(*party)) return found;
  for (auto& party : world_.parties()) {
    if (party->is_rogue) continue;
    if (auto found = look_at(*party)) return found;
  }
  return std::nullopt;
}

Oracle::Finding Oracle::look_at(Party& party) {
  if (auto found = label_is_no_wider(party)) return found;
  if (auto found = receipts_are_true(party)) return found;
  if (auto found = matches_have_grounds(party)) return found;
  if (auto found = realms_are_apart(party)) return found;
  if (auto found = nobody_is_wronged(party)) return found;
  if (auto found = signatures_are_true(party)) return found;
  return proved_logs_are_true(party);
}

// A log that counts as proved is the one its owner has.
Oracle::Finding Oracle::proved_logs_are_true(Party& party) {
  Finding found;
  std::vector<std::pair<Party*, std::string>> proved;
  party.each("SELECT party, checkpoint FROM parties WHERE own = 0 AND checkpoint_state = 'consistent'",
             [&](const store::Row& row) {
               if (Party* peer = world_.find(row.text(0))) proved.emplace_back(peer, std::string(row.text(1)));
             });
  for (const auto& [peer, note] : proved) {
    if (peer->was_restored) continue;  // it has lost what it had signed for
    const auto size = static_cast<std::size_t>(std::stoull(line_of(note, 1)));
    const std::string epoch = epoch_of(note);
    if (base::to_base64(root_of(*peer, epoch, size).view()) != line_of(note, 2))
      return name_of(party) + " takes a log for proved that " + name_of(*peer) + " does not have";
  }
  return std::nullopt;
}

Digest Oracle::root_of(Party& party, const std::string& epoch, std::size_t size) {
  std::vector<Bytes> leaves;
  party.each("SELECT statement FROM log_leaves WHERE epoch = '" + epoch + "' ORDER BY idx", [&](const store::Row& row) {
    const Digest digest = row.digest(0);
    leaves.emplace_back(digest.view().begin(), digest.view().end());
  });
  return size <= leaves.size() ? merkle::Oracle(std::move(leaves)).root(size) : Digest{};
}

void Oracle::read_log(Party& party) {
  Seen& seen = seen_[party.number];
  party.each("SELECT rowid, statement FROM log_leaves WHERE rowid > " + std::to_string(seen.leaves) + " ORDER BY rowid",
             [&](const store::Row& row) {
               seen.leaves = row.integer(0);
               in_log_[party.number].insert(row.digest(1));
             });
}

Oracle::Finding Oracle::read_statements(Party& party) {
  struct Kept {
    Digest digest;
    std::string author, sender;
    std::int64_t received;
    bool erased;
    trust::Signed bytes;
  };
  Seen& seen = seen_[party.number];
  std::vector<Kept> fresh;
  party.each(
      "SELECT row, digest, author, sender, received, erased_reason IS NOT NULL, jws, payload FROM statements WHERE "
      "row > " +
          std::to_string(seen.statements) + " ORDER BY row",
      [&](const store::Row& row) {
        seen.statements = row.integer(0);
        fresh.push_back({row.digest(1),
                         std::string(row.text(2)),
                         std::string(row.text(3)),
                         row.integer(4),
                         row.integer(5) != 0,
                         {std::string(row.text(6)), std::string(base::as_text(row.blob(7)))}});
      });
  for (const Kept& kept : fresh) {
    seen.held.insert(kept.digest);
    Party* author = world_.find(kept.author);
    if (!author) return name_of(party) + " holds a statement of nobody";
    if (!in_log_[author->number].contains(kept.digest))
      return name_of(party) + " holds a statement that " + name_of(*author) + " never said";
    if (kept.erased) continue;
    if (!words_.contains(kept.digest))
      if (auto found = read_word(kept.digest, *author, kept.bytes)) return found;
    if (author == &party) continue;
    const Word& word = words_.at(kept.digest);
    if (auto found = may_hold(party, kept.digest, word)) return found;
    if (auto found = came_in_order(party, kept.digest, word, kept.sender, kept.received)) return found;
  }
  return std::nullopt;
}

Oracle::Finding Oracle::read_word(const Digest& digest, Party& author, const trust::Signed& bytes) {
  const auto payload = json::parse(bytes.payload, {.bytes = 16u << 20, .depth = 64});
  if (!payload || digest_of(bytes) != digest) return "a statement is not what its digest says";
  Word word;
  word.author = author.number;
  word.kind = payload->text("kind");
  word.realm = payload->text("realm");
  const auto& keys = *author.founded.keys;
  if (!is_signed_by(bytes, (word.realm == trust::kReal ? keys.statement : keys.exercise).public_key()))
    return "a statement that " + name_of(author) + " has not signed is held";
  if (const json::Value* agreement = payload->find("agreement")) word.agreement = agreement->text("id");
  if (const json::Value* handling = payload->find("handling")) {
    word.tlp = stix::tlp_from_name(handling->text("tlp")).value_or(stix::Tlp::Red);
    word.onward = trust::onward_from_name(handling->text("onward")).value_or(trust::Onward::None);
  }
  word.value = value_in(*payload);
  words_.emplace(digest, std::move(word));
  return std::nullopt;
}

// Whom the agreements let have it, whoever passes it on.
std::set<std::size_t> Oracle::reach(const Word& word) {
  std::set<std::size_t> out{word.author};
  const Pact* own = pact(word.agreement);
  if (!own) return out;
  for (bool grows = true; grows;) {
    grows = false;
    for (const Pact& pact : world_.model().pacts) {
      if (pact.widest_tlp() < word.tlp) continue;
      if (&pact != own && word.onward != trust::Onward::Free) continue;
      const bool has_one = std::any_of(pact.parties.begin(), pact.parties.end(), [&](std::size_t n) {
        return out.contains(n) && (&pact != own || n == word.author || word.onward >= trust::Onward::WithinAgreement);
      });
      if (!has_one) continue;
      for (const std::size_t n : pact.parties) grows = out.insert(n).second || grows;
    }
  }
  return out;
}

Oracle::Finding Oracle::may_hold(Party& party, const Digest& digest, const Word& word) {
  if (world_.party(word.author).is_rogue && party.is_rogue) return std::nullopt;
  if (word.agreement.empty()) return std::nullopt;  // between two peers: not for an agreement to permit
  if (world_.party(word.author).is_rogue && !pact(word.agreement))
    return name_of(party) + " took what no agreement covers";
  if (!reach(word).contains(party.number))
    return name_of(party) + " holds " + word.kind + " " + digest.hex().substr(0, 8) + " of " +
           name_of(world_.party(word.author)) + ", which no agreement permits";
  return std::nullopt;
}

// As it came, the version in force here permitted it, and nobody had left.
Oracle::Finding Oracle::came_in_order(Party& party, const Digest& digest, const Word& word, const std::string& sender,
                                      std::int64_t received) {
  if (word.agreement.empty() || party.is_rogue) return std::nullopt;
  std::string stream;
  party.each("SELECT agreement FROM ledger WHERE direction = 'in' AND hex(statement) = upper('" + digest.hex() +
                 "') ORDER BY row LIMIT 1",
             [&](const store::Row& row) { stream = row.text(0); });
  if (stream.empty()) return std::nullopt;  // given back to its author
  if (party.count("SELECT COUNT(*) FROM agreement_departures WHERE agreement = '" + stream + "' AND at < " +
                  std::to_string(received) + " AND party IN ('" + party.id.text() + "', '" + sender + "')") > 0)
    return name_of(party) + " took content under an agreement that one of the two had left";
  // What was signed in the same second may have come before it or after it.
  if (word.tlp > std::max(ceiling_at(party, stream, received), ceiling_at(party, stream, received + 1)))
    return name_of(party) + " took what the agreement in force does not permit any more";
  return std::nullopt;
}

// What the highest version permits that all had signed, as this party knew, before that time.
stix::Tlp Oracle::ceiling_at(Party& party, const std::string& agreement, std::int64_t time) {
  const Pact* known = pact(agreement);
  stix::Tlp ceiling = stix::Tlp::Red;
  std::int64_t highest = 0;
  if (!known) return ceiling;
  party.each("SELECT a.version, a.document FROM agreements a WHERE a.agreement = '" + agreement +
                 "' AND (SELECT COUNT(*) FROM agreement_signatures s WHERE s.agreement = a.agreement AND s.version = "
                 "a.version AND s.at < " +
                 std::to_string(time) + ") = " + std::to_string(known->parties.size()),
             [&](const store::Row& row) {
               const auto document = json::parse(base::as_text(row.blob(1)), {.bytes = 1u << 20, .depth = 32});
               const json::Value* terms = document ? document->find("terms") : nullptr;
               const auto from = terms ? base::from_rfc3339(terms->text("from")) : std::nullopt;
               if (row.integer(0) < highest || !from || from->us >= time) return;
               highest = row.integer(0);
               ceiling = stix::tlp_from_name(terms->text("tlp")).value_or(stix::Tlp::Red);
             });
  return ceiling;
}

Oracle::Finding Oracle::label_is_no_wider(Party& party) {
  Finding found;
  party.each("SELECT s.digest, l.tlp, l.onward FROM statements s JOIN labels l ON l.label = s.label",
             [&](const store::Row& row) {
               const auto word = words_.find(row.digest(0));
               if (word == words_.end()) return;
               if (row.integer(1) < static_cast<std::int64_t>(word->second.tlp) ||
                   row.integer(2) > static_cast<std::int64_t>(word->second.onward))
                 found = name_of(party) + " holds a statement under a wider label than its author gave it";
             });
  return found;
}

// What a sender has a receipt for is there.
Oracle::Finding Oracle::receipts_are_true(Party& party) {
  Finding found;
  party.each("SELECT statement, party FROM ledger WHERE direction = 'out' AND state = 'receipted'",
             [&](const store::Row& row) {
               Party* to = world_.find(row.text(1));
               if (!to || to->is_rogue || to->was_restored) return;
               if (!seen_[to->number].held.contains(row.digest(0)))
                 found = name_of(party) + " has a receipt of " + name_of(*to) + " for what is not there";
             });
  return found;
}

Oracle::Finding Oracle::matches_have_grounds(Party& party) {
  std::set<std::string> grounds;
  party.each("SELECT digest FROM statements WHERE kind = 'intel' AND retracted_by IS NULL AND erased_reason IS NULL",
             [&](const store::Row& row) {
               if (const auto word = words_.find(row.digest(0)); word != words_.end())
                 grounds.insert(word->second.value);
             });
  for (const std::string& value : party.matches()) {
    const auto item = world_.model().items.find(value);
    const bool own = item != world_.model().items.end() && item->second.author == party.number;
    if (own && item->second.retracted && !party.was_restored)
      return name_of(party) + " matches " + value + ", which it has itself retracted";
    if (!own && !grounds.contains(value)) return name_of(party) + " matches " + value + " without grounds";
  }
  return std::nullopt;
}

Oracle::Finding Oracle::realms_are_apart(Party& party) {
  const auto mixed = party.count(
      "SELECT COUNT(*) FROM alerts a JOIN alert_statements v ON v.alert = a.alert JOIN statements s ON "
      "s.digest = v.statement WHERE a.realm <> s.realm");
  if (mixed > 0) return name_of(party) + " has an alert of another realm than what was said";
  return std::nullopt;
}

Oracle::Finding Oracle::nobody_is_wronged(Party& party) {
  Finding found;
  party.each(
      "SELECT party FROM parties WHERE own = 0 AND (state = 'suspended' OR checkpoint_state = 'contradiction') "
      "UNION SELECT author FROM equivocations UNION SELECT party FROM two_histories",
      [&](const store::Row& row) {
        const Party* accused = world_.find(row.text(0));
        if (accused && !accused->is_rogue)
          found = name_of(party) + " holds evidence against " + name_of(*accused) + ", which is honest";
      });
  if (found) return found;
  // An acknowledgement is its giver's own word.
  party.each(
      "SELECT r.party, r.statement FROM alert_recipients r WHERE r.acknowledged_at IS NOT NULL AND NOT EXISTS "
      "(SELECT 1 FROM statements k JOIN alert_statements v ON v.statement = k.in_reply_to JOIN alert_statements "
      "o ON o.alert = v.alert WHERE o.statement = r.statement AND k.kind = 'ack' AND k.author = r.party)",
      [&](const store::Row& row) {
        found =
            name_of(party) + " counts an acknowledgement that " + std::string(row.text(0)).substr(0, 8) + " never gave";
      });
  return found;
}

Oracle::Finding Oracle::signatures_are_true(Party& party) {
  Finding found;
  struct Signature {
    std::string agreement, party;
    std::int64_t version;
    Digest document;
  };
  std::vector<Signature> signatures;
  party.each(
      "SELECT s.agreement, s.party, s.version, a.digest FROM agreement_signatures s JOIN agreements a ON "
      "a.agreement = s.agreement AND a.version = s.version",
      [&](const store::Row& row) {
        signatures.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2), row.digest(3)});
      });
  for (const Signature& signature : signatures) {
    Party* signer = world_.find(signature.party);
    if (!signer || signer->is_rogue || signer->was_restored || signer == &party) continue;
    const auto own = signer->count(
        "SELECT COUNT(*) FROM agreements a JOIN agreement_signatures s ON a.agreement = "
        "s.agreement AND a.version = s.version WHERE s.party = '" +
        signature.party + "' AND a.agreement = '" + signature.agreement + "' AND a.version = " +
        std::to_string(signature.version) + " AND hex(a.digest) = upper('" + signature.document.hex() + "')");
    if (own == 0) return name_of(party) + " counts a signature that " + name_of(*signer) + " has not given";
  }
  return found;
}

// --- when all is good again

std::optional<std::string> Oracle::look_when_settled() {
  if (auto found = promises_are_kept()) return found;
  if (auto found = retractions_hold()) return found;
  for (auto& party : world_.parties()) {
    if (party->is_rogue) continue;
    if (auto found = nothing_waits(*party)) return found;
    if (auto found = log_is_whole(*party)) return found;
  }
  for (const auto& [a, b] : world_.peerings()) {
    if (auto found = ledgers_agree(world_.party(a), world_.party(b))) return found;
    if (auto found = ledgers_agree(world_.party(b), world_.party(a))) return found;
  }
  return std::nullopt;
}

Oracle::Finding Oracle::promises_are_kept() {
  const Model& model = world_.model();
  for (const auto& [digest, said] : model.said) {
    Party& author = world_.party(said.author);
    const auto item = model.items.find(said.value);
    if (item == model.items.end() || item->second.retracted || author.is_rogue) continue;
    if (author.was_restored && !seen_[author.number].held.contains(digest)) continue;  // lost before anybody had it
    for (const auto& [to, promise] : said.promised) {
      Party& recipient = world_.party(to);
      const Pact& pact = model.pacts[promise.pact];
      if (recipient.is_rogue || !pact.binds(promise.from, to) || pact.narrowest_tlp() < said.tlp) continue;
      // Whoever has put its author into quarantine refuses it for good, by whatever way it comes.
      if (world_.party(promise.from)
              .count("SELECT COUNT(*) FROM ledger WHERE direction = 'out' AND reason = "
                     "'delivery.author_held_back' AND party = '" +
                     recipient.id.text() + "' AND hex(statement) = upper('" + digest.hex() + "')") > 0)
        continue;
      if (!seen_[to].held.contains(digest))
        return name_of(recipient) + " never got " + said.value + ", promised by " +
               name_of(world_.party(promise.from)) + " under " + pact.id;
      const auto matches = recipient.matches();
      if (!std::binary_search(matches.begin(), matches.end(), said.value))
        return name_of(recipient) + " holds " + said.value + " and does not match it";
    }
  }
  return std::nullopt;
}

Oracle::Finding Oracle::retractions_hold() {
  for (const auto& [value, item] : world_.model().items) {
    if (!item.retracted) continue;
    Party& author = world_.party(item.author);
    const auto said_so =
        author.count("SELECT COUNT(*) FROM objects WHERE value = '" + value + "' AND (retracted <> '' OR erased <> 0)");
    const auto known = author.count("SELECT COUNT(*) FROM objects WHERE value = '" + value + "'");
    if (author.was_restored && known > 0 && said_so == 0) continue;  // it said so after its backup, and nobody heard it
    for (const auto& [digest, said] : world_.model().said)
      if (said.value == value && said_so > 0)
        if (auto found = holders_are_known(author, digest)) return found;
    for (auto& party : world_.parties()) {
      if (party->is_rogue || came_from_rogue(*party, value)) continue;
      const auto matches = party->matches();
      if (std::binary_search(matches.begin(), matches.end(), value))
        return name_of(*party) + " still matches " + value + ", which " + name_of(author) + " has retracted";
      if (!item.must_erase || party->number == item.author) continue;
      for (const auto& [digest, word] : words_)
        if (word.value == value && party->count("SELECT COUNT(*) FROM statements WHERE hex(digest) = upper('" +
                                                digest.hex() + "') AND erased_reason IS NULL") > 0)
          return name_of(*party) + " still holds the words of " + value + ", which had to be erased";
    }
  }
  return std::nullopt;
}

// The author knows who has confirmed: all to whom it had handed the target.
Oracle::Finding Oracle::holders_are_known(Party& author, const Digest& digest) {
  Finding found;
  author.each(
      "SELECT l.party FROM ledger l WHERE l.direction = 'out' AND l.state = 'receipted' AND hex(l.statement) = "
      "upper('" +
          digest.hex() +
          "') AND NOT EXISTS (SELECT 1 FROM retraction_targets t JOIN retraction_holders h ON h.retraction = "
          "t.retraction WHERE t.target = l.statement AND h.party = l.party)",
      [&](const store::Row& row) {
        const Party* holder = world_.find(row.text(0));
        if (holder && !holder->is_rogue)
          found = name_of(author) + " does not ask " + name_of(*holder) + " to confirm a retraction";
      });
  return found;
}

// Whoever keeps no rules passes no retraction on.
bool Oracle::came_from_rogue(Party& party, const std::string& value) {
  bool found = false;
  party.each("SELECT digest, sender FROM statements WHERE kind = 'intel'", [&](const store::Row& row) {
    const auto word = words_.find(row.digest(0));
    const Party* sender = world_.find(row.text(1));
    found = found || (word != words_.end() && word->second.value == value && sender && sender->is_rogue);
  });
  return found;
}

Oracle::Finding Oracle::nothing_waits(Party& party) {
  Finding found;
  // Under an agreement that one of the two has left, what had been sealed stays where it is.
  const auto binds = [&](const Party* to, std::string_view agreement) {
    const Pact* under = pact(agreement);
    return to && !to->is_rogue && (agreement.empty() || (under && under->binds(party.number, to->number)));
  };
  party.each("SELECT recipient, agreement FROM envelopes WHERE state NOT IN ('receipted', 'void')",
             [&](const store::Row& row) {
               const Party* to = world_.find(row.text(0));
               if (binds(to, row.text(1))) found = name_of(party) + " has an open envelope for " + name_of(*to);
             });
  party.each("SELECT party, agreement FROM ledger WHERE direction = 'out' AND state IN ('queued', 'sent')",
             [&](const store::Row& row) {
               const Party* to = world_.find(row.text(0));
               if (binds(to, row.text(1)))
                 found = name_of(party) + " has sent something to " + name_of(*to) + " and has no receipt";
             });
  party.each("SELECT party FROM retraction_holders WHERE at IS NULL", [&](const store::Row& row) {
    const Party* holder = world_.find(row.text(0));
    if (holder && !holder->is_rogue)
      found = name_of(party) + " waits for " + name_of(*holder) + " to confirm a retraction";
  });
  if (party.count("SELECT COUNT(*) FROM recoveries WHERE answered IS NULL AND waived IS NULL") > 0)
    party.each("SELECT party FROM recoveries WHERE answered IS NULL AND waived IS NULL", [&](const store::Row& row) {
      const Party* peer = world_.find(row.text(0));
      if (peer && !peer->is_rogue) found = name_of(party) + " was never given back what " + name_of(*peer) + " holds";
    });
  return found;
}

Oracle::Finding Oracle::ledgers_agree(Party& from, Party& to) {
  if (from.is_rogue || to.is_rogue || from.was_restored || to.was_restored) return std::nullopt;
  const auto positions = [&](Party& party, const Party& peer, const char* direction, const char* state) {
    std::vector<std::string> out;
    party.each(std::string("SELECT agreement, agreement || ' ' || position || ' ' || hex(statement) FROM ledger WHERE "
                           "direction = '") +
                   direction + "' AND state = '" + state + "' AND party = '" + peer.id.text() +
                   "' ORDER BY agreement, position",
               [&](const store::Row& row) {
                 // Receipts of what was under way when one of the two left an agreement are asked for no more.
                 const Pact* under = pact(row.text(0));
                 if (row.text(0).empty() || (under && under->binds(from.number, to.number)))
                   out.emplace_back(row.text(1));
               });
    return out;
  };
  if (positions(from, to, "out", "receipted") != positions(to, from, "in", "received"))
    return "the ledgers of " + name_of(from) + " and " + name_of(to) + " differ";
  const auto gaps = to.count(
      "SELECT COUNT(*) FROM (SELECT MAX(position) + 1 - COUNT(*) AS missing FROM ledger WHERE "
      "direction = 'in' AND party = '" +
      from.id.text() + "' GROUP BY agreement, generation) AS g WHERE missing <> 0");
  if (gaps > 0) return "positions from " + name_of(from) + " to " + name_of(to) + " have a gap";
  return std::nullopt;
}

// By the definitions of RFC 6962, not by the stored hashes.
Oracle::Finding Oracle::log_is_whole(Party& party) {
  std::string note;
  party.each(
      "SELECT c.note FROM log_checkpoints c JOIN log_epochs e ON e.epoch = c.epoch WHERE e.number = (SELECT "
      "MAX(number) FROM log_epochs) ORDER BY c.size DESC LIMIT 1",
      [&](const store::Row& row) { note = row.text(0); });
  if (note.empty()) return std::nullopt;
  const Digest root = root_of(party, epoch_of(note), static_cast<std::size_t>(std::stoull(line_of(note, 1))));
  if (base::to_base64(root.view()) != line_of(note, 2))
    return "the log of " + name_of(party) + " is not what its checkpoint says";
  const bool ok = must(party.db().read_value([&](store::Transaction& tx) {
                    return exchange::verify_log(tx, party.context().self);
                  })).ok();
  if (!ok) return name_of(party) + " cannot verify its own log";
  return std::nullopt;
}

}  // namespace tocsin::simulation
