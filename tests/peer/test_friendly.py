#!/usr/bin/env python3
"""A real node and the party of the second implementation live together: they meet, agree, give, warn, take back. Each checks all
that the other says, so that a change of the protocol which the document does not know ends here."""

import unittest

from meeting import Error, Party, Peer, Scenario, agree, indicator, introduce, know, meet, nodes, numbers, p, pull_until, wait_until


class Friendly(Scenario):
    def setUp(self):
        super().setUp()
        self.node_ = self.node("node")
        self.party = Party("python", self.nodes.folder)
        self.peer = meet(self, self.node_, self.party)

    def ledger(self, direction):
        items = self.node_.ask("peer", "ledger", self.party.id, "--limit", 1000)["items"]
        return [one for one in items if one["direction"] == direction]

    def publish(self, name, values):
        report = self.import_values(self.node_, name, values)
        self.node_.ask("publish", "--import", report["import_id"], "--yes", as_user="analyst")

    def item(self, value):
        return next((one for one in self.node_.all("search", as_user="analyst") if one.get("value") == value), None)

    def state_at_node(self):
        return self.node_.ask("peer", "show", self.party.id)

    def test_both_compute_one_verification_number(self):
        self.assertEqual(self.state_at_node()["verification_number"], numbers(self.peer, self.party))
        self.assertEqual(self.state_at_node()["state"], "verified")

    def test_an_agreement_of_the_node_is_signed_here(self):
        persons = self.node_.signatories
        made = self.node_.ask("agreement", "propose", "--with", self.party.id, "--title", "From the node", as_user=persons[0].name)
        proposal = pull_until(self.party, self.peer, lambda said: said["kind"] == "agreement")
        self.assertEqual((proposal["body"]["document"]["id"], proposal["body"]["approvals"]), (made["id"], []))
        self.assertEqual(p.sha256(p.canonical(proposal["body"]["document"])).hex(), made["document_digest"])
        self.assertEqual(p.sha256(p.canonical(proposal["body"]["document"]["terms"])).hex(), made["terms_digest"])
        self.party.deliver(self.peer, self.party.agree(proposal["body"]["document"]))
        for person in persons:
            nodes.sign(self.node_, made["id"], person)
        signed = pull_until(self.party, self.peer, lambda said: said["kind"] == "agreement")
        self.assertTrue(p.approvals_hold(signed["body"], self.peer.descriptor))
        self.assertEqual(nodes.agreement_state(self.node_, made["id"]), "in_force")

    def test_one_signatory_binds_nobody_where_two_are_needed(self):
        document = p.new_document([self.party.id, self.peer.party], "Half signed")

        def is_signed_by_us():
            return next(one["signed"] for one in self.node_.ask("agreement", "show", document["id"])["parties"] if one["party_id"] == self.party.id)

        whole = self.party.agree(document)
        one, other = whole.signed.value["body"]["approvals"]
        stranger = p.approve(p.Key(), "two", document)
        for approvals in ([], [one], [one, one], [one, stranger], [one, {**other, "person": "one"}]):
            self.party.deliver(self.peer, self.party.say("agreement", {"document": document, "approvals": approvals}))
            self.assertFalse(is_signed_by_us(), approvals)
        self.party.deliver(self.peer, whole)
        self.assertTrue(is_signed_by_us())

    def test_streams_both_ways_over_power_cuts(self):
        agreement = agree(self, self.node_, self.party, self.peer)
        for number in range(3):
            self.publish(f"given-{number}.txt", [f"given-{number}.example"])
            said = pull_until(self.party, self.peer, lambda said: said["kind"] == "intel")
            self.assertEqual([one["name"] for one in said["objects"]], [f"given-{number}.example"])
            mine = self.party.say("intel", {}, agreement, [indicator(f"mine-{number}.example")])
            self.party.deliver(self.peer, mine, agreement=agreement)
            self.node_.kill()
            self.node_.start()
        self.assertEqual({one["state"] for one in self.ledger("out")}, {"receipted"})
        self.assertEqual([one["position"] for one in self.ledger("out") if one["kind"] == "intel"], [2, 1, 0])
        self.assertEqual(sorted(self.values_at(self.node_)), sorted(f"{whose}-{i}.example" for whose in ("given", "mine") for i in range(3)))
        self.assertEqual(self.state_at_node()["checkpoint"]["state"], "consistent")
        self.assertTrue(self.peer.verified)
        self.assert_log_holds(self.node_)

    def test_an_open_envelope_is_served_again_byte_for_byte(self):
        agree(self, self.node_, self.party, self.peer)
        self.publish("open.txt", ["open.example"])
        before = self.party.request(self.peer, "GET", "/exchange/v1/pull")[1]
        self.node_.kill()
        self.node_.start()
        after = self.party.request(self.peer, "GET", "/exchange/v1/pull")[1]
        envelope = [[one for one in p.unpack(body) if one[0] == "E"] for body in (before, after)]
        self.assertEqual(*envelope)
        self.assertEqual({one["state"] for one in self.ledger("out") if one["kind"] == "intel"}, {"sent"})
        self.assertEqual([one.value["kind"] for one in self.party.pull(self.peer)], ["intel"])
        self.assertEqual({one["state"] for one in self.ledger("out") if one["kind"] == "intel"}, {"receipted"})

    def test_what_is_refused_here_is_set_aside_there_and_the_rest_comes(self):
        agree(self, self.node_, self.party, self.peer)
        self.node_.kill()
        for name in ("unwanted", "wanted"):
            self.publish(f"{name}.txt", [f"{name}.example"])
        self.node_.start()
        records = p.unpack(self.party.request(self.peer, "GET", "/exchange/v1/pull")[1])
        [envelope] = [p.Signed(payload, jws) for kind, jws, payload in records if kind == "E"]
        unwanted = next(p.Signed(payload, jws) for kind, jws, payload in records if kind == "S" and b"unwanted.example" in payload)
        self.party.refuse(self.peer, "forbidden", "release.kind_not_agreed", envelope=envelope.digest.hex(), statement=unwanted.digest.hex())
        [said] = self.party.pull_all(self.peer)
        self.assertEqual([one["name"] for one in said.value["objects"]], ["wanted.example"])
        states = {one["digest"]: (one["state"], one.get("reason", {}).get("id")) for one in self.ledger("out") if one["kind"] == "intel"}
        self.assertEqual(states, {unwanted.digest.hex(): ("refused", "release.kind_not_agreed"), said.digest.hex(): ("receipted", None)})

    def test_the_same_delivery_twice_has_the_same_receipt(self):
        agreement = agree(self, self.node_, self.party, self.peer)
        said = self.party.say("intel", {}, agreement, [indicator("twice.example")])
        envelope = self.party.envelope(self.peer, [said], agreement)
        records = self.party.records(self.peer, [said], envelope)
        first = self.party.hand_over(self.peer, records)
        self.assertEqual(self.party.hand_over(self.peer, records), first)
        note = self.party.request(self.peer, "GET", "/log/v1/checkpoint")[1]
        self.assertEqual(first[0].value["checkpoint"], p.b64u(p.sha256(note)))
        self.party.was_received(self.peer, first[0], envelope)
        self.assertEqual(self.values_at(self.node_), ["twice.example"])
        self.assertEqual(len([one for one in self.ledger("in") if one["kind"] == "intel"]), 1)

    def test_an_alert_from_here_is_acknowledged_there(self):
        agreement = agree(self, self.node_, self.party, self.peer)
        bad = indicator("bad.example")
        alert = self.party.say("alert", {"what": "hit", "severity": 4, "severity_row": "severity.life.health_damage_plausible", "host_name": "Ward", "service": "Intensive care",
                                         "sector": "HEA", "protected_code": "MED-U", "population_served": 900, "indicators": [bad["id"]], "values": ["bad.example"],
                                         "count": 2, "first": p.now(-60), "last": p.now(-30), "note": ""}, agreement)
        self.party.deliver(self.peer, self.party.say("intel", {}, agreement, [bad]), alert, agreement=agreement)
        [shown] = self.node_.ask("alert", "list", as_user="duty")["items"]
        self.assertEqual((shown["severity"], shown["host_name"], shown["population_served"]), (4, "Ward", 900))
        self.node_.ask("alert", "ack", shown["id"], "--note", "calling the ward", as_user="duty")
        ack = pull_until(self.party, self.peer, lambda said: said["kind"] == "ack")
        self.assertEqual((ack["in_reply_to"], ack["body"]["of"], ack["handling"]["onward"]), (p.b64u(alert.digest), "alert", "none"))

    def test_what_was_taken_back_there_is_confirmed_here(self):
        agree(self, self.node_, self.party, self.peer)
        self.publish("wrong.txt", ["wrong.example"])
        pull_until(self.party, self.peer, lambda said: said["kind"] == "intel")
        target = self.party.held[-1]
        self.node_.ask("retract", "--yes", "--item", self.item("wrong.example")["item"], "--reason", "wrong", as_user="analyst")
        said = pull_until(self.party, self.peer, lambda said: said["kind"] == "retract")
        self.assertEqual(said["body"]["targets"], [p.b64u(target.digest)])
        self.assertEqual(said["body"]["objects"], [target.value["objects"][0]["id"]])
        self.party.deliver(self.peer, self.party.confirm(self.party.held[-1]))
        [retraction] = self.node_.ask("retractions", as_user="analyst")["items"]
        self.assertEqual((retraction["holders"], retraction["confirmed"]), (1, 1))

    def test_what_was_taken_back_here_is_confirmed_there(self):
        agreement = agree(self, self.node_, self.party, self.peer)
        said = self.party.say("intel", {}, agreement, [indicator("mistake.example")])
        self.party.deliver(self.peer, said, agreement=agreement)
        self.assertTrue(self.item("mistake.example")["matching"])
        back = self.party.say("retract", {"targets": [p.b64u(said.digest)], "objects": [], "reason": "wrong", "note": ""}, in_reply_to=p.b64u(said.digest))
        self.party.deliver(self.peer, back)
        ack = pull_until(self.party, self.peer, lambda said: said["kind"] == "ack")
        self.assertEqual(ack["in_reply_to"], p.b64u(back.digest))
        self.assertEqual(ack["body"], {"of": "retract", "applied": True, "onward_holders": 0, "onward_confirmed": 0})
        self.assertFalse(self.item("mistake.example")["matching"])

    def test_what_another_has_said_goes_on_where_its_author_lets_it(self):
        """The author is nobody that the node knows: the party vouches for it."""
        agreement = agree(self, self.node_, self.party, self.peer)
        author = Party("author", self.nodes.folder)
        author.documents[agreement] = self.party.documents[agreement]
        theirs = p.new_document([author.id, self.party.id], "Theirs", onward="free")
        author.documents[theirs["id"]] = theirs
        for number, (onward, under, taken) in enumerate((("free", theirs["id"], True), ("within_agreement", agreement, True), ("within_agreement", theirs["id"], False),
                                                         ("own_constituency", agreement, False), ("none", agreement, False))):
            value = f"onward{number}.example"
            said = author.say("intel", {}, under, [indicator(value)], handling={"tlp": "TLP:GREEN", "pap": "PAP:GREEN", "onward": onward, "retain_days": 365})
            envelope, records = self.party.pass_on(self.peer, author, said, agreement)
            if taken:
                self.party.was_received(self.peer, self.party.hand_over(self.peer, records)[0], envelope)
                self.peer.proved_to = len(self.party.log.hashes)
                self.assertEqual(self.item(value)["voucher"]["party_id"], self.party.id)
            else:
                with self.assertRaises(Error) as caught:
                    self.party.hand_over(self.peer, records)
                self.assertEqual(caught.exception.id, "delivery.onward_not_permitted")
                self.assertIsNone(self.item(value))

    def test_the_log_is_served_as_it_was_delivered(self):
        agree(self, self.node_, self.party, self.peer)
        self.publish("log.txt", ["log.example"])
        self.party.pull_all(self.peer)
        status, note = self.party.request(self.peer, "GET", "/log/v1/checkpoint")
        self.assertEqual(status, 200)
        size, root = p.read_checkpoint(note, p.note_name(self.peer.party, self.peer.epoch), self.peer.key("log"))
        self.assertEqual((size, root, True), (*self.peer.proved[:2], self.peer.verified))
        status, tile = self.party.request(self.peer, "GET", f"/log/v1/tile/0/000.p/{size}")
        self.assertEqual(status, 200)
        log = p.Log()
        log.hashes = [tile[at:at + 32] for at in range(0, len(tile), 32)]
        self.assertEqual((len(log.hashes), log.root()), (size, root))

    def test_a_node_calls_a_party_that_listens(self):
        [port] = nodes.free_ports(1)
        self.addCleanup(self.party.listen(self.peer, port))
        self.party.about.update(version=2, endpoints=[f"https://127.0.0.1:{port}"])
        self.party.deliver(self.peer, self.party.say("ping", {}))
        agree(self, self.node_, self.party, self.peer)
        self.publish("pushed.txt", ["pushed.example"])
        wait_until("the node has called", lambda: [one for one in self.party.held if one.value["kind"] == "intel"])
        wait_until("it has our receipt", lambda: {one["state"] for one in self.ledger("out")} == {"receipted"})

    def test_a_successor_of_the_root_keeps_the_party(self):
        """A newer descriptor under the root that the first one announced: same id, same peering."""
        party, old = self.party, self.party.root
        link = {"key": old.text(), "next_root": p.b64u(p.sha256(party.next_root.public)), "signature": p.b64u(p.root_link(old, party.next_root.public))}
        party.root, party.next_root = party.next_root, p.Key()
        party.about.update(version=2, root_chain=[link])
        party.deliver(self.peer, party.say("ping", {}))
        self.assertEqual(self.state_at_node()["descriptor"]["version"], 2)
        self.assertEqual(self.state_at_node()["state"], "verified")
        again = Peer(party.descriptor())
        self.assertEqual(again.party, party.id)

    def test_the_number_is_there_before_anybody_has_compared_it(self):
        other = Party("invited", self.nodes.folder, "operator", persons=("one",))
        introduce(self, self.node_, other)
        shown = self.node_.ask("peer", "show", other.id)
        self.assertEqual((shown["state"], shown["verification_number"]), ("invited", numbers(know(self.node_), other)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
