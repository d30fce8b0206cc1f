#!/usr/bin/env python3
"""The party of the second implementation misbehaves against a real node. Each test is one attack by a party of its own, which persons
have verified and which has an agreement: so it gets as far as a peer can. Afterwards nothing of it may be there, the error is the one
that it has to be, and a proper delivery of the same party is still taken, or not, where the attack has its price."""

import concurrent.futures
import contextlib
import gzip
import itertools
import socket
import ssl
import time
import unittest

from meeting import Error, Nodes, Party, Person, Said, Scenario, TlsKey, agree, indicator, introduce, know, meet, nodes, numbers, p, wait_until
from peer import DELIVER, PULL, RECEIPTS

ATTACK = "attack.example"
RED = {"tlp": "TLP:RED", "pap": "PAP:GREEN", "onward": "none", "retain_days": 365}


class Hostile(Scenario):
    """One node for all attacks of a class; each test has a party of its own there, or one of a test that ended well."""

    numbers = itertools.count()
    shares, sound = False, None  # whether tests go on with a party that can still deliver, and that party

    @classmethod
    def setUpClass(cls):
        cls.nodes = Nodes()
        cls.addClassCleanup(cls.nodes.__exit__, None, None, None)
        cls.target = cls.nodes.add("target")
        cls.target.found("The target", "operator", "VN", [Person("only", "Only Signatory")])
        cls.target.start()
        cls.target.add_user("analyst", "Analyst", ["analyst"])
        cls.target.add_user("duty", "Duty Officer", ["duty_officer"])

    def setUp(self):
        before, type(self).sound = self.sound, None
        self.party, self.peer, self.agreement = before or self.settle()

    def settle(self, **terms):
        """Another party that has met the node, agreed with it, and given it something."""
        party = Party(f"party{next(self.numbers)}", self.nodes.folder)
        peer = meet(self, self.target, party)
        agreement = agree(self, self.target, party, peer, **terms)
        self.good(party, peer, agreement)
        return party, peer, agreement

    def good(self, *of):
        """A proper delivery: taken, stored, at the position where the one before it ended."""
        party, peer, agreement = of or (self.party, self.peer, self.agreement)
        value = f"good{next(self.numbers)}.example"
        party.deliver(peer, party.say("intel", {}, agreement, [indicator(value)]), agreement=agreement)
        held = self.values_at(self.target)
        self.assertIn(value, held)
        self.assertNotIn(ATTACK, held, "what was refused is there all the same")
        if self.shares:
            type(self).sound = party, peer, agreement

    def intel(self, **changes):
        return self.party.say("intel", {}, self.agreement, [indicator(ATTACK)], **changes)

    def delivery(self, *said, log=None, descriptor=None, agreement=None, **envelope):
        """Records with one envelope; what is given by name is not as it should be."""
        agreement = self.agreement if agreement is None else agreement
        sealed = self.party.envelope(self.peer, said, agreement, **envelope)
        return self.party.records(self.peer, said, sealed, log, descriptor)

    def answer(self, records, party=None):
        with self.assertRaises(Error) as caught:
            (party or self.party).hand_over(self.peer, records)
        return caught.exception

    def refused(self, records, code, id):
        """Refused for this reason, without a trace, and without harm to what comes next."""
        before = self.taken()
        error = self.answer(records)
        self.assertEqual((error.code, error.id), (code, id))
        self.assertEqual(self.taken(), before, "something of it was taken")
        self.good()
        return error

    def taken(self):
        return [one["digest"] for one in self.target.ask("peer", "ledger", self.party.id, "--limit", 1000)["items"] if one["direction"] == "in"]

    def shown(self):
        return self.target.ask("peer", "show", self.party.id)

    def compare_again(self):
        code, screen = self.target.type_into("peer", "verify", self.party.id, "--method", "in_person", answers=[numbers(self.peer, self.party)])
        self.assertEqual(code, nodes.DONE, screen)

    def assert_suspended(self):
        self.assertEqual(self.shown()["state"], "suspended")
        error = self.answer(self.delivery(self.intel()))
        self.assertEqual((error.code, error.id), ("forbidden", "delivery.suspended"))


class Signatures(Hostile):
    shares = True

    def test_a_statement_in_the_name_of_another(self):
        self.refused(self.delivery(self.intel(author=self.peer.party)), "unauthenticated", "statement.wrong_author")

    def test_a_statement_signed_by_a_stranger(self):
        self.refused(self.delivery(self.intel(key=p.Key())), "unauthenticated", "trust.wrong_key")

    def test_a_statement_signed_with_the_log_key(self):
        self.refused(self.delivery(self.intel(key=self.party.keys["log"])), "unauthenticated", "trust.wrong_key")

    def test_a_real_statement_signed_with_the_exercise_key(self):
        self.refused(self.delivery(self.intel(key=self.party.keys["exercise"])), "unauthenticated", "statement.realm_key")

    def test_an_exercise_signed_with_the_statement_key(self):
        self.refused(self.delivery(self.intel(realm=p.uuid7())), "unauthenticated", "statement.realm_key")

    def test_a_forged_signature_that_is_in_the_log(self):
        true = self.intel().signed
        forged = p.Signed(true.payload, true.jws[:-40] + "A" * 40)
        said = Said(forged, self.party.log.append(forged.digest))
        self.refused(self.delivery(said), "unauthenticated", "trust.bad_signature")

    def test_a_payload_that_was_changed_after_signing(self):
        true = self.intel().signed
        changed = p.Signed(true.payload.replace(b"GREEN", b"CLEAR"), true.jws)
        said = Said(changed, self.party.log.append(changed.digest))
        self.refused(self.delivery(said), "unauthenticated", "trust.bad_signature")

    def test_another_algorithm_in_the_header(self):
        true = self.intel().signed
        for header in (b'{"alg":"none"}', b"", p.from_b64u(true.jws.partition("..")[0]).replace(b"statement", b"receipt")):
            other = p.Signed(true.payload, p.b64u(header) + ".." + true.jws.partition("..")[2])
            said = Said(other, self.party.log.append(other.digest))
            self.refused(self.delivery(said), "malformed", "trust.bad_jws")

    def test_a_statement_of_another_that_may_not_go_onward(self):
        other, its_peer, its_agreement = self.settle()
        said = other.say("intel", {}, its_agreement, [indicator("theirs.example")])
        other.deliver(its_peer, said, agreement=its_agreement)
        records = self.party.pass_on(self.peer, other, said, self.agreement)[1]
        self.refused(records, "forbidden", "delivery.onward_not_permitted")

    def test_an_onward_statement_without_its_author(self):
        self.refused(self.delivery(self.intel(author=Party("author", self.nodes.folder).id), basis="onward"), "malformed", "delivery.no_author_descriptor")

    def test_a_statement_in_the_name_of_the_node_itself(self):
        self.refused(self.delivery(self.intel(author=self.peer.party), basis="onward"), "conflict", "delivery.our_own")


class Envelopes(Hostile):
    shares = True

    def test_an_envelope_for_another_recipient(self):
        self.refused(self.delivery(self.intel(), recipient=Party("elsewhere", self.nodes.folder).id), "forbidden", "envelope.not_for_us")

    def test_a_delivery_of_another_party_handed_over_by_this_one(self):
        other, its_peer, its_agreement = self.settle()
        said = other.say("intel", {}, its_agreement, [indicator(ATTACK)])
        self.refused(other.records(its_peer, [said], other.envelope(its_peer, [said], its_agreement)), "unauthenticated", "log.bad_signature")

    def test_an_envelope_in_the_name_of_another_sender(self):
        self.refused(self.delivery(self.intel(), sender=self.peer.party), "unauthenticated", "envelope.wrong_sender")

    def test_an_envelope_signed_with_the_log_key(self):
        self.refused(self.delivery(self.intel(), key=self.party.keys["log"]), "unauthenticated", "trust.wrong_key")

    def test_an_old_envelope_again_has_its_old_receipt(self):
        said = self.party.say("intel", {}, self.agreement, [indicator("once.example")])
        envelope = self.party.envelope(self.peer, [said], self.agreement)
        records = self.party.records(self.peer, [said], envelope)
        [receipt] = self.party.hand_over(self.peer, records)
        self.party.was_received(self.peer, receipt, envelope)
        self.good()
        before = self.taken()
        fresh = [self.party.checkpoint() if kind == "C" else (kind, jws, payload) for kind, jws, payload in records]
        for again in (records, fresh):
            self.assertEqual(self.party.hand_over(self.peer, again), [receipt])
        self.assertEqual(self.taken(), before)
        self.good()

    def test_a_gap(self):
        position = self.peer.out[self.agreement].position
        error = self.refused(self.delivery(self.intel(), first=position + 1), "conflict", "envelope.gap")
        held = p.Signed(error.said["held"]["payload"].encode(), error.said["held"]["jws"])
        self.assertEqual(held.verify(self.peer.key("statement"), "receipt")["to"], position - 1, "the receipt for what it holds")

    def test_a_position_that_is_taken(self):
        self.refused(self.delivery(self.intel(), first=0, previous=None), "conflict", "envelope.gap")

    def test_another_history_of_the_stream(self):
        self.refused(self.delivery(self.intel(), previous=p.b64u(bytes(32))), "conflict", "envelope.gap")

    def test_many_envelopes_for_one_position_at_once(self):
        said = [self.party.say("intel", {}, self.agreement, [indicator(f"race{number}.example")]) for number in range(20)]
        envelopes = [self.party.envelope(self.peer, [one], self.agreement) for one in said]
        bodies = [self.party.records(self.peer, [one], envelope) for one, envelope in zip(said, envelopes)]

        def hand_over(body):
            try:
                return self.party.hand_over(self.peer, body)[0]
            except Error as error:
                return error.id

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(hand_over, bodies))
        [(receipt, envelope)] = [(answer, envelope) for answer, envelope in zip(answers, envelopes) if answer != "envelope.gap"]
        self.party.was_received(self.peer, receipt, envelope)
        self.peer.proved_to = len(self.party.log.hashes)
        self.assertEqual(len([value for value in self.values_at(self.target) if value.startswith("race")]), 1)
        self.good()

    def test_a_stream_of_an_epoch_that_nobody_announced(self):
        stream = {"epoch": f"2-{'0' * 32}", "agreement": self.agreement}
        self.refused(self.delivery(self.intel(), stream=stream), "conflict", "envelope.other_epoch")

    def test_a_stream_that_answers_no_question(self):
        stream = {"epoch": self.party.epoch, "agreement": self.agreement, "recovery": p.b64u(bytes(32))}
        self.refused(self.delivery(self.intel(), stream=stream), "conflict", "envelope.other_recovery")

    def test_an_envelope_of_statements_that_are_not_there(self):
        said, kept = self.intel(), self.intel()
        records = self.delivery(said, statements=[p.b64u(said.digest), p.b64u(kept.digest)])
        self.refused(records, "malformed", "envelope.missing_statement")

    def test_readers_that_are_no_account_names(self):
        for readers in (["../root"], ["analyst", "analyst"], ["a"] * 300, "analyst", [1]):
            self.refused(self.delivery(self.intel(), readers=readers), "malformed", "envelope.malformed")

    def test_tlp_red_for_nobody(self):
        self.party, self.peer, self.agreement = self.settle(tlp="TLP:RED")
        self.refused(self.delivery(self.intel(handling=RED)), "forbidden", "delivery.red_names_nobody")


class Proofs(Hostile):
    def without(self, records, what):
        return [one for one in records if not (one[0] == "P" and what in one[2])]

    def test_no_inclusion_proof(self):
        self.refused(self.without(self.delivery(self.intel()), b'"statement"'), "unauthenticated", "delivery.no_inclusion_proof")

    def test_the_proof_of_another_leaf(self):
        said, other = self.intel(), self.intel()
        proof = {**p.parse(self.party.inclusion(other)[2]), "statement": p.b64u(said.digest)}
        records = self.delivery(said)
        records.insert(-1, ("P", "", p.compact(proof)))
        self.refused([one for one in records if one != self.party.inclusion(said)], "unauthenticated", "delivery.bad_inclusion_proof")

    def test_a_leaf_that_is_not_in_the_log(self):
        signed = p.sign(self.party.keys["statement"], "statement", self.intel().signed.payload.replace(b"GREEN", b"CLEAR"))
        self.refused(self.delivery(Said(signed, len(self.party.log.hashes) - 1)), "unauthenticated", "delivery.bad_inclusion_proof")

    def test_indices_and_sizes_beyond_the_log(self):
        said = self.intel()
        records = self.delivery(said)
        true = p.parse(self.party.inclusion(said)[2])
        for id, change in (("proof.malformed", {"index": 2**53 - 1}), ("proof.malformed", {"size": 0, "index": 0}), ("delivery.bad_inclusion_proof", {"size": 2**53 - 1}),
                           ("delivery.bad_inclusion_proof", {"hashes": true["hashes"][:1] * 100}), ("delivery.bad_inclusion_proof", {"hashes": []}),
                           ("delivery.bad_inclusion_proof", {"epoch": f"1-{'0' * 32}"})):
            changed = [("P", "", p.compact({**true, **change})) if one == self.party.inclusion(said) else one for one in records]
            self.assertEqual(self.answer(changed).id, id, change)
        self.good()

    def test_a_checkpoint_signed_by_another_key(self):
        for key in (p.Key(), self.party.keys["statement"]):
            records = [self.party.checkpoint(key=key) if one[0] == "C" else one for one in self.delivery(self.intel())]
            self.refused(records, "unauthenticated", "log.bad_signature")

    def test_no_checkpoint(self):
        self.refused([one for one in self.delivery(self.intel()) if one[0] != "C"], "malformed", "delivery.no_checkpoint")

    def smaller(self, size):
        """The log as it was at that size, with the statement of the attack as its last leaf, and that statement."""
        said, log = self.intel(), self.party.log.first(size)
        return Said(said.signed, log.append(said.digest)), log

    def test_a_checkpoint_that_was_rolled_back(self):
        self.good()
        said, log = self.smaller(self.peer.proved_to - 2)
        self.refused(self.delivery(said, log=log), "conflict", "delivery.old_checkpoint")
        self.assertEqual(self.shown()["state"], "verified")

    def test_two_histories_of_one_size(self):
        size = self.peer.proved_to
        said, log = self.smaller(size - 1)
        error = self.answer(self.delivery(said, log=log))
        self.assertEqual((error.code, error.id), ("conflict", "delivery.two_histories"))
        self.assert_suspended()
        self.assertEqual(self.shown()["checkpoint"]["state"], "contradiction")
        [evidence] = self.shown()["evidence"]
        name, key = p.note_name(self.party.id, self.party.epoch), self.party.keys["log"].public
        notes = {p.read_checkpoint(note.encode(), name, key) for note in evidence["checkpoints"]}
        self.assertEqual(notes, {(size, log.root()), (size, self.party.log.root(0, size))}, "both notes are kept, as they were signed")
        self.compare_again()
        self.good()

    def test_a_log_that_was_rewritten(self):
        """It is taken, since the statement is whole; but the log is shown as not verified, and proves from where it was proved."""
        proved = self.peer.proved_to
        said, log = self.smaller(proved - 1)
        extra = Said(said.signed, log.append(said.digest))
        records = [*self.party.records(self.peer, [], None, log)]
        status, body = self.party.request(self.peer, "POST", DELIVER, p.pack(records))
        self.assertEqual((status, [kind for kind, _, _ in p.unpack(body)]), (200, ["C"]))
        self.assertEqual(p.read_checkpoint(p.unpack(body)[0][2], p.note_name(self.party.id, self.party.epoch), self.party.keys["log"].public)[0], proved)
        self.assertEqual((self.shown()["checkpoint"]["state"], self.shown()["checkpoint"]["size"]), ("unverified", proved))
        self.assertEqual(extra.index, proved)
        self.party.say("ping", {})  # past the size at which the two logs would contradict each other
        self.good()
        self.assertEqual(self.shown()["checkpoint"]["state"], "consistent")

    def test_no_consistency_proof(self):
        proved, said = self.peer.proved_to, self.party.say("intel", {}, self.agreement, [indicator("unproved.example")])
        envelope = self.party.envelope(self.peer, [said], self.agreement)
        [receipt] = self.party.hand_over(self.peer, self.without(self.party.records(self.peer, [said], envelope), b'"from"'))
        self.party.was_received(self.peer, receipt, envelope)
        self.assertEqual((self.shown()["checkpoint"]["state"], self.shown()["checkpoint"]["size"]), ("unverified", proved))
        self.good()
        self.assertEqual(self.shown()["checkpoint"]["state"], "consistent")


class Descriptors(Hostile):
    def signed_by(self, key, **changes):
        return p.sign(key, "descriptor", p.canonical({**self.party.descriptor().value, "version": 2, **changes}))

    def test_an_older_version_changes_nothing(self):
        self.party.about["version"] = 5
        self.good()
        old = self.party.descriptor(version=4, name={"en": "Rolled back"})
        envelope = self.party.envelope(self.peer, [said := self.party.say("ping", {})])
        [receipt] = self.party.hand_over(self.peer, self.party.records(self.peer, [said], envelope, descriptor=old))
        self.party.was_received(self.peer, receipt, envelope)
        self.peer.proved_to = len(self.party.log.hashes)
        self.assertEqual((self.shown()["descriptor"]["version"], self.shown()["name"]), (5, self.party.name))
        self.good()

    def test_two_descriptors_of_one_version(self):
        error = self.answer(self.delivery(self.intel(), descriptor=self.party.descriptor(country="FR")))
        self.assertEqual((error.code, error.id), ("conflict", "descriptor.two_of_one_version"))
        self.assertEqual(self.shown()["state"], "suspended")
        self.party.about["version"] = 2
        self.assert_suspended()
        self.compare_again()
        self.good()

    def test_a_root_that_was_never_announced(self):
        key = p.Key()
        link = {"key": self.party.root.text(), "next_root": p.b64u(p.sha256(key.public)), "signature": p.b64u(p.root_link(self.party.root, key.public))}
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(key, root=key.text(), root_chain=[link])), "unauthenticated", "descriptor.other_roots")

    def test_another_next_root_under_the_same_root(self):
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(self.party.root, next_root=p.b64u(bytes(32)))), "unauthenticated", "descriptor.other_roots")

    def test_a_root_without_a_chain(self):
        key = p.Key()
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(key, root=key.text())), "unauthenticated", "descriptor.wrong_party")

    def test_a_root_that_has_been_succeeded(self):
        old = self.party.root
        link = {"key": old.text(), "next_root": p.b64u(p.sha256(self.party.next_root.public)), "signature": p.b64u(p.root_link(old, self.party.next_root.public))}
        announced = p.b64u(p.sha256(self.party.next_root.public))
        self.party.root, self.party.next_root = self.party.next_root, p.Key()
        self.party.about.update(version=2, root_chain=[link])
        self.good()
        stolen = self.signed_by(old, version=3, root=old.text(), root_chain=[], next_root=announced)
        self.refused(self.delivery(self.intel(), descriptor=stolen), "unauthenticated", "descriptor.other_roots")
        self.assertEqual(self.shown()["state"], "verified")

    def test_a_descriptor_signed_with_the_statement_key(self):
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(self.party.keys["statement"])), "unauthenticated", "trust.wrong_key")

    def test_a_descriptor_with_the_line_of_another(self):
        other, _, _ = self.settle()
        keys = {**self.party.descriptor().value["keys"], "tls": [other.tls.pin]}
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(self.party.root, keys=keys)), "conflict", "descriptor.key_of_another")

    def test_a_descriptor_that_says_what_it_may_not(self):
        for change in ({"version": 0}, {"version": 2**53 - 1, "spec": "tocsin/2"}, {"kind": "empire"}, {"country": "Vietnam"}, {"single_signatory": True},
                       {"limits": {"statement_bytes": 1, "delivery_bytes": 2, "statements_per_minute": 1}}, {"endpoints": ["file:///etc/passwd"]}, {"log": {"epoch": "../1"}}):
            error = self.answer(self.delivery(self.intel(), descriptor=self.signed_by(self.party.root, **change)))
            self.assertEqual((error.code, error.id), ("malformed", "descriptor.malformed"), change)
        self.good()

    def test_a_descriptor_that_has_expired(self):
        self.refused(self.delivery(self.intel(), descriptor=self.signed_by(self.party.root, expires=p.now(-60))), "forbidden", "descriptor.expired")

    def test_an_epoch_that_goes_back(self):
        self.party.epoch = f"1-{'f' * 32}"
        log = self.party.log
        self.party.log = p.Log()
        said = self.intel()
        error = self.answer(self.party.records(self.peer, [said], None, descriptor=self.party.descriptor(version=2)))
        self.assertEqual((error.code, error.id), ("conflict", "descriptor.two_restores"))
        self.assertEqual(self.shown()["state"], "suspended")
        self.party.log = log


class Statements(Hostile):
    shares = True

    def spoilt(self, old, new):
        """A statement of which these bytes are not as they should be, signed and logged as it stands."""
        payload = self.party.say("intel", {}, self.agreement, [indicator(ATTACK)]).signed.payload
        self.assertIn(old, payload)
        return self.party.say_bytes(payload.replace(old, new))

    def test_duplicate_names(self):
        for old, new in ((b'"realm":"real"', b'"realm":"real","realm":"real"'), (b'"body":{}', b'"body":{"a":1,"\\u0061":2}'), (b'"name":', b'"type":"malware","name":')):
            self.refused(self.delivery(self.spoilt(old, new)), "malformed", "json.duplicate_name")

    def test_numbers_beyond_the_exact_ones(self):
        for number in (b"9007199254740992", b"-9007199254740993", b"1e400", b"18446744073709551617"):
            self.refused(self.delivery(self.spoilt(b'"body":{}', b'"body":{"n":%s}' % number)), "malformed", "json.number_range")

    def test_text_that_is_none(self):
        for text, id in ((b"\\u0000", "bad_string"), (b"\xff", "bad_string"), (b"\xed\xa0\x80", "bad_string"), (b"\\ud800", "bad_string"), (b"\xc0\xaf", "bad_string"), (b"\n", "syntax")):
            self.refused(self.delivery(self.spoilt(b'"body":{}', b'"body":{"n":"%s"}' % text)), "malformed", f"json.{id}")

    def test_what_is_no_json(self):
        for new in (b'"body":{},', b'"body":NaN', b'"body":{"a":01}', b'"body":{/**/}', b"'body':{}"):
            error = self.refused(self.delivery(self.spoilt(b'"body":{}', new)), "malformed", "json.syntax")
            self.assertIn("statement", error.said)
        self.refused(self.delivery(self.party.say_bytes(b"")), "malformed", "json.syntax")
        self.refused(self.delivery(self.party.say_bytes(b"[]")), "malformed", "statement.malformed")

    def test_depth(self):
        self.refused(self.delivery(self.spoilt(b'"body":{}', b'"body":' + b"[" * 100_000 + b"]" * 100_000)), "malformed", "json.too_deep")

    def test_millions_of_values(self):
        self.refused(self.delivery(self.spoilt(b'"body":{}', b'"body":{"n":[%s0]}' % (b"0," * 1_100_000))), "too_large", "json.too_many_values")

    def test_an_unknown_member(self):
        self.refused(self.delivery(self.intel(priority="high")), "malformed", "statement.malformed")

    def test_an_unknown_kind(self):
        said = self.party.say("gossip", {}, self.agreement)
        self.refused(self.delivery(said), "malformed", "statement.unknown_kind")

    def test_members_of_another_shape(self):
        for change in ({"realm": "REAL"}, {"nonce": "AAAA"}, {"id": "1"}, {"time": "today"}, {"handling": "TLP:CLEAR"}, {"handling": {**RED, "tlp": "TLP:PINK"}},
                       {"in_reply_to": "x"}, {"supersedes": 1}, {"spec": "tocsin/2"}, {"body": []}):
            self.refused(self.delivery(self.intel(**change)), "malformed", "statement.malformed")

    def test_an_exercise_that_nobody_here_takes_part_in(self):
        self.refused(self.delivery(self.intel(realm=p.uuid7(), key=self.party.keys["exercise"])), "forbidden", "delivery.unknown_exercise")

    def test_an_agreement_as_an_exercise(self):
        document = p.new_document([self.party.id, self.peer.party], "Played")
        said = self.party.say("agreement", {"document": document, "approvals": []}, realm=p.uuid7(), key=self.party.keys["exercise"])
        self.refused(self.delivery(said, agreement=""), "forbidden", "statement.real_only")

    def test_labels_above_what_was_agreed(self):
        for handling, id in (({**RED, "tlp": "TLP:AMBER+STRICT"}, "release.above_tlp_ceiling"), (RED, "release.above_tlp_ceiling"),
                             ({**RED, "tlp": "TLP:GREEN", "pap": "PAP:RED"}, "release.above_pap_ceiling")):
            self.refused(self.delivery(self.intel(handling=handling), readers=["analyst"]), "forbidden", id)

    def test_a_kind_that_was_not_agreed(self):
        self.refused(self.delivery(self.party.say("message", {"text": ATTACK}, self.agreement)), "forbidden", "release.kind_not_agreed")

    def test_content_without_an_agreement(self):
        said = self.party.say("intel", {}, objects=[indicator(ATTACK)])
        self.refused(self.delivery(said, agreement=""), "malformed", "statement.malformed")
        self.refused(self.delivery(said), "malformed", "statement.malformed")

    def test_content_under_an_agreement_that_only_one_has_signed(self):
        document = p.new_document([self.party.id, self.peer.party], "Only one")
        self.party.deliver(self.peer, self.party.agree(document))
        said = self.party.say("intel", {}, document["id"], [indicator(ATTACK)])
        self.refused(self.delivery(said, agreement=document["id"]), "forbidden", "delivery.no_agreement")

    def test_content_under_the_agreement_of_others(self):
        other, _, its_agreement = self.settle()
        self.party.documents[its_agreement] = other.documents[its_agreement]
        said = self.party.say("intel", {}, its_agreement, [indicator(ATTACK)])
        self.refused(self.delivery(said, agreement=its_agreement), "forbidden", "delivery.no_agreement")

    def test_terms_that_nobody_signed(self):
        self.refused(self.delivery(self.intel(agreement={"id": self.agreement, "terms": p.b64u(bytes(32))})), "forbidden", "delivery.unknown_terms")

    def test_a_second_payload_under_one_id(self):
        first = self.party.say("intel", {}, self.agreement, [indicator("first.example")])
        self.party.deliver(self.peer, first, agreement=self.agreement)
        second = self.intel(id=first.signed.value["id"])
        self.refused(self.delivery(second), "conflict", "statement.two_of_one_id")
        self.assertEqual([(one["kind"], one["digest"]) for one in self.shown()["evidence"]], [("two_statements", second.digest.hex())])

    def test_a_statement_larger_than_the_limit(self):
        limit = self.peer.descriptor["limits"]["statement_bytes"]
        said = self.party.say("intel", {}, self.agreement, [{**indicator(ATTACK), "description": "x" * limit}])
        self.refused(self.delivery(said), "too_large", "delivery.statement_too_large")


class Bodies(Hostile):
    """Statements whose form holds are taken and have a receipt; what they ask for must not happen."""

    def nothing_follows(self, said):
        before = self.agreements()
        self.party.deliver(self.peer, said)
        self.assertEqual(self.agreements(), before)
        self.good()

    def agreements(self):
        return [(one["id"], one["version"], one["document_digest"], one["state"]) for one in self.target.ask("agreement", "list")["items"]]

    def proposal(self, document):
        self.party.documents.setdefault(document["id"], document)
        return self.party.say("agreement", {"document": document, "approvals": [p.approve(key, person, document) for person, key in self.party.persons.items()]})

    def test_a_version_with_other_parties(self):
        other, _, _ = self.settle()
        self.nothing_follows(self.proposal({**self.party.documents[self.agreement], "version": 2, "parties": sorted([self.party.id, self.peer.party, other.id])}))

    def test_another_document_of_one_version(self):
        present = self.party.documents[self.agreement]
        self.nothing_follows(self.proposal({**present, "terms": {**present["terms"], "tlp": "TLP:RED"}}))

    def test_an_id_that_is_not_made_of_the_parties(self):
        self.nothing_follows(self.proposal({**p.new_document([self.party.id, self.peer.party], "Unbound"), "id": str(p.uuid.uuid4())}))

    def test_an_agreement_of_others(self):
        other, _, _ = self.settle()
        self.nothing_follows(self.proposal(p.new_document([other.id, self.peer.party], "Of others")))

    def test_a_document_with_a_member_that_nobody_knows(self):
        self.nothing_follows(self.proposal(p.new_document([self.party.id, self.peer.party], "More", surprise=1)))

    def test_the_departure_of_another(self):
        other, its_peer, its_agreement = self.settle()
        self.nothing_follows(self.party.say("withdraw", {"agreement": its_agreement}))
        self.good(other, its_peer, its_agreement)

    def test_a_retraction_of_what_another_has_said(self):
        other, its_peer, its_agreement = self.settle()
        value = f"theirs{next(self.numbers)}.example"
        said = other.say("intel", {}, its_agreement, [indicator(value)])
        other.deliver(its_peer, said, agreement=its_agreement)
        back = {"targets": [p.b64u(said.digest)], "objects": [said.signed.value["objects"][0]["id"]], "reason": "personal_data", "note": ""}
        self.nothing_follows(self.party.say("retract", back, in_reply_to=p.b64u(said.digest)))
        [item] = [one for one in self.target.all("search", as_user="analyst") if one.get("value") == value]
        self.assertEqual((item["matching"], item["retracted"]), (True, None))

    def test_an_acknowledgement_of_what_was_never_told(self):
        self.nothing_follows(self.party.say("ack", {"of": "alert", "by": "nobody", "note": ""}, in_reply_to=p.b64u(bytes(32))))
        self.nothing_follows(self.party.say("ack", {"of": "retract", "applied": True, "onward_holders": 10**9, "onward_confirmed": 10**9}, in_reply_to=p.b64u(bytes(32))))

    def test_a_question_after_a_restore_that_never_was(self):
        """It is answered with what this party had, and with nothing of others."""
        other, its_peer, its_agreement = self.settle()
        self.good(other, its_peer, its_agreement)
        self.party.deliver(self.peer, self.party.say("recover", {"epochs": [], "streams": [], "sent": []}))
        answered = [one.value for one in self.party.pull_all(self.peer)]
        [answer] = [one["body"] for one in answered if one["kind"] == "ack"]
        self.assertEqual({one["author"] for one in answer["held"]}, {self.party.id})
        self.assertEqual({one["author"] for one in answered}, {self.peer.party})
        self.assertNotIn(other.id, str(answered))
        self.good()


    def alert(self, said_at=0, **changes):
        body = {"what": "hit", "severity": 4, "severity_row": "severity.life.health_damage_plausible", "host_name": "Ward", "service": "Care", "sector": "HEA",
                "protected_code": "MED-U", "population_served": 900, "indicators": [], "values": [ATTACK], "count": 2, "first": p.now(-60), "last": p.now(-30), "note": ""}
        return self.party.say("alert", {**body, **changes}, self.agreement, time=p.now(said_at))

    def alerts(self):
        return [one for one in self.target.ask("alert", "list", "--all", as_user="duty")["items"] if one["origin"]["party_id"] == self.party.id]

    def test_alerts_without_sense(self):
        said = [self.alert(**change) for change in (
            {"severity": 6}, {"severity": -1}, {"severity": "5"}, {"severity": None}, {"severity_row": "no.such.row"}, {"count": -1}, {"population_served": -5}, {"first": "x"},
            {"host_name": "h" * 1_000_000}, {"values": ["v"] * 20_000}, {"values": "x"}, {"indicators": [1]}, {"indicators": ["x"] * 5000}, {"note": "n" * 1_000_000}, {"what": None})]
        self.party.deliver(self.peer, *said, agreement=self.agreement)
        self.assertEqual(self.alerts(), [])
        self.party.deliver(self.peer, self.alert(count=2**53 - 1, population_served=2**53 - 1), agreement=self.agreement)
        self.assertEqual([one["count"] for one in self.alerts()], [2**53 - 1], "the largest numbers are numbers")
        self.good()

    def test_a_clock_ten_years_off(self):
        ten_years = 10 * 365 * 86_400
        for off in (-ten_years, ten_years):
            before = {one["id"] for one in self.alerts()}
            self.party.deliver(self.peer, self.alert(said_at=off, host_name=f"Ward {off}", first=p.now(off), last=p.now(off)), agreement=self.agreement)
            [alert] = [one for one in self.alerts() if one["id"] not in before]
            self.assertTrue(p.now() < alert["deadline"] < p.now(3 * 86_400), "the deadline runs from its receipt")
            self.assertTrue(p.now(-60) < alert["received"] <= p.now())
        self.good()

    def test_an_alert_with_a_count_that_is_no_integer(self):
        self.party.deliver(self.peer, self.alert(count=1.5), agreement=self.agreement)
        self.assertEqual(self.alerts(), [])

    def test_words_that_move_the_cursor(self):
        moves = "\x1b[2J\u202e\r\n"
        self.party.about.update(version=2, name={"en": moves})
        self.party.deliver(self.peer, self.alert(host_name=moves, service=moves, values=[moves], note=moves), agreement=self.agreement)
        for command, account in ((("alert", "list"), "duty"), (("alert", "show", self.alerts()[0]["id"]), "duty"), (("peer", "list"), None), (("peer", "show", self.party.id), None),
                                 (("statements",), "analyst"), (("agreement", "list"), None)):
            screen = self.target.run(*command, as_user=account)[1]
            for part in ("\x1b", "\u202e", "\r"):
                self.assertNotIn(part, screen, command)
        self.assertNotIn(b"\x1b", self.target.log.read_bytes())

    def test_sightings_without_sense(self):
        seen = indicator(f"seen{next(self.numbers)}.example")
        self.party.deliver(self.peer, self.party.say("intel", {}, self.agreement, [seen]), agreement=self.agreement)
        for count in (2**53 - 1, -1, 0, "1"):
            said = self.party.say("sighting", {"sightings": [{"indicator": seen["id"], "count": count, "first": p.now(), "last": p.now()}] * 3}, self.agreement)
            self.party.deliver(self.peer, said, agreement=self.agreement)
        [item] = [one for one in self.target.all("search", as_user="analyst") if one.get("value") == seen["name"]]
        self.assertEqual(item["sightings"], 0)
        self.good()

    def test_control_bodies_without_sense(self):
        nothing, back = p.b64u(bytes(32)), {"targets": [p.b64u(bytes(32))], "objects": [], "reason": "wrong", "note": ""}
        for kind, bodies in (("retract", ({}, {**back, "targets": []}, {**back, "targets": [nothing] * 1001}, {**back, "targets": ["x"]}, {**back, "reason": "because"}, {**back, "objects": ["x"] * 1001})),
                             ("ack", ({}, {"of": "x"}, {"of": "alert", "by": "b" * 201, "note": ""}, {"of": "recover", "returned": 0, "again": 0, "checkpoints": [], "held": [], "more": False})),
                             ("recover", ({}, {"epochs": 1}, {"epochs": [{"epoch": self.party.epoch, "size": -1, "open": True}], "streams": [], "sent": []})),
                             ("withdraw", ({}, {"agreement": "x"}, {"agreement": 1})),
                             ("agreement", ({}, {"document": {}, "approvals": []}, {"document": self.party.documents[self.agreement], "approvals": [{}]}))):
            self.party.deliver(self.peer, *(self.party.say(kind, body, in_reply_to=nothing) for body in bodies))
        self.good()

    def test_objects_that_are_none(self):
        good = indicator("plain.example")
        objects = [{}, {"type": "x"}, 1, None, [], {"type": "indicator", "id": 1}, {**good, "id": "i" * 100_000}, {**good, "pattern": "[" * 10_000}, {**good, "modified": "9999-12-31T23:59:59.999Z"}]
        self.party.deliver(self.peer, self.party.say("intel", {}, self.agreement, objects), agreement=self.agreement)
        self.good()

    def test_a_statement_of_the_node_given_back_unasked(self):
        """Nothing was lost, so nothing takes effect again; least of all what was erased since."""
        value = f"erased{next(self.numbers)}.example"
        report = self.import_values(self.target, "erased.txt", [value])
        self.target.ask("publish", "--import", report["import_id"], "--agreement", self.agreement, "--yes", as_user="analyst")
        records = p.unpack(self.party.request(self.peer, "GET", PULL)[1])
        [theirs] = [p.Signed(payload, jws) for kind, jws, payload in records if kind == "S"]
        note = next(payload for kind, _, payload in records if kind == "C").decode()
        proof = next(p.parse(payload) for kind, _, payload in records if kind == "P" and b'"statement"' in payload)
        self.party.pull_all(self.peer)
        [item] = [one["item"] for one in self.target.all("search", as_user="analyst") if one.get("value") == value]
        self.target.ask("retract", "--yes", "--item", item, "--reason", "personal_data", as_user="analyst")
        size = self.target.ask("log", "show")["size"]
        envelope = self.party.envelope(self.peer, [Said(theirs, 0)], basis="returned")
        returned = [p.record("S", theirs), ("P", "", p.compact({**proof, "checkpoint": note})), p.record("D", self.peer.signed), p.record("E", envelope)]
        [receipt] = self.party.hand_over(self.peer, self.party.records(self.peer, [], None) + returned)
        self.party.was_received(self.peer, receipt, envelope)
        self.assertNotIn(value, self.values_at(self.target))
        self.assertEqual(self.target.ask("log", "show")["size"], size)
        self.good()
        self.target.stop()
        holding = [file.name for file in self.target.folder.rglob("*") if file.is_file() and value.encode() in file.read_bytes()]
        self.target.start()
        self.assertEqual(holding, [])

    def test_more_proposals_than_anybody_reads(self):
        """What is too much is refused, so that the proposer hears of it."""
        for _ in range(20):
            said = self.party.say("agreement", {"document": p.new_document([self.party.id, self.peer.party], "One more"), "approvals": []})
            self.party.deliver(self.peer, said)
        said = self.party.say("agreement", {"document": p.new_document([self.party.id, self.peer.party], "One too many"), "approvals": []})
        self.refused(self.delivery(said, agreement=""), "forbidden", "agreement.too_many_open")

    def test_more_departures_than_agreements(self):
        departures = [self.party.say("withdraw", {"agreement": p.agreement_id([self.party.id], str(number))}) for number in range(101)]
        self.party.deliver(self.peer, *departures[:100])
        self.refused(self.delivery(departures[100], agreement=""), "forbidden", "agreement.too_many_departures")

    def test_who_has_left_is_out(self):
        document = self.party.documents[self.agreement]
        self.party.deliver(self.peer, self.party.say("withdraw", {"agreement": self.agreement}))
        self.assertEqual(nodes.agreement_state(self.target, self.agreement), "withdrawn")
        error = self.answer(self.delivery(self.intel()))
        self.assertEqual((error.code, error.id), ("forbidden", "delivery.no_agreement"))
        before = self.agreements()
        self.party.deliver(self.peer, self.proposal({**document, "version": 2}))
        self.assertEqual(self.agreements(), before, "there is no way back")


class Receipts(Hostile):
    def setUp(self):
        super().setUp()
        report = self.import_values(self.target, "waits.txt", [f"waits{next(self.numbers)}.example"])
        self.target.ask("publish", "--import", report["import_id"], "--agreement", self.agreement, "--yes", as_user="analyst")
        body = self.party.request(self.peer, "GET", PULL)[1]
        [self.envelope] = [p.Signed(payload, jws) for kind, jws, payload in p.unpack(body) if kind == "E"]
        value = self.envelope.value
        self.true = {"spec": p.SPEC, "type": "receipt", "sender": self.peer.party, "recipient": self.party.id, "stream": value["stream"], "from": value["first"],
                     "to": value["first"], "statements": p.b64u(p.sha256(p.from_b64u(value["statements"][0]))), "envelope": p.b64u(self.envelope.digest)}

    def give(self, key=None, **changes):
        receipt = p.sign(key or self.party.keys["statement"], "receipt", p.compact({**self.true, **changes}))
        status, body = self.party.request(self.peer, "POST", RECEIPTS, p.pack([p.record("R", receipt)]))
        if status != 204:
            raise Error(status, body)

    def state(self):
        return self.target.ask("peer", "ledger", self.party.id)["items"][0]["state"]

    def refused_receipt(self, code, id, **how):
        with self.assertRaises(Error) as caught:
            self.give(**how)
        self.assertEqual((caught.exception.code, caught.exception.id), (code, id))
        self.assertEqual(self.state(), "sent", "it counts as received")

    def test_forged_receipts(self):
        for key in (p.Key(), self.party.keys["log"], self.party.keys["exercise"], self.party.root):
            self.refused_receipt("unauthenticated", "trust.wrong_key", key=key)
        self.give()
        self.assertEqual(self.state(), "receipted")

    def test_a_receipt_by_another_party(self):
        other, _, _ = self.settle()
        receipt = p.sign(other.keys["statement"], "receipt", p.compact({**self.true, "recipient": other.id}))
        for party in (self.party, other):
            status, body = party.request(self.peer, "POST", RECEIPTS, p.pack([p.record("R", receipt)]))
            self.assertGreaterEqual(status, 400, body)
        self.assertEqual(self.state(), "sent")
        self.give()

    def test_a_receipt_for_an_envelope_that_never_was(self):
        self.refused_receipt("not_found", "receipt.unknown_envelope", envelope=p.b64u(bytes(32)))
        self.give()

    def test_a_receipt_for_something_else(self):
        for change in ({"statements": p.b64u(bytes(32))}, {"to": 7}, {"from": 1, "to": 1}):
            self.refused_receipt("conflict", "receipt.mismatch", **change)
        self.refused_receipt("unauthenticated", "receipt.wrong_signer", recipient=self.peer.party)
        self.refused_receipt("malformed", "receipt.malformed", type="envelope")
        self.give()

    def test_a_receipt_that_names_another_sender_or_stream(self):
        for change in ({"sender": self.party.id}, {"stream": {"epoch": self.peer.epoch, "agreement": ""}}):
            self.refused_receipt("conflict", "receipt.mismatch", **change)


    def test_checkpoints_that_the_node_never_signed(self):
        name = p.note_name(self.peer.party, self.peer.epoch)
        for note, id in ((b"x", "log.bad_checkpoint"), (self.party.checkpoint()[2], "log.bad_signature"), (p.checkpoint(p.Key(), name, 1, bytes(32)), "log.bad_signature"),
                         (p.checkpoint(self.party.keys["log"], name, 10**9, bytes(32)), "log.bad_signature")):
            status, body = self.party.request(self.peer, "POST", RECEIPTS, p.pack([("C", "", note)]))
            self.assertEqual(Error(status, body).id, id)
        self.assertTrue(self.party.pull_all(self.peer))
        self.assertTrue(self.peer.verified)

    def test_errors_that_are_none(self):
        """A refusal of what the node has not sent, or by one to whom it has not sent it, sets nothing aside: it is served all the same."""
        other, its_peer, _ = self.settle()
        envelope, statement = self.envelope.digest.hex(), p.from_b64u(self.envelope.value["statements"][0]).hex()
        about = {"envelope": envelope, "statement": statement}
        forged = p.sign(p.Key(), "receipt", p.compact(self.true))
        held = {"jws": forged.jws, "payload": forged.payload.decode()}
        for party, code, id, more in ((other, "forbidden", "release.kind_not_agreed", about), (self.party, "forbidden", "x", {"envelope": "00" * 32, "statement": statement}),
                                      (self.party, "no-such-code", "x" * 10_000, {"envelope": 1, "statement": []}), (self.party, "forbidden", "x", {"envelope": envelope, "statement": "00" * 32}),
                                      (self.party, "conflict", "envelope.gap", {"envelope": envelope, "held": held})):
            with contextlib.suppress(Error):
                party.refuse(self.peer, code, id, **more)
            states = [one["state"] for one in self.target.ask("peer", "ledger", self.party.id)["items"] if one["digest"] == statement]
            self.assertIn(states, (["sent"], []), more)  # sent, or waiting to be sealed anew
        self.assertEqual([one.digest.hex() for one in wait_until("it is served", lambda: self.party.pull_all(self.peer))], [statement])
        self.assertEqual(self.state(), "receipted")


class Lines(Hostile):
    """Bytes, HTTP and TLS that are none."""

    shares = True

    def post(self, body, **headers):
        return self.party.request(self.peer, "POST", DELIVER, body, headers)

    def test_bodies_that_are_no_records(self):
        proper = p.pack(self.delivery(self.intel()))
        many = p.pack([("P", "", b"{}")] * 20_001)
        self.assertEqual(Error(*self.post(many)).id, "record.too_many")
        for body in (b"S" + b"\xff" * 6, b"S" + b"\xff" * 6 + b"x" * 1000, b"E\0\0\xff\xff\xff\xff", proper[:-1], proper[:5], proper + b"S", b"X" * 7 + proper, p.secrets.token_bytes(5 << 20),
                     gzip.compress(proper), b"{}", b""):
            status, answer = self.post(body)
            self.assertEqual(status, 400, body[:20])
            self.assertEqual(Error(status, answer).code, "malformed")
        self.assertEqual(self.post(gzip.compress(proper), **{"Content-Encoding": "gzip"})[0], 400)
        self.good()

    def test_a_body_larger_than_the_limit_is_not_read(self):
        limit = self.peer.descriptor["limits"]["delivery_bytes"]
        with contextlib.closing(self.party.connect(self.peer)) as line:
            line.sock.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (DELIVER.encode(), limit + 1))
            answer = line.sock.recv(4096)
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        self.good()

    def test_more_statements_than_a_minute_allows(self):
        limit = self.peer.descriptor["limits"]["statements_per_minute"]
        said = [self.party.say("ping", {}) for _ in range(limit + 1)]
        before = len(self.taken())
        error = self.answer(self.delivery(*said, agreement=""))
        self.assertEqual((error.status, error.code), (429, "too_fast"))
        self.assertEqual(len(self.taken()), before)
        self.good(*self.settle())

    def test_more_requests_than_a_minute_allows(self):
        with contextlib.closing(self.party.connect(self.peer)) as line:
            for number in range(1300):
                line.request("GET", "/log/v1/checkpoint")
                answer = line.getresponse()
                body = answer.read()
                if answer.status != 200:
                    break
        self.assertEqual((answer.status, Error(answer.status, body).id), (429, "peers.too_many_requests"))
        self.assertGreater(number, 1000)
        self.good(*self.settle())

    def raw(self, head, wait=3):
        """All that the node answers until it closes the connection, or until it has waited for more so long."""
        with contextlib.closing(self.party.connect(self.peer, timeout=wait)) as line:
            line.sock.sendall(head)
            answer = b""
            with contextlib.suppress(TimeoutError, ssl.SSLError, ConnectionError):
                while chunk := line.sock.recv(65536):
                    answer += chunk
        return answer

    def test_no_request_hides_in_another(self):
        hidden = b"GET /log/v1/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n"
        post = b"POST /exchange/v1/deliver HTTP/1.1\r\nHost: x\r\n"
        for head in (b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(hidden), b"Content-Length: 0\r\nContent-Length: 0\r\n", b"Content-Length: 0, %d\r\n" % len(hidden),
                     b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: xchunked\r\n",
                     b"Transfer-Encoding: chunked, identity\r\n", b"Transfer-Encoding : chunked\r\n", b"Content-Length: +0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 0x0\r\n",
                     b"Content-Length : 0\r\n", b"Content-Length:\r\n 0\r\n", b"X: \0\r\nContent-Length: 0\r\n", b"Content-Length: 99999999999999999999\r\n"):
            answer = self.raw(post + head + b"\r\n" + hidden)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, (head, answer))
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (head, answer))
            self.assertNotIn(b"tocsin/", answer, head)
        self.good()

    def test_heads_that_are_none(self):
        for head in (b"\0\1\2\3\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET https://x/exchange/v1/pull HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET /exchange/v1/../v1/pull HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /exchange/v1/pull HTTP/9.9\r\nHost: x\r\n\r\n", b"GET  /exchange/v1/pull HTTP/1.1\r\n\r\n"):
            self.assertTrue(self.raw(head).startswith(b"HTTP/1.1 400 "), head)
        self.assertTrue(self.raw(b"GET /exchange/v1/pull HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 431 "))
        self.good()

    def test_who_sends_slowly_keeps_nobody_waiting(self):
        with contextlib.ExitStack() as lines:
            mute = [lines.enter_context(self.knock()) for _ in range(30)]
            for line in mute[::2]:
                line.sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a TLS greeting
            slow = [lines.enter_context(contextlib.closing(self.party.connect(self.peer))).sock for _ in range(20)]
            end, sent, served = time.monotonic() + 40, 0, 0
            while slow and time.monotonic() < end:
                for line in list(slow):
                    try:
                        line.sendall(b"POST /exchange/v1/deliver HTTP/1.1\r\nX: "[sent:sent + 1] or b"y")
                    except OSError:
                        slow.remove(line)
                sent += 1
                if sent % 10 == 0 and len(slow) == 20:
                    self.good()
                    served += 1
                time.sleep(0.2)
            self.assertGreater(served, 2, "others were served while these were slow")
            self.assertEqual(slow, [], "the node ends what does not come to its point")
            for line in mute:
                line.settimeout(30)
                with contextlib.suppress(ConnectionError):
                    self.assertEqual(line.recv(1), b"")
        self.good()

    def test_one_address_that_takes_all_it_can_leaves_room_for_others(self):
        with contextlib.ExitStack() as lines:
            for _ in range(200):
                lines.enter_context(self.knock("127.0.0.2"))
            self.good()

    def test_ten_addresses_that_take_all_they_can_leave_room_for_others(self):
        with contextlib.ExitStack() as lines:
            for number in range(2, 12):
                for _ in range(70):
                    lines.enter_context(self.knock(f"127.0.0.{number}"))
            time.sleep(0.5)
            self.good()

    def knock(self, source="127.0.0.1"):
        """A connection on which nothing is said."""
        return socket.create_connection(("127.0.0.1", self.target.peers_port), 30, (source, 0))


class Strangers(Hostile):
    shares = True

    def asked(self, party, tls=None):
        answers = set()
        for method, path, body in (("GET", PULL, None), ("POST", DELIVER, b"x"), ("POST", RECEIPTS, b"x"), ("GET", "/log/v1/checkpoint", None), ("GET", "/nowhere", None)):
            status, answer = party.request(self.peer, method, path, body, tls=tls)
            answers.add((status, Error(status, answer).id))
        return answers

    def test_an_unknown_key(self):
        self.assertEqual(self.asked(Party("stranger", self.nodes.folder)), {(401, "peers.unknown_key")})

    def test_another_key_than_the_one_announced(self):
        self.assertEqual(self.asked(self.party, TlsKey(self.nodes.folder, "other-key")), {(401, "peers.unknown_key")})
        self.good()

    def test_no_key_at_all(self):
        context = ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.target.peers_port), timeout=30) as plain, context.wrap_socket(plain) as line:
            line.sendall(b"GET /exchange/v1/pull HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(line.recv(4096).startswith(b"HTTP/1.1 401 "))

    def test_an_invited_party_that_nobody_has_verified(self):
        invited = Party("invited", self.nodes.folder)
        introduce(self, self.target, invited)
        self.assertEqual(self.asked(invited), {(403, "delivery.not_verified_here")})
        peer = know(self.target)
        said = invited.say("ping", {})
        error = self.answer(invited.records(peer, [said], invited.envelope(peer, [said])), invited)
        self.assertEqual((error.status, error.id), (403, "delivery.not_verified_here"))

    def test_an_older_tls(self):
        context = self.party.tls.context(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError), socket.create_connection(("127.0.0.1", self.target.peers_port), timeout=30) as plain:
            context.wrap_socket(plain)
        self.good()

    def test_no_tls_at_all(self):
        with socket.create_connection(("127.0.0.1", self.target.peers_port), timeout=30) as plain:
            plain.sendall(b"GET /exchange/v1/pull HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                self.assertNotIn(b"HTTP", plain.recv(4096))
        self.good()


if __name__ == "__main__":
    unittest.main(verbosity=2)
