"""What the scenarios share: two parties that have met, indicators to tell apart, patience."""

import json
import os
import random
import ssl
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tools"))

import nodes  # noqa: E402
import telemetry  # noqa: E402,F401
from nodes import CommandFailed, Failed, Nodes, Person  # noqa: E402,F401

PATIENCE = float(os.environ.get("TOCSIN_PATIENCE", "1"))
SEED = int(os.environ.get("TOCSIN_SEED", "0")) or random.randrange(1, 1_000_000)


def data_folder():
    return Path(os.environ.get("TOCSIN_DATA") or SOURCE / "../shared/data")


def wait_until(what, check, seconds=60, every=0.1):
    return nodes.wait_until(what, check, seconds * PATIENCE, every)


class Scenario(unittest.TestCase):
    """Nodes of its own below a temporary folder; they stop and vanish with the test."""

    longMessage = True

    def setUp(self):
        self.random = random.Random(SEED)
        self.nodes = Nodes()
        self.addCleanup(self.close)
        print(f"{self.id()}: TOCSIN_SEED={SEED}, in {self.nodes.folder}", flush=True)

    def close(self):
        self.nodes.__exit__(None, None, None)

    def node(self, key, kind="cert", **more):
        """A party with an analyst and a duty officer, serving."""
        made = self.nodes.add(key)
        made.found(f"The {key}", kind, "VN", [Person("first", "First Signatory"), Person("second", "Second Signatory")], **more)
        made.start()
        made.add_user("analyst", "Analyst", ["analyst"])
        made.add_user("duty", "Duty Officer", ["duty_officer"])
        return made

    def browser(self, node):
        """A browser with nobody logged in: call(method, path, body, csrf) at the node's door for people."""
        address = f"https://127.0.0.1:{node.people_port}"
        context = ssl._create_unverified_context()  # a certificate of the node's own, on loopback
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor())

        def call(method, path, body=None, csrf=""):
            request = urllib.request.Request(address + path, method=method, data=json.dumps(body).encode() if body is not None else None)
            request.add_header("origin", address)
            request.add_header("content-type", "application/json")
            if csrf:
                request.add_header("x-csrf-token", csrf)
            try:
                with opener.open(request, timeout=60) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as refused:
                raise Failed(f"{method} {path}: {refused.read().decode()}") from refused

        return call

    def follow_link(self, node, link, password):
        """What a new person does in the browser: opens the single-use link and chooses a password."""
        call = self.browser(node)
        call("POST", "/api/session/link", {"token": link.rsplit("/", 1)[-1]})
        call("POST", "/api/me/password", {"password": password}, call("GET", "/api/session")["csrf"])

    def two_parties(self):
        """A giver and a taker with an agreement in force."""
        giver, taker = self.node("giver"), self.node("taker", "operator")
        nodes.invite_each_other(giver, taker)
        nodes.read_number_to(giver, taker)
        nodes.read_number_to(taker, giver)
        nodes.agree(giver, [taker], "Agreement of the test", "--tlp", "TLP:AMBER", "--automatic", "alert", "--automatic", "sighting", seconds=60 * PATIENCE)
        return giver, taker

    def list_file(self, name, values):
        file = self.nodes.folder / name
        file.write_text("".join(f"{value}\n" for value in values))
        return file

    def import_values(self, node, name, values):
        return node.ask("import", self.list_file(name, values), "--format", "plain", "--tlp", "TLP:GREEN", as_user="analyst")

    def values_at(self, node):
        """Every value that the node holds, as often as it holds it."""
        return [one["value"] for one in node.all("search", as_user="analyst") if one.get("value")]

    def assert_nothing_waits(self, node, other, seconds=90):
        wait_until(f"nothing waits at {node.key} for {other.key}", lambda: not node.peer(other)["queued"], seconds)

    def assert_log_holds(self, node):
        answer = node.ask("log", "verify", "--peers")
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(answer["unexplained"], [], answer)
        self.assertTrue(all(one["state"] == "consistent" for one in answer["peers"]), answer)
