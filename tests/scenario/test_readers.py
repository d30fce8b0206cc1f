#!/usr/bin/env python3
"""TLP:RED for one named person of one of two parties, through the doors that people and programs use."""

import unittest

from support import PATIENCE, CommandFailed, Scenario, nodes, wait_until

VALUE = "203.0.113.77"


class Readers(Scenario):
    def found_by(self, node, account):
        return [one["value"] for one in node.ask("search", VALUE, as_user=account)["items"]]

    def shown(self, node, account):
        [one] = node.ask("search", "203.0.113.78", as_user=account)["items"]
        return node.ask("show", one["item"], as_user=account)

    def origins(self, node, account):
        return len(self.shown(node, account)["provenance"])

    def receivers(self, node, account):
        return len([one for one in self.shown(node, account)["sent_to"] if one["state"] == "received"])

    def test_only_the_person_named_and_the_author_read_it(self):
        giver, taker, other = self.node("giver"), self.node("taker"), self.node("other", "operator")
        for one in (taker, other):
            nodes.invite_each_other(giver, one)
            nodes.read_number_to(giver, one)
            nodes.read_number_to(one, giver)
            nodes.agree(giver, [one], f"For few eyes at {one.key}", "--tlp", "TLP:RED", seconds=60 * PATIENCE)
        report = giver.ask("import", self.list_file("secret.txt", [VALUE]), "--format", "plain", "--tlp", "TLP:RED", as_user="analyst")
        publish = ["publish", "--import", report["import_id"], "--yes"]

        with self.assertRaises(CommandFailed, msg="nobody is named"):
            giver.ask(*publish, as_user="analyst")
        with self.assertRaises(CommandFailed, msg="a party is no person"):
            giver.ask(*publish, "--reader", taker.party_id, as_user="analyst")

        named = [*publish, "--reader", "The taker:duty"]
        plan = giver.ask(*named, "--preview", as_user="analyst")
        seen = {one["party_id"]: one for one in plan["recipients"]}
        self.assertEqual([one["account"] for one in seen[taker.party_id]["readers"]], ["duty"])
        self.assertEqual(seen[other.party_id]["permitted"], 0)
        self.assertEqual(seen[other.party_id]["refused"][0]["reason"]["id"], "release.red_names_nobody_there")
        giver.ask(*named, as_user="analyst")
        self.assert_nothing_waits(giver, taker)

        self.assertEqual(self.found_by(taker, "duty"), [VALUE])
        self.assertEqual(self.found_by(taker, "analyst"), [])
        self.assertEqual(self.found_by(giver, "analyst"), [VALUE])
        self.assertEqual(self.found_by(giver, "duty"), [], "an account of the same name elsewhere is somebody else")
        self.assertEqual([one["author"]["party_id"] for one in taker.all("statements", "--kind", "intel", as_user="duty")], [giver.party_id])
        self.assertEqual(taker.all("statements", "--kind", "intel", as_user="analyst"), [])
        self.assertEqual(len(giver.all("statements", "--kind", "intel", as_user="analyst")), 1, "whoever said it can look it up")

        # What is not RED passes by it, and shows that the other party has had its turn.
        plain = self.import_values(giver, "plain.txt", ["203.0.113.78"])
        giver.ask("publish", "--import", plain["import_id"], "--yes", as_user="analyst")
        wait_until("the other has what is for all", lambda: self.values_at(other) == ["203.0.113.78"])
        for account in ("analyst", "duty"):
            self.assertEqual(self.found_by(other, account), [])
        self.assertEqual(len(other.all("statements", "--kind", "intel", as_user="duty")), 1)
        self.assert_log_holds(taker)

        # The same item to one person first, then to everybody: of the first statement only that person reads.
        item = plain["import_id"]
        giver.ask("publish", "--import", item, "--tlp", "TLP:RED", "--reader", f"{taker.party_id}:duty", "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        self.assertEqual(self.origins(taker, "duty"), 2)
        self.assertEqual(self.origins(taker, "analyst"), 1)
        self.assertEqual(self.receivers(giver, "analyst"), 3)
        self.assertEqual(self.receivers(giver, "duty"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
