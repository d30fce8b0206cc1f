#!/usr/bin/env python3
"""An alert that goes on: whoever was told hears of it, also when the node that tells it dies; and what must be erased leaves it."""

import unittest

from support import Scenario, nodes, wait_until

HEAD = "#separator \\x09\n#set_separator\t,\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\n" \
       "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n"
WARD = "10.20.0.5"


class Alert(Scenario):
    def setUp(self):
        super().setUp()
        self.giver, self.taker = self.two_parties()
        report = self.import_values(self.giver, "list.txt", ["evil.example", "victim-7341.example"])
        self.giver.ask("publish", "--import", report["import_id"], "--yes", as_user="analyst")
        wait_until("the indicators arrive", lambda: len(self.values_at(self.taker)) == 2)
        self.key = self.taker.sensor_key("ward")
        self.lines = 0

    def mark(self, population):
        self.taker.ask("host", "mark", WARD, "--name", "Ward monitors", "--service", "Intensive care", "--sector", "HEA", "--protected-code", "MED-U",
                       "--population", population, "--workaround", "none", as_user="analyst")

    def see(self, query):
        self.lines += 1
        log = self.nodes.folder / f"dns-{self.lines}.log"
        log.write_text(HEAD + f"{1_772_409_600 + self.lines}.000000\tC{self.lines:08d}\t{WARD}\t40000\t192.0.2.10\t53\tudp\t{query}\n")
        self.assertEqual(self.taker.watch([log], "sensor", self.key)["hits"], 1)

    def only_alert(self, node):
        [brief] = node.ask("alert", "list", "--all", as_user="duty")["items"]
        return node.ask("alert", "show", brief["id"], as_user="duty")

    def received(self):
        return wait_until("the alert arrives", lambda: self.giver.ask("alert", "list", "--all", as_user="duty")["items"])

    def state_at_taker(self):
        [other] = self.only_alert(self.taker)["recipients"]
        return other["state"]

    def test_is_said_again_where_it_is_worse_and_opens_again(self):
        self.mark(50)
        self.see("evil.example")
        self.received()
        first = self.only_alert(self.giver)
        self.giver.ask("alert", "ack", first["id"], as_user="duty")
        wait_until("the acknowledgement is there", lambda: self.state_at_taker() == "acknowledged")

        self.mark(250_000)
        self.giver.kill()
        self.see("victim-7341.example")
        self.taker.kill()  # what the sensor was told is stored, and said, was durable before
        self.taker.start()
        self.giver.start()
        wait_until("what is worse arrives", lambda: self.only_alert(self.giver)["severity"] > first["severity"])
        worse = self.only_alert(self.giver)
        self.assertEqual(worse["id"], first["id"], "one alert, not two")
        self.assertEqual(worse["state"], "open")
        self.assertEqual(set(worse["values"]), {"evil.example", "victim-7341.example"})
        wait_until("it is awaited again", lambda: self.state_at_taker() == "received")
        self.giver.ask("alert", "ack", worse["id"], as_user="duty")
        wait_until("the second acknowledgement is there", lambda: self.state_at_taker() == "acknowledged")

    def test_loses_what_must_be_erased_down_to_the_files(self):
        self.mark(50)
        self.see("evil.example")
        self.see("victim-7341.example")
        self.received()
        [item] = [one["item"] for one in self.giver.all("search", as_user="analyst") if one["value"] == "victim-7341.example"]
        self.giver.ask("retract", "--yes", "--item", item, "--reason", "personal_data", as_user="analyst")
        wait_until("the holder confirms", lambda: self.giver.ask("retractions", as_user="analyst")["items"][-1]["confirmed"] == 1)
        wait_until("the alert is said anew", lambda: self.only_alert(self.giver)["values"] == ["evil.example"])
        self.assertEqual(self.only_alert(self.taker)["values"], ["evil.example"])
        for node in (self.giver, self.taker):
            self.assert_log_holds(node)
        for node in (self.giver, self.taker):
            node.stop()
            holding = [file.name for file in node.folder.rglob("*") if file.is_file() and b"victim-7341" in file.read_bytes()]
            self.assertEqual(holding, [], node.key)


if __name__ == "__main__":
    unittest.main(verbosity=2)
