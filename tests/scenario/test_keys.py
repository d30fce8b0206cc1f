#!/usr/bin/env python3
"""Keys of real nodes follow each other while they go on: by plan, with a root that signs elsewhere, after theft, after the
loss of the root; also where only one of two can call the other, and where the power fails."""

import json
import unittest

from support import Scenario, nodes, wait_until

USES = ("statement", "log", "exercise", "tls")


class Keys(Scenario):
    def setUp(self):
        super().setUp()
        self.giver, self.taker = self.two_parties()
        self.given = 0

    def root_of(self, node):
        return f"{node.folder}-root.sealed"

    def rotate(self, node, *uses):
        return node.run("key", "rotate", *uses, "--root-file", self.root_of(node), typed=[node.root_passphrase])[1]

    def in_force(self, party):
        return {one["use"]: one["key"] for one in party["keys"]}

    def known(self, at, of):
        return self.in_force(at.ask("peer", "show", of.party_id)["descriptor"])

    def goes(self, giver, taker):
        """Something passes from one to the other, and its receipt comes back."""
        self.given += 1
        value = f"given{self.given}.example"
        made = self.import_values(giver, f"{value}.txt", [value])
        giver.ask("publish", "--import", made["import_id"], "--yes", as_user="analyst")
        wait_until(f"{value} is with {taker.key}", lambda: value in self.values_at(taker))
        self.assert_nothing_waits(giver, taker)

    def go_both_ways(self):
        self.goes(self.giver, self.taker)
        self.goes(self.taker, self.giver)
        for node in (self.giver, self.taker):
            self.assert_log_holds(node)

    def test_all_keys_follow_and_both_sides_go_on(self):
        self.go_both_ways()
        before = self.in_force(self.giver.ask("party", "show"))
        self.rotate(self.giver, *USES)
        shown = self.giver.ask("party", "show")
        after = self.in_force(shown)
        for use in USES:
            self.assertNotEqual(after[use], before[use], use)
        self.assertEqual(after["root"], before["root"])
        self.assertEqual({(one["use"], one["key"]) for one in shown["retired"]}, {(use, before[use]) for use in USES[:3]})
        self.go_both_ways()
        self.assertEqual(self.known(self.taker, self.giver), after)
        self.assertEqual(self.taker.peer(self.giver)["state"], "verified", "nothing had to be compared again")
        self.giver.kill()
        self.giver.start()
        self.assertEqual(self.in_force(self.giver.ask("party", "show")), after)
        self.rotate(self.giver, *USES)
        self.rotate(self.taker, *USES)
        self.go_both_ways()
        listed = self.giver.run("key", "list")[1]
        self.assertEqual(listed.count("leaves to"), 6, listed)

    def test_the_root_can_sign_where_there_is_no_node(self):
        next_file, signed = (self.nodes.folder / name for name in ("next.json", "signed.json"))
        self.giver.run("key", "rotate", "statement", "--to-sign", next_file)
        before = self.in_force(self.giver.ask("party", "show"))["statement"]
        self.go_both_ways()  # until it is signed, the key of before is in force
        code, _, error = self.giver.run("key", "rotate", "statement", "--to-sign", next_file, check=False)
        self.assertEqual(code, nodes.REFUSED, f"nothing is written over: {error}")
        code, _, error = self.giver.run("root", "sign", next_file, "--root-file", self.root_of(self.taker), "--signed", signed, typed=[self.taker.root_passphrase], check=False)
        self.assertEqual(code, nodes.REFUSED, error)
        self.assertFalse(signed.exists())
        said = self.giver.run("root", "sign", next_file, "--root-file", self.root_of(self.giver), "--signed", signed, typed=[self.giver.root_passphrase])
        self.assertIn("statement", said[1] + said[2], "who signs sees the keys")
        changed = json.loads(signed.read_text())
        changed["payload"] = changed["payload"].replace('"country":"VN"', '"country":"FR"')
        forged = self.nodes.folder / "forged.json"
        forged.write_text(json.dumps(changed))
        self.assertEqual(self.giver.run("party", "announce", forged, check=False)[0], nodes.REFUSED)
        self.giver.run("party", "announce", signed)
        self.assertNotEqual(self.in_force(self.giver.ask("party", "show"))["statement"], before)
        self.go_both_ways()

    def test_a_stolen_key_is_taken_back_to_its_last_good_leaf(self):
        self.goes(self.giver, self.taker)
        good = self.giver.ask("log", "show", "--limit", 1)["items"][0]["index"]
        self.goes(self.giver, self.taker)
        self.assertIn("given2.example", self.values_at(self.taker))
        code, _, error = self.giver.run("key", "revoke", "statement", "--last-good", "100000", "--root-file", self.root_of(self.giver), check=False)
        self.assertEqual(code, nodes.REFUSED, error)
        said = self.giver.run("key", "revoke", "statement", "--last-good", good, "--root-file", self.root_of(self.giver), typed=[self.giver.root_passphrase])[1]
        self.assertIn("no longer count as ours", said)
        wait_until("the taker drops what came later", lambda: not any(
            one["value"] == "given2.example" and not one.get("retracted") for one in self.taker.all("search", as_user="analyst") if one.get("value")))
        self.assertIn("given1.example", self.values_at(self.taker))
        self.given += 1
        self.go_both_ways()

    def test_the_next_root_follows_one_that_was_lost(self):
        root, next_root = (self.nodes.folder / name for name in ("root-2.sealed", "next-root-2.sealed"))
        before = self.in_force(self.giver.ask("party", "show"))
        self.giver.run("root", "succeed", "--next-root-file", self.giver.folder / "next-root.sealed", "--new-root-file", root, "--new-next-root-file", next_root, typed=[self.giver.root_passphrase])
        shown = self.giver.ask("party", "show")
        self.assertEqual(shown["party_id"], self.giver.party_id)
        self.assertEqual(shown["earlier_roots"], [before["root"]])
        self.go_both_ways()
        self.assertEqual(self.known(self.taker, self.giver)["root"], self.in_force(shown)["root"])
        code, _, error = self.giver.run("party", "renew", "--root-file", self.root_of(self.giver), typed=[self.giver.root_passphrase], check=False)
        self.assertEqual(code, nodes.REFUSED, f"the root of before has no say: {error}")
        self.giver.run("party", "renew", "--root-file", root, typed=[self.giver.root_passphrase])
        third = [self.nodes.folder / name for name in ("root-3.sealed", "next-root-3.sealed")]
        self.giver.run("root", "succeed", "--next-root-file", next_root, "--new-root-file", third[0], "--new-next-root-file", third[1], typed=[self.giver.root_passphrase])
        self.go_both_ways()
        self.assertEqual(len(self.giver.ask("party", "show")["earlier_roots"]), 2)


class OneWay(Keys):
    """Only the taker can call: it has no address of its own."""

    def two_parties(self):
        giver, taker = self.node("giver"), self.node("taker", "operator", extra=["--no-endpoint"])
        nodes.invite_each_other(giver, taker)
        nodes.read_number_to(giver, taker)
        nodes.read_number_to(taker, giver)
        nodes.agree(giver, [taker], "Agreement of the test", "--tlp", "TLP:AMBER", "--automatic", "alert", "--automatic", "sighting")
        return giver, taker

    # What does not depend on who calls whom is not said twice.
    test_the_root_can_sign_where_there_is_no_node = None
    test_the_next_root_follows_one_that_was_lost = None


if __name__ == "__main__":
    unittest.main(verbosity=2)
