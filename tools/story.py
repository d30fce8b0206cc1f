#!/usr/bin/env python3
"""The main job on one machine: three sovereign nodes - a national CERT, a neighbour's CERT, a hospital - meet, agree,
share, watch, warn, take back, survive trouble and prove it all. Every step is a command that an administrator would type.

  tools/story.py                       on made-up telemetry (tools/telemetry.py)
  tools/story.py --data FOLDER         on the STIX bundles, lists and logs of a folder
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

import materials
import nodes
import telemetry
from nodes import Failed, Nodes, Person, wait_until

USUAL_PORTS = [(8443, 8444), (8543, 8544), (8643, 8644)]
WIDTH = 118  # of the account
DELIVER, PULL = "/exchange/v1/deliver", "/exchange/v1/pull"


class Account:
    """Says what happened and how long it took; while a person looks on, also what is going on now."""

    def __init__(self):
        self.begin = self.last = time.monotonic()
        self.live = sys.stdout.isatty()
        self.steps = []

    def chapter(self, title):
        self.clear()
        print(f"\n{title}", flush=True)
        self.steps.append({"step": title, "events": []})
        self.last = time.monotonic()

    def doing(self, text, done=None, total=None):
        if not self.live:
            return
        bar = ""
        if total:
            filled = int(24 * done / total)
            bar = f"[{'#' * filled}{'.' * (24 - filled)}] "
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{f'            {bar}{text} ...'[:width]}", end="", flush=True)

    def clear(self):
        if self.live:
            print("\r\x1b[K", end="", flush=True)

    def did(self, text):
        now = time.monotonic()
        self.clear()
        print(textwrap.fill(text, WIDTH, initial_indent=f"  {now - self.last:6.2f} s  ", subsequent_indent=" " * 12), flush=True)
        self.steps[-1]["events"].append({"text": text, "seconds": round(now - self.last, 3)})
        self.last = now

    def seconds(self):
        return time.monotonic() - self.begin


@dataclass
class Cast:
    cert: nodes.Node
    neighbour: nodes.Node
    hospital: nodes.Node
    titles: dict = field(default_factory=dict)  # node key -> name
    links: dict = field(default_factory=dict)  # node key -> {person: link}
    keys: dict = field(default_factory=dict)  # node key -> file of the sensor's key

    def all(self):
        return (self.cert, self.neighbour, self.hospital)

    def title(self, node):
        return self.titles[node.key]


def own_items(node, value):
    """Items of ours that name exactly this value."""
    return [one for one in node.ask("search", value, as_user="analyst")["items"] if one.get("value") == value and one["voucher"]["own"]]


def find_value(node, value):
    return [one for one in node.ask("search", value, as_user="analyst")["items"] if one.get("value") == value]


def values_in(report):
    return {row["value"] for row in report["rows"]}


class Story:
    def __init__(self, cast, material, folder, account):
        self.cast, self.material, self.folder, self.account = cast, material, folder, account
        self.with_hospital = self.with_neighbour = None  # agreements
        self.patience = float(os.environ.get("TOCSIN_PATIENCE", "1"))  # longer deadlines on slow machines

    def until(self, what, check, seconds=60):
        self.account.doing(what)
        return wait_until(what, check, seconds * self.patience)

    # --- 0

    def found(self):
        self.account.chapter("0. Three parties come to be: each its own process, folder, keys and ports")
        cast = self.cast
        plan = [
            (cast.cert, "National Response Centre", "cert", "VN", {"fr": "Centre national de réponse", "vi": "Trung tâm ứng cứu quốc gia"},
             [Person("linh", "Phạm Gia Linh"), Person("an", "Trần Minh An")]),
            (cast.neighbour, "Neighbour Response Team", "cert", "LA", {"fr": "Équipe de réponse voisine", "vi": "Đội ứng cứu láng giềng"},
             [Person("khamla", "Khamla Souvanna"), Person("noy", "Noy Vongsa")]),
            (cast.hospital, "Central Hospital", "operator", "VN", {"fr": "Hôpital central", "vi": "Bệnh viện trung ương"},
             [Person("mai", "Nguyễn Thị Mai"), Person("duc", "Lê Anh Đức")]),
        ]
        for node, title, kind, country, names, signatories in plan:
            self.account.doing(f"{title} is founded")
            cast.titles[node.key] = title
            node.found(title, kind, country, signatories, names)
            node.start()
            node.add_user("analyst", f"Analyst of {title}", ["analyst"])
            node.add_user("duty", f"Duty officer of {title}", ["duty_officer"])
            self.account.did(f"{title}: people at {node.people_address()}, peers at 127.0.0.1:{node.peers_port}")
        for node in (cast.hospital, cast.neighbour):
            cast.keys[node.key] = node.sensor_key("border")

    # --- 1

    def peer(self):
        self.account.chapter("1. They peer and agree")
        cast = self.cast
        for a, b in ((cast.cert, cast.hospital), (cast.cert, cast.neighbour)):
            self.account.doing(f"{cast.title(a)} and {cast.title(b)} peer")
            nodes.invite_each_other(a, b)
            code, screen = b.type_into("peer", "verify", a.party_id, "--method", "in_person", answers=["1" * 60])
            if code != nodes.REFUSED:
                raise Failed(f"a wrong verification number was not refused: {screen}")
            number = nodes.read_number_to(a, b)
            if nodes.read_number_to(b, a) != number:
                raise Failed("the two sides read different verification numbers")
            self.account.did(f"{cast.title(a)} and {cast.title(b)} swapped invitations, read each other {number[:11]} ... and typed it in; a wrong number was refused")
        deadlines = [word for severity, time_limit in ((5, "PT15M"), (4, "PT30M"), (3, "PT1H")) for word in ("--ack", f"{severity}={time_limit}")]
        self.account.doing("the hospital and the CERT agree")
        self.with_hospital = nodes.agree(
            cast.cert, [cast.hospital], "Hospital protection", "--title-fr", "Protection des hôpitaux", "--title-vi", "Bảo vệ bệnh viện", "--level", "public_private",
            "--purpose", "protection of health services", "--tlp", "TLP:AMBER", "--onward", "free", "--automatic", "alert", "--automatic", "sighting", *deadlines)
        self.account.did("Hospital protection is in force: up to TLP:AMBER, alerts and sightings go by themselves; two persons of each side typed their passwords")
        self.account.doing("the neighbours agree")
        self.with_neighbour = nodes.agree(
            cast.cert, [cast.neighbour], "Early warning between neighbours", "--title-fr", "Alerte précoce entre voisins", "--title-vi", "Cảnh báo sớm giữa láng giềng",
            "--purpose", "early warning", "--tlp", "TLP:GREEN", "--onward", "own_constituency", "--automatic", "sighting", *deadlines)
        self.account.did("Early warning between neighbours is in force: up to TLP:GREEN, for the own constituency, sightings go by themselves")

    # --- 2

    def share(self):
        self.account.chapter("2. The CERT imports, previews and publishes")
        cert = self.cast.cert
        imports, stored, refused = [], 0, 0
        for done, (file, tlp) in enumerate(self.material.shared):
            self.account.doing(file.name, done, len(self.material.shared))
            report = cert.ask("import", file, "--tlp", tlp, as_user="analyst", timeout=3600)
            stored, refused = stored + report["stored"], refused + report["refused_count"]
            if report["stored"]:
                imports.append(report["import_id"])
        self.account.did(f"{len(self.material.shared)} files imported: {stored} objects stored, {refused} unusable and listed")
        close = cert.ask("import", self.material.close, "--tlp", "TLP:AMBER", as_user="analyst")["import_id"]
        plan = cert.ask("publish", "--import", close, "--preview", as_user="analyst")
        said = {one["party_id"]: one for one in plan["recipients"]}
        for_hospital, for_neighbour = said[self.cast.hospital.party_id], said[self.cast.neighbour.party_id]
        if for_hospital["permitted"] == 0 or for_neighbour["permitted"] != 0 or not for_neighbour["refused"]:
            raise Failed(f"the preview of {self.material.close.name} is wrong: {json.dumps(plan)}")
        reason = for_neighbour["refused"][0]["reason"]["message"]
        self.account.did(f"preview of {self.material.close.name}: the hospital may receive all {for_hospital['permitted']}; the neighbour nothing: {reason}")
        statements = 0
        for done, import_id in enumerate([*imports, close]):
            self.account.doing("publishing", done, len(imports) + 1)
            statements += len(cert.ask("publish", "--import", import_id, "--yes", as_user="analyst", timeout=3600)["statements"])
        self.account.did(f"published as {statements} signed statements")
        for node in (self.cast.hospital, self.cast.neighbour):
            self.until(f"all receipts of {self.cast.title(node)}", lambda node=node: self.all_received(node), 900)
        self.account.did(f"received and receipted by both; {self.count_items(self.cast.hospital)} objects at the hospital, {self.count_items(self.cast.neighbour)} at the neighbour")

    def all_received(self, node):
        peer = next(one for one in self.cast.cert.ask("peer", "list")["items"] if one["party_id"] == node.party_id)
        if peer["queued"]:
            self.account.doing(f"{peer['queued']} statements are on their way to {self.cast.title(node)}")
            return False
        sent = [one for one in self.cast.cert.all("statements", "--direction", "out", "--kind", "intel", as_user="analyst")]
        states = {other["state"] for one in sent for other in one["recipients"] if other["party_id"] == node.party_id}
        return states == {"received"}

    @staticmethod
    def count_items(node):
        return sum(one["objects"] for one in node.all("statements", "--direction", "in", "--kind", "intel", as_user="analyst"))

    # --- 3

    def warn(self):
        self.account.chapter("3. The hospital is attacked, and the bell rings")
        cast, host = self.cast, self.material.critical_host or self.most_affected()
        cast.hospital.ask("host", "mark", host, "--name", "Ward monitors", "--service", "Intensive care", "--sector", "HEA", "--protected-code", "MED-U",
                          "--population", 120_000, "--workaround", "none", as_user="analyst")
        self.account.doing("the hospital watches its logs")
        seen = cast.hospital.watch(self.material.hospital_logs, "sensor", cast.keys["hospital"])
        if not seen["hits"] or len(seen["alerts"]) != 1:
            raise Failed(f"the hospital's logs should raise one alert, but: {seen['hits']} hits, alerts {seen['alerts']}")
        alert = cast.hospital.ask("alert", "show", seen["alerts"][0], as_user="analyst")
        on_host = sum(row["count"] for row in seen["rows"] if row["host"] == host)
        if alert["severity"] < 3 or alert["host"] != host or (len(seen["rows"]) < 1000 and alert["count"] != on_host):
            raise Failed(f"the alert is not what the hits say ({on_host} on {host}): {json.dumps(alert)}")
        self.account.did(f"{seen['lines']} lines at {seen['mb_per_s']:.0f} MB/s against {seen['indicators']} values: {seen['hits']} hits; those on Ward monitors folded into one alert "
                         f"of severity {alert['severity']} ({alert['count']} hits), deadline {alert['deadline'][11:16]} UTC: {alert['severity_reason']['message']}")
        received = self.until("the alert reaches the CERT", lambda: [one for one in cast.cert.ask("alert", "list", as_user="duty")["items"] if one["origin"]["kind"] == "peer"])[0]
        if received["severity"] != alert["severity"] or received.get("host"):
            raise Failed(f"the CERT received something else, or an address left the house: {json.dumps(received)}")
        self.account.did("the alert reached the CERT, signed and under the agreement; it names the service, no address of the house")
        cast.cert.ask("alert", "ack", received["id"], "--note", "We are calling you.", as_user="duty")
        self.until("the hospital hears of the acknowledgement",
                   lambda: any(one["state"] == "acknowledged" for one in cast.hospital.ask("alert", "show", alert["id"], as_user="duty")["recipients"]))
        self.account.did("a duty officer of the CERT acknowledged in time, and the hospital sees it")

        plan = cast.cert.ask("publish", "--alert", received["id"], "--preview", as_user="duty")
        permitted = {one["party_id"]: one["permitted"] for one in plan["recipients"]}
        if permitted.get(cast.neighbour.party_id) != 1 or permitted.get(cast.hospital.party_id) != 0:
            raise Failed(f"the preview of the alert is wrong: {json.dumps(plan)}")
        cast.cert.ask("publish", "--alert", received["id"], "--agreement", self.with_neighbour, "--yes", as_user="duty")
        passed_on = self.until("the alert reaches the neighbour", lambda: cast.neighbour.ask("alert", "list", as_user="duty")["items"])[0]
        self.account.did(f"the CERT passed on what the hospital permits; the neighbour reads: {passed_on['title']} ({passed_on['tlp']})")

        found = cast.neighbour.watch(self.material.neighbour_logs, "sensor", cast.keys["neighbour"])
        both = values_in(found) & values_in(seen)
        if not both:
            raise Failed("the neighbour did not find in its own logs what the hospital found")
        candidates = [self.material.mistaken] if self.material.mistaken else [row["value"] for row in seen["rows"] if row["host"] == host]
        self.mistaken = next((value for value in candidates if value in both and len(own_items(cast.cert, value)) == 1), None)
        if not self.mistaken:
            raise Failed("no value that both have seen stands in one object alone")
        self.mistaken_item = own_items(cast.cert, self.mistaken)[0]["item"]

        def sighted():
            return {one["party_id"] for one in cast.cert.ask("show", self.mistaken_item, as_user="analyst")["sightings"]} >= {cast.neighbour.party_id, cast.hospital.party_id}

        self.until("the neighbour's sighting reaches the CERT", sighted)
        self.account.did(f"the neighbour found {len(both)} of the same values in its own logs ({found['hits']} hits); its sightings are at the CERT")

    def most_affected(self):
        """A first look tells nobody anything; then a person decides what is critical."""
        self.account.doing("the hospital looks at its logs")
        found = self.cast.hospital.watch(self.material.hospital_logs, "look", self.cast.keys["hospital"], "--dry-run")
        hits = {}
        for row in found["rows"]:
            hits[row["host"]] = hits.get(row["host"], 0) + row["count"]
        hits.pop("", None)
        if not hits:
            raise Failed(f"none of {found['indicators']} values stands in the hospital's logs: there is nothing to warn of")
        host = max(hits, key=hits.get)
        self.account.did(f"a first look at the logs, which tells nobody: {found['hits']} hits on {len(hits)} hosts; most of them on {host}, which is now said to be critical")
        return host

    # --- 4

    def take_back(self):
        self.account.chapter("4. A wrong indicator is taken back")
        cast = self.cast
        cast.cert.ask("retract", "--yes", "--item", self.mistaken_item, "--reason", "wrong", "--note", "A harmless service, as its operator has shown.", as_user="analyst")

        def confirmed():
            newest = cast.cert.ask("retractions", as_user="analyst")["items"][0]
            return newest if newest["holders"] == 2 and newest["confirmed"] == 2 else None

        done = self.until("both holders confirm", confirmed)
        self.account.did(f"{self.mistaken}: confirmed by {done['confirmed']} of {done['holders']} holders")
        for node, logs in ((cast.hospital, self.material.hospital_logs), (cast.neighbour, self.material.neighbour_logs)):
            again = node.watch(logs, "sensor", cast.keys[node.key])
            if self.mistaken in values_in(again):
                raise Failed(f"{cast.title(node)} still matches {self.mistaken}")
            if not again["hits"]:
                raise Failed(f"{cast.title(node)} matches nothing any more")
            if any(one["matching"] for one in find_value(node, self.mistaken)):
                raise Failed(f"{cast.title(node)} still lists {self.mistaken} as matching")
        self.account.did("both watched the same logs again: nobody matches it any more, everything else still hits")

    # --- 5

    def import_value(self, name, value, tlp="TLP:GREEN"):
        file = self.folder / name
        file.write_text(f"{value}\n")
        return self.cast.cert.ask("import", file, "--format", "plain", "--tlp", tlp, as_user="analyst")["import_id"]

    def publish(self, import_id):
        return self.cast.cert.ask("publish", "--import", import_id, "--yes", as_user="analyst")["statements"]

    def trouble(self):
        self.account.chapter("5. What goes wrong is refused or delayed, with a reason, and nothing is lost")
        self.peer_away()
        self.too_large()
        self.outside()
        self.forged_and_replayed()

    def peer_away(self):
        cast = self.cast
        cast.neighbour.stop()
        self.publish(self.import_value("while-away.txt", "while-away.example"))
        self.until("the hospital receives it all the same", lambda: find_value(cast.hospital, "while-away.example"))

        def late():
            peer = cast.cert.peer(cast.neighbour)
            return peer if peer["queued"] and peer.get("late_reason") else None

        reason = self.until("the CERT says that the neighbour is late", late)["late_reason"]["message"]
        cast.neighbour.start()
        self.until("the neighbour catches up", lambda: find_value(cast.neighbour, "while-away.example"), 90)
        self.until("nothing waits any more", lambda: not cast.cert.peer(cast.neighbour)["queued"])
        self.account.did(f"the neighbour was away: the hospital had it at once, the CERT showed \"{reason}\", and delivered when it was back")

    def too_large(self):
        cast = self.cast
        made = telemetry.stix_time(telemetry.DAY)
        report = {"type": "report", "spec_version": "2.1", "id": "report--3f1d7c52-5a86-4a57-9d0e-6d9d1a2b7c11", "created": made, "modified": made, "published": made,
                  "name": "An endless report", "description": "x" * (9 << 20), "object_refs": ["report--3f1d7c52-5a86-4a57-9d0e-6d9d1a2b7c11"]}
        file = self.folder / "endless.json"
        file.write_text(json.dumps({"type": "bundle", "id": "bundle--3f1d7c52-5a86-4a57-9d0e-6d9d1a2b7c12", "objects": [report]}))
        import_id = cast.cert.ask("import", file, "--tlp", "TLP:GREEN", as_user="analyst")["import_id"]
        digests = {one["digest"] for one in self.publish(import_id)}

        def set_aside(node):
            rows = cast.cert.ask("peer", "ledger", node.party_id, "--limit", 50)["items"]
            return next((row for row in rows if row["digest"] in digests and row["state"] == "withheld"), None)

        rows = [self.until(f"it is too large for {cast.title(node)}", lambda node=node: set_aside(node)) for node in (cast.hospital, cast.neighbour)]
        self.publish(self.import_value("after-large.txt", "after-large.example"))
        for node in (cast.hospital, cast.neighbour):
            self.until(f"what came after it reaches {cast.title(node)}", lambda node=node: find_value(node, "after-large.example"))
        self.account.did(f"an item of 9 MiB was set aside: {rows[0]['reason']['message']} What came after it arrived")

    def outside(self):
        cast = self.cast
        import_id = self.import_value("for-few.txt", "for-few.example", "TLP:RED")
        plan = cast.cert.ask("publish", "--import", import_id, "--preview", as_user="analyst")
        reasons = [refused["reason"]["message"] for one in plan["recipients"] for refused in one["refused"]]
        if any(one["permitted"] for one in plan["recipients"]) or len(reasons) != 2:
            raise Failed(f"an item above both ceilings should go to nobody: {json.dumps(plan)}")
        message = cast.cert.refused("publish", "--import", import_id, "--yes", as_user="analyst")
        self.publish(self.import_value("after-few.txt", "after-few.example"))
        for node in (cast.hospital, cast.neighbour):
            self.until(f"what may go reaches {cast.title(node)}", lambda node=node: find_value(node, "after-few.example"))
        if any(find_value(node, "for-few.example") for node in (cast.hospital, cast.neighbour)):
            raise Failed("an item outside the agreements has left the CERT")
        self.account.did(f"an item outside the agreements stayed: {reasons[0]} ({message})")

    def forged_and_replayed(self):
        """A delivery is caught on its way (with the hospital's own key, while the hospital is off), then changed and sent again."""
        cast, value = self.cast, "caught-on-its-way.example"
        cast.hospital.stop()
        self.publish(self.import_value("caught.txt", value))
        answer = self.until("something waits for the hospital", lambda: (a := nodes.speak_as(cast.hospital, cast.cert, "GET", PULL)).status == 200 and a)
        records = nodes.read_records(answer.body)
        cast.cert.stop()
        cast.hospital.start()
        forgeries = {
            "another value in the statement": [[kind, jws, payload.replace(value.encode(), b"forged-on-its-way.example")] if kind == "S" else [kind, jws, payload] for kind, jws, payload in records],
            "another place in the envelope": [[kind, jws, payload.replace(b'"first":', b'"first":1')] if kind == "E" else [kind, jws, payload] for kind, jws, payload in records],
        }
        told = []
        for what, forged in forgeries.items():
            if forged == records:
                raise Failed(f"the forgery ({what}) changes nothing: the delivery looks different now")
            error = nodes.speak_as(cast.cert, cast.hospital, "POST", DELIVER, nodes.write_records(forged))
            if error.status < 400 or not error.error():
                raise Failed(f"a forged delivery ({what}) was answered {error.status}: {error.body[:200]}")
            told.append(f"{what}: {error.error()['id']}")
        stolen = nodes.speak_as(cast.cert, cast.neighbour, "POST", DELIVER, answer.body)
        if stolen.status < 400 or not stolen.error():
            raise Failed(f"a replay to another party was answered {stolen.status}")
        if any(find_value(node, name) for node in (cast.hospital, cast.neighbour) for name in ("forged-on-its-way.example",)) or find_value(cast.hospital, value):
            raise Failed("something forged has been applied")
        self.account.did(f"forged deliveries were refused ({'; '.join(told)}), and a replay to the neighbour ({stolen.error()['id']}); nothing changed")

        first = nodes.speak_as(cast.cert, cast.hospital, "POST", DELIVER, answer.body)
        before = self.state_of(cast.hospital)
        second = nodes.speak_as(cast.cert, cast.hospital, "POST", DELIVER, answer.body)
        if (first.status, second.status) != (200, 200) or first.body != second.body:
            raise Failed(f"the genuine delivery was answered {first.status}, its replay {second.status}; the receipts should be the same")
        if self.state_of(cast.hospital) != before or len(find_value(cast.hospital, value)) != 1:
            raise Failed("a replay changed something")
        cast.cert.start()
        self.until("the CERT has the receipt", lambda: not cast.cert.peer(cast.hospital)["queued"])
        self.until("the neighbour receives it, too", lambda: find_value(cast.neighbour, value))
        self.account.did("the genuine bytes were taken once; sent again they gave the same receipt and changed nothing")

    @staticmethod
    def state_of(node):
        log = node.ask("log", "show", "--limit", 1)
        return (log["size"], log["root"], len(node.all("statements", as_user="analyst")), node.ask("search", "--limit", 1, as_user="analyst").get("total"))

    # --- 6

    def prove(self):
        self.account.chapter("6. Everybody verifies")
        for node in self.cast.all():
            answer = node.ask("log", "verify", "--peers")
            peers = ", ".join(f"{one['name']}: {one['state']}" for one in answer["peers"])
            if not answer["ok"] or answer["unexplained"] or not answer["peers"] or any(one["state"] != "consistent" for one in answer["peers"]):
                raise Failed(f"the log of {self.cast.title(node)} does not hold: {json.dumps(answer)}")
            self.account.did(f"{self.cast.title(node)}: {answer['leaves']} leaves, {answer['present']} present, {len(answer['erased'])} erased with a record, none unexplained; {peers}")

    def say_where(self):
        print("\nThe nodes are running. Each link opens one session of one person, once, within 24 hours:")
        for node in self.cast.all():
            print(f"\n  {self.cast.title(node)}  {node.people_address()}")
            for name, role in (("admin", "administrator"), ("analyst", "analyst"), ("duty", "duty officer")):
                print(f"    {role:14} {node.ask('user', 'link', name)['link']}")
            print(f"    command line   {node.binary} peer list --data {node.folder}")
        print("\nThe certificate of each node is its own (keys/authority.crt in its folder); the browser will ask once.", flush=True)

    def play(self):
        self.found()
        self.peer()
        self.share()
        self.warn()
        self.take_back()
        self.trouble()
        self.prove()


def choose_ports(any_free):
    if not any_free and all(nodes.is_free(port) for pair in USUAL_PORTS for port in pair):
        return USUAL_PORTS
    free = nodes.free_ports(6)
    return [(free[0], free[1]), (free[2], free[3]), (free[4], free[5])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=nodes.default_binary(), help="the program (default: build/release/tocsin)")
    parser.add_argument("--data", type=Path, help="folder with STIX bundles, lists of indicators, Zeek or Suricata logs; without it, made-up ones")
    parser.add_argument("--folder", type=Path, help="where the nodes live; kept afterwards (default: a temporary one)")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up telemetry")
    parser.add_argument("--lines", type=int, default=20_000, help="connections a day of the made-up telemetry")
    parser.add_argument("--report", type=Path, help="write the account as JSON into this file")
    parser.add_argument("--exit-after", type=float, metavar="SECONDS", help="stop the nodes so long after the end instead of at Ctrl-C")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    account, restore_terminal = Account(), nodes.quiet_terminal()
    try:
        with Nodes(options.binary, options.folder) as all_nodes:
            material_folder = all_nodes.folder / "material"
            if material_folder.exists():
                raise Failed(f"{all_nodes.folder} has been played in before; choose another folder")
            material_folder.mkdir()
            material = materials.found_in(options.data.resolve(), material_folder) if options.data else materials.made_up(material_folder, options.seed, options.lines)
            print(f"Three nodes in {all_nodes.folder}, on {material.words}")
            ports = choose_ports(options.exit_after is not None)
            cast = Cast(*(all_nodes.add(key, pair) for key, pair in zip(("cert", "neighbour", "hospital"), ports)))
            story = Story(cast, material, material_folder, account)
            story.play()
            print(f"\nAll six steps happened, in {account.seconds():.1f} s.")
            if options.report:
                options.report.write_text(json.dumps({"material": material.words, "seconds": round(account.seconds(), 3), "steps": account.steps}, indent=1))
            story.say_where()
            if options.exit_after is not None:
                time.sleep(options.exit_after)
            else:
                print("Ctrl-C stops them" + ("." if options.folder else " and removes their folders."), flush=True)
                while all(node.is_alive() for node in cast.all()):
                    time.sleep(0.5)
                raise Failed("a node has ended by itself")
    except KeyboardInterrupt:
        account.clear()
        print("\nThe nodes have stopped.")
    except (Failed, subprocess.TimeoutExpired) as failure:
        account.clear()
        print(f"\nThe story stopped: {failure}", file=sys.stderr)
        return 1
    finally:
        restore_terminal()
    return 0


if __name__ == "__main__":
    sys.exit(main())
