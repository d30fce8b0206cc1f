#!/usr/bin/env python3
"""Backup of a running node, restore in another folder: a new epoch of the log, the old identity, peers that go on."""

import os
import threading
import unittest

from support import Scenario, nodes, wait_until

PASSPHRASE = "a passphrase for backups"


class Restore(Scenario):
    def back_up(self, node, name="node.sealed"):
        file = self.nodes.folder / name
        node.run("backup", "--out", file, typed=[PASSPHRASE])
        return file

    def restored(self, node, backup, key):
        """A node of the backup in a folder of its own, on the ports of the old one, which has to be gone."""
        made = nodes.Node(node.binary, self.nodes.folder, key, node.people_port, node.peers_port)
        made.party_id, made.root_passphrase, made.signatories = node.party_id, node.root_passphrase, node.signatories
        made.outcome = made.ask("restore", "--from", backup, "--root-file", f"{node.folder}-root.sealed", typed=[PASSPHRASE, node.root_passphrase])
        self.nodes.nodes.append(made)
        return made

    def test_a_running_node_is_backed_up_and_goes_on_elsewhere(self):
        giver, taker = self.two_parties()
        before = self.import_values(giver, "before.txt", [f"before{i}.example" for i in range(50)])["import_id"]
        giver.ask("publish", "--import", before, "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)

        confirmed, stopping = [], threading.Event()

        def keep_busy():
            number = 0
            while not stopping.is_set():
                number += 1
                self.import_values(giver, f"busy{number}.txt", [f"busy{number}-{i}.example" for i in range(40)])
                confirmed.append(number)

        worker = threading.Thread(target=keep_busy, daemon=True)
        worker.start()
        wait_until("some imports are confirmed", lambda: len(confirmed) > 2)
        sure = list(confirmed)
        backup = self.back_up(giver)
        wait_until("the node goes on while it is backed up", lambda: len(confirmed) > len(sure) + 1)
        stopping.set()
        worker.join(60)
        self.assertNotIn(b"before0.example", backup.read_bytes())
        old_log = giver.ask("log", "show", "--limit", 1)
        giver.stop()

        again = self.restored(giver, backup, "giver-again")
        again.start()
        values = set(self.values_at(again))
        self.assertLessEqual({f"before{i}.example" for i in range(50)}, values)
        for number in sure:
            self.assertLessEqual({f"busy{number}-{i}.example" for i in range(40)}, values, "confirmed before the backup, but not in it")
        log = again.ask("log", "show", "--limit", 1)
        self.assertNotEqual(log["epoch"], old_log["epoch"])
        self.assertEqual(log["epoch"], again.outcome["epoch"])
        self.assertEqual(again.ask("party", "show")["party_id"], giver.party_id)

        after = self.import_values(again, "after.txt", ["after.example"])["import_id"]
        again.ask("publish", "--import", after, "--yes", as_user="analyst")
        wait_until("the peer receives what the restored node says", lambda: "after.example" in self.values_at(taker), 90)
        self.assert_nothing_waits(again, taker)
        reply = self.import_values(taker, "reply.txt", ["reply.example"])["import_id"]
        taker.ask("publish", "--import", reply, "--yes", as_user="analyst")
        wait_until("the restored node receives what the peer says", lambda: "reply.example" in self.values_at(again), 90)
        at_taker = self.values_at(taker)
        self.assertEqual(len(at_taker), len(set(at_taker)))
        for node in (again, taker):
            answer = node.ask("log", "verify", "--peers")
            self.assertTrue(answer["ok"], answer)
            self.assertNotIn("contradiction", [one["state"] for one in answer["peers"]], "an honest restore is not equivocation")

    def test_an_old_backup_does_not_bring_back_what_was_retracted(self):
        giver, taker = self.two_parties()
        first = self.import_values(giver, "first.txt", ["wrong.example", "right.example"])["import_id"]
        giver.ask("publish", "--import", first, "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        backup = self.back_up(giver)
        item = next(one["item"] for one in giver.all("search", as_user="analyst") if one.get("value") == "wrong.example")
        giver.ask("retract", "--yes", "--item", item, "--reason", "wrong", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        giver.stop()
        again = self.restored(giver, backup, "giver-again")
        again.start()
        again.ask("recovery", "proceed")
        again.ask("publish", "--import", first, "--yes", as_user="analyst")  # who restored it does not know better
        self.assert_nothing_waits(again, taker)
        matching = {one["value"] for one in taker.all("search", as_user="analyst") if one.get("value") and one["matching"]}
        self.assertEqual(matching, {"right.example"}, "a tombstone outlives the restore of the author")

    def test_what_happened_after_the_backup_comes_back_from_the_peers(self):
        giver, taker = self.two_parties()
        first = self.import_values(giver, "first.txt", ["kept.example", "wrong.example"])["import_id"]
        giver.ask("publish", "--import", first, "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        backup = self.back_up(giver)

        later = self.import_values(giver, "later.txt", [f"later{i}.example" for i in range(30)])["import_id"]
        giver.ask("publish", "--import", later, "--yes", as_user="analyst")
        theirs = self.import_values(taker, "theirs.txt", [f"theirs{i}.example" for i in range(30)])["import_id"]
        taker.ask("publish", "--import", theirs, "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        self.assert_nothing_waits(taker, giver)
        item = next(one["item"] for one in giver.all("search", as_user="analyst") if one.get("value") == "wrong.example")
        giver.ask("retract", "--yes", "--item", item, "--reason", "wrong", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        self.assert_nothing_waits(taker, giver)
        giver.stop()
        behind = self.import_values(taker, "behind.txt", ["behind.example"])["import_id"]  # said while the other was lost
        taker.ask("publish", "--import", behind, "--yes", as_user="analyst")

        again = self.restored(giver, backup, "giver-again")
        self.assertEqual(again.outcome["peers_asked"], 1)
        again.start()
        wait_until("the peer has given back what it holds", lambda: not again.ask("recovery", "show")["waiting"], 90)
        wanted = {"kept.example", "behind.example"} | {f"later{i}.example" for i in range(30)} | {f"theirs{i}.example" for i in range(30)}
        wait_until("everything is there again", lambda: wanted <= set(self.values_at(again)), 90)
        values = self.values_at(again)
        self.assertEqual(len(values), len(set(values)), "nothing is there twice")
        matching = {one["value"] for one in again.all("search", as_user="analyst") if one.get("value") and one["matching"]}
        self.assertEqual(matching, wanted, "what was retracted after the backup is retracted still")
        self.assertGreater(again.ask("recovery", "show")["peers"][0]["returned"], 0)
        self.assertGreaterEqual(again.ask("log", "show", "--limit", 1)["size"], 3, "the question, and what was said after the backup")

        more = self.import_values(again, "more.txt", ["more.example"])["import_id"]
        again.ask("publish", "--import", more, "--yes", as_user="analyst")
        wait_until("the exchange goes on", lambda: "more.example" in self.values_at(taker), 90)
        item = next(one["item"] for one in again.all("search", as_user="analyst") if one.get("value") == "later3.example")
        again.ask("retract", "--yes", "--item", item, "--reason", "wrong", as_user="analyst")
        gone = lambda: not any(one["matching"] for one in taker.all("search", as_user="analyst") if one.get("value") == "later3.example")  # noqa: E731
        wait_until("a retraction reaches what was published after the backup", gone, 90)
        for node in (again, taker):
            self.assertTrue(node.ask("log", "verify", "--peers")["ok"])

    def test_a_person_decides_how_long_to_wait_for_a_silent_peer(self):
        giver, taker = self.two_parties()
        backup = self.back_up(giver)
        giver.stop()
        taker.stop()
        again = self.restored(giver, backup, "giver-again")
        again.start()
        held = self.import_values(again, "held.txt", ["held.example"])["import_id"]
        refused = again.refused("publish", "--import", held, "--yes", as_user="analyst")
        self.assertIn("recovery", refused)
        self.assertTrue(again.ask("recovery", "show")["waiting"])
        answer = again.ask("recovery", "proceed")
        self.assertFalse(answer["waiting"])
        self.assertEqual(answer["peers"][0]["waived_by"], "admin", "who decided is written down")
        again.ask("publish", "--import", held, "--yes", as_user="analyst")
        taker.start()
        wait_until("the late peer receives, and answers", lambda: "held.example" in self.values_at(taker) and again.ask("recovery", "show")["peers"][0]["answered"], 120)

    def test_one_backup_restored_twice_stops_its_content_until_people_have_spoken(self):
        giver, taker = self.two_parties()
        backup = self.back_up(giver)
        after = self.import_values(giver, "after.txt", ["after-backup.example"])["import_id"]
        giver.ask("publish", "--import", after, "--yes", as_user="analyst")
        wait_until("the peer has what was said after the backup", lambda: "after-backup.example" in self.values_at(taker), 90)
        giver.stop()
        one = self.restored(giver, backup, "giver-one")
        one.start()
        wait_until("the first restore is known", lambda: not one.ask("recovery", "show")["waiting"], 90)
        wait_until("the first restore has it back", lambda: "after-backup.example" in self.values_at(one), 90)
        one.stop()
        two = self.restored(giver, backup, "giver-two")
        two.start()
        wait_until("the peer has stopped taking content", lambda: taker.peer(two)["state"] == "suspended", 90)
        two.ask("recovery", "proceed")
        held = self.import_values(two, "held.txt", ["held.example"])["import_id"]
        two.ask("publish", "--import", held, "--yes", as_user="analyst")
        wait_until("the peer has refused what was said", lambda: two.peer(taker)["late"], 90)
        self.assertNotIn("held.example", self.values_at(taker))
        nodes.read_number_to(two, taker)
        wait_until("persons have compared the number: content flows", lambda: "held.example" in self.values_at(taker), 120)
        wait_until("the second restore has it back, too", lambda: "after-backup.example" in self.values_at(two), 120)
        for node in (two, taker):
            self.assertTrue(node.ask("log", "verify", "--peers")["ok"])

    def test_accounts_and_keys_come_along(self):
        node = self.node("alone")
        node.add_user("kept", "Kept Person", ["auditor"])
        key = node.sensor_key("border")
        backup = self.back_up(node)
        node.stop()
        again = self.restored(node, backup, "again")
        again.start()
        self.assertIn("kept", [one["name"] for one in again.ask("user", "list")["items"]])
        log = self.nodes.folder / "conn.log"
        log.write_text("#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\n#types\ttime\taddr\taddr\n1700000000.0\t10.0.0.1\t203.0.113.9\n")
        self.assertGreater(again.watch([log], "sensor", key)["lines"], 0)
        self.assert_log_holds(again)

    def test_what_is_wrong_is_refused_and_leaves_nothing(self):
        node = self.node("alone")
        backup = self.back_up(node)
        root = f"{node.folder}-root.sealed"
        other = self.node("other")
        node.stop()
        here = self.nodes.folder

        def refuse(folder, *arguments, typed):
            code, _, error = node.run("restore", "--data", here / folder, *arguments, typed=typed, check=False)
            self.assertEqual(code, 1, error)
            self.assertTrue(error.strip())
            self.assertIn(sorted(os.listdir(here / folder)) if (here / folder).exists() else [], ([], ["precious"]), folder)

        refuse("a", "--from", backup, "--root-file", root, typed=["not the passphrase", node.root_passphrase])
        refuse("b", "--from", backup, "--root-file", root, typed=[PASSPHRASE, "not the passphrase"])
        refuse("c", "--from", root, "--root-file", root, typed=[PASSPHRASE, node.root_passphrase])
        damaged = here / "damaged.sealed"
        content = bytearray(backup.read_bytes())
        content[len(content) // 2] ^= 1
        damaged.write_bytes(content)
        refuse("d", "--from", damaged, "--root-file", root, typed=[PASSPHRASE, node.root_passphrase])
        (here / "e").mkdir()
        (here / "e/precious").write_text("mine")
        refuse("e", "--from", backup, "--root-file", root, typed=[PASSPHRASE, node.root_passphrase])
        self.assertEqual((here / "e/precious").read_text(), "mine")
        code, _, error = node.run("restore", "--data", here / "f", "--from", backup, "--root-file", f"{other.folder}-root.sealed",
                                  typed=[PASSPHRASE, other.root_passphrase], check=False)
        self.assertEqual(code, 1, error)
        self.assertFalse((here / "f").exists(), "another party's root key leaves nothing that could be served")
        again = node.ask("restore", "--data", here / "f", "--from", backup, "--root-file", root, typed=[PASSPHRASE, node.root_passphrase])
        self.assertEqual(again["peers_asked"], 0)
        code, _, error = node.run("backup", "--out", here / "short.sealed", typed=["short"], check=False)
        self.assertEqual(code, 1)
        self.assertFalse((here / "short.sealed").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
