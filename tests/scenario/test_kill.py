#!/usr/bin/env python3
"""Power cuts. Nodes are killed (SIGKILL) at random moments while they import, publish and deliver. After the restart nothing
that a command has confirmed is missing, and nothing is there twice."""

import json
import threading
import time
import unittest
import uuid

from support import PATIENCE, SEED, Scenario, nodes, telemetry, wait_until

ROUNDS = 8
VALUES = 300  # of each import


class Giver(threading.Thread):
    """Imports and publishes until told to stop; remembers what was confirmed. A refusal by a dead node is no failure."""

    def __init__(self, test, node):
        super().__init__(daemon=True)
        self.test, self.node = test, node
        self.stopping = threading.Event()
        self.imported, self.published, self.unconfirmed, self.surprises = {}, set(), {}, []
        self.number = 0

    def run(self):
        while not self.stopping.is_set():
            self.number += 1
            values = [f"n{self.number}-{i}.kill{SEED}.example" for i in range(VALUES)]
            try:
                import_id = self.test.import_report(self.node, self.number, values)["import_id"]
                self.imported[self.number] = values
                self.node.ask("publish", "--import", import_id, "--yes", as_user="analyst")
                self.published.add(self.number)
            except nodes.CommandFailed as failure:
                if failure.code not in (nodes.UNREACHABLE, nodes.REFUSED):
                    self.surprises.append(str(failure))
                self.unconfirmed[self.number] = values
                time.sleep(0.05)


class PowerCuts(Scenario):
    def import_report(self, node, number, values):
        """A STIX bundle, so that the same one again changes nothing."""
        file = self.nodes.folder / f"report-{number}.json"
        objects = [telemetry.indicator(f"[domain-name:value = '{value}']", value) for value in values]
        file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid5(telemetry.NAMESPACE, str(number))}", "objects": objects}))
        return node.ask("import", file, "--tlp", "TLP:GREEN", as_user="analyst")

    def survive(self, victims_of_a_round):
        """`victims_of_a_round(giver, taker)` -> nodes to kill, once a round."""
        giver, taker = self.two_parties()
        worker = Giver(self, giver)
        # Commands open the folder themselves while the node is down, so that its restart has to wait for them.
        worker.start()
        try:
            for _ in range(ROUNDS):
                time.sleep(self.random.uniform(0.05, 1.2))
                victims = victims_of_a_round(giver, taker)
                for victim in victims:
                    victim.kill()
                time.sleep(self.random.uniform(0, 0.4))
                for victim in victims:
                    self.start_again(victim)
        finally:
            worker.stopping.set()
            worker.join(120)
        self.assertEqual(worker.surprises, [])
        self.assertTrue(worker.published, "nothing was ever confirmed: the test tests nothing")
        print(f"  {len(worker.imported)} imports and {len(worker.published)} publications confirmed, {len(worker.unconfirmed)} cut short", flush=True)

        at_giver = self.values_at(giver)
        self.assertEqual(len(at_giver), len(set(at_giver)), "a value is stored twice")
        for number, values in worker.imported.items():
            self.assertLessEqual(set(values), set(at_giver), f"import {number} was confirmed, but something of it is missing")
        # What was cut short is simply done again.
        for number, values in worker.unconfirmed.items():
            report = self.import_report(giver, number, values)
            self.assertEqual(report["stored"] + report["unchanged"], VALUES, report)
            if report["stored"]:
                giver.ask("publish", "--import", report["import_id"], "--yes", as_user="analyst")

        self.assert_nothing_waits(giver, taker, 180)
        self.assert_nothing_waits(taker, giver)
        at_taker = self.values_at(taker)
        self.assertEqual(len(at_taker), len(set(at_taker)), "a value was applied twice")
        for number in worker.published:
            self.assertLessEqual(set(worker.imported[number]), set(at_taker), f"publication {number} was confirmed, but something of it did not arrive")
        sent = {one["digest"] for one in giver.all("statements", "--direction", "out", "--kind", "intel", as_user="analyst")}
        received = [one["digest"] for one in taker.all("statements", "--direction", "in", "--kind", "intel", as_user="analyst")]
        self.assertEqual(len(received), len(set(received)))
        self.assertEqual(set(received), sent, "what one has said and the other has heard differ")
        ledger = [row for row in taker.ask("peer", "ledger", giver.party_id, "--limit", 100_000)["items"] if row["direction"] == "in" and row["kind"] == "intel"]
        self.assertEqual(sorted(row["position"] for row in ledger), list(range(len(ledger))), "positions are dense: no gap, nothing twice")
        for node in (giver, taker):
            self.assert_log_holds(node)

    def start_again(self, node):
        """A command may hold the folder of a dead node for a moment."""

        def try_once():
            try:
                node.start(30 * PATIENCE)
                return True
            except nodes.Failed:
                node.kill()
                return False

        wait_until(f"{node.key} starts again", try_once, 60)

    def test_the_giver_is_killed(self):
        self.survive(lambda giver, taker: [giver])

    def test_the_taker_is_killed(self):
        self.survive(lambda giver, taker: [taker])

    def test_either_or_both_are_killed(self):
        self.survive(lambda giver, taker: self.random.choice(([giver], [taker], [giver, taker])))


class CutShortRetraction(Scenario):
    def test_a_retraction_survives_the_death_of_both(self):
        giver, taker = self.two_parties()
        import_id = self.import_values(giver, "wrong.txt", ["wrong.example", "right.example"])["import_id"]
        giver.ask("publish", "--import", import_id, "--yes", as_user="analyst")
        self.assert_nothing_waits(giver, taker)
        taker.kill()
        item = next(one["item"] for one in giver.all("search", as_user="analyst") if one.get("value") == "wrong.example")
        giver.ask("retract", "--yes", "--item", item, "--reason", "wrong", as_user="analyst")
        giver.kill()
        taker.start()
        giver.start()

        def confirmed():
            newest = giver.ask("retractions", as_user="analyst")["items"][0]
            return newest["holders"] == 1 and newest["confirmed"] == 1

        wait_until("the holder confirms", confirmed, 90)
        matching = {one["value"] for one in taker.all("search", as_user="analyst") if one.get("value") and one["matching"]}
        self.assertEqual(matching, {"right.example"})
        for node in (giver, taker):
            self.assert_log_holds(node)


if __name__ == "__main__":
    unittest.main(verbosity=2)
