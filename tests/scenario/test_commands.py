#!/usr/bin/env python3
"""The command line as a stranger meets it: exit codes, prompts, passwords that are not shown, what is refused and how."""

import base64
import gzip
import hmac
import json
import lzma
import os
import signal
import sqlite3
import ssl
import stat
import struct
import subprocess
import time
import unittest
import urllib.request

from support import Nodes, Scenario, nodes, wait_until


def tocsin(*arguments, environment=None, typed=""):
    return subprocess.run([nodes.default_binary(), *map(str, arguments)], input=typed, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(environment or {})})


def commands(*path):
    """Names of the subcommands that --help lists."""
    lines = tocsin(*path, "--help").stdout.splitlines()
    begin = next((i for i, line in enumerate(lines) if line == "Subcommands:"), None)
    out = []
    for line in lines[begin + 1:] if begin is not None else []:
        if not line.strip():
            break
        if line[2] != " ":
            out.append(line.split()[0])
    return out


class WithoutANode(unittest.TestCase):
    def test_every_command_has_help_with_examples(self):
        def walk(path):
            below = commands(*path)
            if below:
                return [leaf for name in below for leaf in walk((*path, name))]
            return [path]

        leaves = walk(())
        self.assertGreater(len(leaves), 35)
        for path in leaves:
            done = tocsin(*path, "--help")
            self.assertEqual(done.returncode, 0, path)
            self.assertIn("Examples:", done.stdout, path)
            self.assertIn(f"  tocsin {' '.join(path)}", done.stdout, path)

    def test_wrong_usage_is_two_and_says_what_to_do(self):
        for arguments in ((), ("peer",), ("no-such-command",), ("search", "--no-such-option"), ("retract", "--item", "1")):
            done = tocsin(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr, arguments)

    def test_an_unknown_command_is_named_with_the_nearest_one(self):
        for words, near in ((("serach", "x"), "tocsin search"), (("peer", "lits"), "tocsin peer list"), (("user", "key", "ad"), "tocsin user key add"), (("frob",), None)):
            done = tocsin(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("there is no command", done.stderr, words)
            self.assertIn("--help", done.stderr, words)
            if near is None:
                self.assertNotIn("Did you mean", done.stderr)
            else:
                self.assertIn(f"Did you mean “{near}”?", done.stderr)

    def test_a_wrong_argument_is_named_with_what_was_given(self):
        propose = ("agreement", "propose", "--with", "x", "--title", "T")
        init = ("init", "--name", "A", "--signatory", "a1=A", "--signatory", "b1=B")
        for arguments, said in (((*init, "--country", "FRX"), ("--country", "FRX", "ISO 3166-1")),
                                ((*init, "--country", "fr"), ("--country", "“fr”", "capital")),
                                ((*propose, "--ack", "5=PT0S"), ("--ack", "5=PT0S", "5=PT15M")),
                                ((*propose, "--ack", "6=PT1S"), ("--ack", "6=PT1S")),
                                ((*propose, "--until", "tomorrow"), ("--until", "tomorrow", "RFC 3339")),
                                ((*propose, "--from", "2030-01-02T00:00:00Z", "--until", "2030-01-01T00:00:00Z"), ("--until", "2030-01-01", "--from", "2030-01-02")),
                                ((*propose, "--until", "2020-01-01T00:00:00Z"), ("--until", "2020-01-01", "--from"))):
            with Nodes() as here:
                done = tocsin(*arguments, "--data", here.folder / "new", typed="violet harbour clock 1\n" * 5)
                self.assertEqual(done.returncode, 2, done.stderr)
                for word in said:
                    self.assertIn(word, done.stderr)

    def test_a_list_of_nothing_is_not_asked_for(self):
        with_limit = (("alert", "list"), ("search",), ("log", "show"), ("log", "audit"), ("import",), ("peer", "ledger", "x"), ("retractions",), ("statements",))
        for command in with_limit:
            self.assertIn("--limit", tocsin(*command, "--help").stdout, command)
            for limit in ("0", "-5"):
                done = tocsin(*command, "--limit", limit)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("--limit", done.stderr)
                self.assertIn(limit, done.stderr)

    def test_a_folder_without_a_node_is_refused(self):
        with Nodes() as here:
            done = tocsin("peer", "list", "--data", here.folder / "nothing")
            self.assertEqual(done.returncode, 1)
            self.assertIn("nothing", done.stderr)

    def test_version_speaks_to_people_and_programs(self):
        said = tocsin("version").stdout.split()
        self.assertEqual(said[0], "tocsin")
        self.assertEqual(json.loads(tocsin("version", "--json").stdout)["version"], said[1])

    def test_init_without_input_ends_and_makes_nothing(self):
        with Nodes() as here:
            folder = here.folder / "new"
            done = tocsin("init", "--data", folder, "--name", "A", "--country", "VN", "--signatory", "a1=A", "--signatory", "b1=B")
            self.assertEqual(done.returncode, 1)
            self.assertFalse((folder / "tocsin.db").exists())


class WithANode(Scenario):
    def test_passwords_are_typed_twice_and_never_shown(self):
        node = self.nodes.add("typed")
        passphrase, first, second = "a root passphrase", "first password 1", "second password 2"
        arguments = ["init", "--name", "Typed", "--country", "VN", "--signatory", "one=One", "--signatory", "two=Two", "--people-listen", f"127.0.0.1:{node.people_port}",
                     "--peers-listen", f"127.0.0.1:{node.peers_port}"]
        code, screen = node.type_into(*arguments, answers=[passphrase, "something else"])
        self.assertEqual(code, 1, screen)
        code, screen = node.type_into(*arguments, answers=[passphrase, passphrase, first, first, second, second])
        self.assertEqual(code, 0, screen)
        for secret in (passphrase, first, second):
            self.assertNotIn(secret, screen)
        self.assertIn("Move these two files to two safe places", screen)
        self.assertEqual(stat.S_IMODE((node.folder / "root.sealed").stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(node.folder.stat().st_mode), 0o700)

    def test_commands_work_with_and_without_a_serving_node(self):
        node = self.node("alone")
        party = node.ask("party", "show")["party_id"]
        node.stop()
        self.assertEqual(node.ask("party", "show")["party_id"], party)
        self.import_values(node, "offline.txt", ["offline.example"])
        node.start()
        self.assertEqual(self.values_at(node), ["offline.example"])

    def test_a_second_server_is_told_that_the_folder_is_held(self):
        node = self.node("held")
        done = tocsin("serve", "--data", node.folder)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertTrue(done.stderr)

    def test_a_killed_node_leaves_nothing_in_the_way(self):
        node = self.node("killed")
        node.kill()
        self.assertTrue((node.folder / "tocsin.sock").exists(), "the socket of a killed node stays: commands must cope")
        self.assertTrue(node.ask("party", "show")["party_id"])
        node.start()
        self.assertTrue(node.ask("party", "show")["party_id"])

    def test_the_console_is_somebody_with_roles(self):
        node = self.node("roles")
        self.assertTrue(node.refused("import", self.list_file("x.txt", ["x.example"]), as_user="admin"))
        code, _, error = node.run("import", self.list_file("x.txt", ["x.example"]), as_user="duty", check=False)
        self.assertEqual(code, 1)
        self.assertTrue(error)
        code, _, error = node.run("party", "show", as_user="nobody", check=False)
        self.assertEqual(code, 1)
        self.assertIn("nobody", error)
        node.ask("user", "disable", "analyst", "--yes")
        self.assertEqual(node.run("search", as_user="analyst", check=False)[0], 1)

    def test_who_is_disabled_may_come_back_and_nobody_is_disabled_by_a_slip(self):
        node = self.node("accounts")
        self.assertIn("--yes", node.refused("user", "disable", "analyst"))
        code, screen = node.type_into("user", "disable", "analyst", answers=["n"])
        self.assertEqual(code, 1, screen)
        self.assertEqual(node.run("search", as_user="analyst")[0], 0, "nothing was done")
        code, screen = node.type_into("user", "disable", "analyst", answers=["y"])
        self.assertEqual(code, 0, screen)
        self.assertEqual(node.run("search", as_user="analyst", check=False)[0], 1)
        self.assertIn("last administrator", node.refused("user", "disable", "admin", "--yes"))
        link = node.ask("user", "enable", "analyst")["link"]
        self.follow_link(node, link, "violet harbour clock 4")
        self.assertEqual(node.run("search", as_user="analyst")[0], 0)
        self.assertTrue(node.refused("user", "enable", "analyst"))
        self.assertEqual([one["action"] for one in node.ask("log", "audit")["items"] if one["action"] == "user_enable"], ["user_enable"])

    def test_no_sensor_falls_silent_because_somebody_was_disabled_by_the_way(self):
        node = self.node("keys")
        node.add_user("boss", "Boss", ["administrator"])
        key = node.ask("user", "key", "add", "border", "--scope", "sensor", as_user="boss")
        self.assertIn("border", node.refused("user", "disable", "boss", "--yes"))
        self.assertEqual([one["id"] for one in node.ask("user", "key", "list")["items"]], [key["id"]])
        node.ask("user", "disable", "boss", "--yes", "--end-keys")
        self.assertEqual(node.ask("user", "key", "list")["items"], [])

    def test_a_wrong_verification_number_is_refused(self):
        a, b = self.node("a"), self.node("b")
        nodes.invite_each_other(a, b)
        number = a.peer(b)["verification_number"]
        wrong = ("1" if number[0] != "1" else "2") + number[1:]
        for typed in (wrong, number[:-1], "", "yes"):
            code, screen = b.type_into("peer", "verify", a.party_id, "--method", "in_person", answers=[typed])
            self.assertEqual(code, 1, screen)
            self.assertEqual(b.peer(a)["state"], "invited")
        self.assertNotIn("--number", tocsin("peer", "verify", "--help").stdout)
        nodes.read_number_to(a, b)
        self.assertEqual(b.peer(a)["state"], "verified")
        self.assertEqual(a.peer(b)["state"], "invited", "verification of one side is not that of the other")

    def test_a_wrong_password_approves_nothing(self):
        giver, taker = self.node("giver"), self.node("taker")
        nodes.invite_each_other(giver, taker)
        nodes.read_number_to(giver, taker)
        nodes.read_number_to(taker, giver)
        agreement = giver.ask("agreement", "propose", "--with", taker.party_id, "--title", "T", as_user="first")["id"]
        code, screen = giver.type_into("agreement", "sign", agreement, "--person", "first", answers=["y", "not the password"])
        self.assertEqual(code, 1, screen)
        self.assertEqual(sum(one["approvals"] for one in giver.ask("agreement", "show", agreement)["parties"]), 0)
        code, screen = giver.type_into("agreement", "sign", agreement, "--person", "first", answers=["n"])
        self.assertEqual(code, 1, screen)
        for shown in ("T, version 1", "The taker", "Content goes up to TLP:AMBER", "does not enforce this yet", "intel, alert, sighting"):
            self.assertIn(shown, screen, "who signs has read it")
        self.assertIn("--yes", giver.refused("agreement", "sign", agreement, "--person", "first", typed=[giver.signatories[0].password]))
        self.assertEqual(sum(one["approvals"] for one in giver.ask("agreement", "show", agreement)["parties"]), 0)
        nodes.sign(giver, agreement, giver.signatories[0])
        self.assertNotEqual(nodes.agreement_state(giver, agreement), "in_force", "one person alone binds nobody")

    def test_a_signatory_with_an_authenticator_is_asked_for_its_code(self):
        giver, taker = self.node("giver"), self.node("taker")
        nodes.invite_each_other(giver, taker)
        nodes.read_number_to(giver, taker)
        nodes.read_number_to(taker, giver)
        first, second = giver.signatories
        call = self.browser(giver)
        csrf = call("POST", "/api/session", {"name": first.name, "password": first.password})["csrf"]
        secret = base64.b32decode(call("POST", "/api/me/totp", {"password": first.password}, csrf)["secret_base32"])

        def code(steps_ago=0):  # RFC 6238
            mac = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30 - steps_ago), "sha1")
            return f"{(struct.unpack('>I', mac[mac[-1] & 15:][:4])[0] & 0x7fffffff) % 1_000_000:06}"

        confirmed_with = code(1)  # the next one is fresh then
        call("POST", "/api/me/totp/confirm", {"code": confirmed_with}, csrf)
        agreement = giver.ask("agreement", "propose", "--with", taker.party_id, "--title", "T", as_user="first")["id"]
        sign = ("agreement", "sign", agreement, "--person", first.name)
        status, screen = giver.type_into(*sign, answers=["y", first.password, confirmed_with])
        self.assertEqual(status, 1, screen)
        self.assertIn("Code of the authenticator of first", screen)
        status, screen = giver.type_into(*sign, answers=["y", first.password, code()])
        self.assertEqual(status, 0, screen)
        nodes.sign(giver, agreement, second)  # who has none is asked for none
        outcomes = [one["outcome"] for one in giver.ask("log", "audit")["items"] if one["action"] == "agreement_sign"]
        self.assertEqual(outcomes[0], "ok")
        self.assertIn("people.wrong_code", outcomes)

    def test_nothing_leaves_and_nothing_ends_unasked(self):
        giver, taker = self.two_parties()
        agreement = giver.ask("agreement", "list")["items"][0]["id"]
        held = self.import_values(giver, "one.txt", ["one.example"])
        publish = ("publish", "--import", held["import_id"])
        self.assertIn("--yes", giver.refused(*publish, as_user="analyst"))
        code, screen = giver.type_into(*publish, as_user="analyst", answers=["n"])
        self.assertEqual(code, 1, screen)
        self.assertIn("The taker: 1 permitted", screen)
        self.assertEqual(giver.ask("statements", "--kind", "intel", as_user="analyst")["items"], [])
        withdraw = ("agreement", "withdraw", agreement, "--person", giver.signatories[0].name)
        self.assertIn("--yes", giver.refused(*withdraw, typed=[giver.signatories[0].password]))
        self.assertTrue(giver.refused(*withdraw, "--yes", as_user="analyst", typed=[giver.signatories[0].password]))
        code, screen = giver.type_into(*withdraw, answers=["y", "not the password"])
        self.assertEqual(code, 1, screen)
        self.assertEqual(nodes.agreement_state(giver, agreement), "in_force")
        code, screen = giver.type_into(*withdraw, answers=["y", giver.signatories[0].password])
        self.assertEqual(code, 0, screen)
        self.assertIn("withdrew", screen)
        self.assertEqual(nodes.agreement_state(giver, agreement), "withdrawn")
        wait_until("the other side hears of it", lambda: nodes.agreement_state(taker, agreement) == "withdrawn")
        self.assertTrue(giver.refused(*publish, "--yes", as_user="analyst"), "nobody may receive it any more")

    def test_why_something_has_not_reached_a_party(self):
        giver, taker = self.two_parties()
        held = self.import_values(giver, "one.txt", ["one.example"])
        [item] = [one["item"] for one in giver.all("search", "one.example", as_user="analyst")]

        def why(node, item, to):
            answer = node.ask("why", item, "--to", to, as_user="analyst")
            return answer["reached"], [way["state"] for way in answer["ways"]]

        self.assertEqual(why(giver, item, "The taker"), ("not_there", ["may_go"]))
        giver.ask("publish", "--import", held["import_id"], "--yes", as_user="analyst")
        wait_until("it is there", lambda: why(giver, item, "The taker") == ("there", ["received"]))
        self.assertIn("The taker has it", giver.run("why", item, "--to", "The taker", as_user="analyst")[1])
        [taken] = [one["item"] for one in taker.all("search", "one.example", as_user="analyst")]
        self.assertEqual(why(taker, taken, "The giver"), ("source", ["may_not_go"]))
        self.assertEqual(giver.run("why", "--to", "The taker", as_user="analyst", check=False)[0], 2)
        self.assertTrue(giver.refused("why", item, "--to", "The giver", as_user="analyst"), "to itself")

    def test_the_next_version_of_an_agreement_begins_as_it_is_and_counts_once_all_have_signed(self):
        giver, taker = self.two_parties()
        present = giver.ask("agreement", "list")["items"][0]
        signatory = giver.signatories[0].name
        self.assertEqual(giver.run("agreement", "propose", "--title", "Of nobody", as_user=signatory, check=False)[0], 2)
        made = giver.ask("agreement", "propose", "--next-of", present["title"], "--tlp", "TLP:GREEN", as_user=signatory)
        self.assertEqual((made["id"], made["version"], made["tlp"]), (present["id"], present["version"] + 1, "TLP:GREEN"))
        for member in ("title", "pap", "onward", "categories", "automatic", "ack"):
            self.assertEqual(made[member], present[member], member)

        def states(node):
            return {one["version"]: one["state"] for one in node.ask("agreement", "list")["items"]}

        for node in (giver, taker):
            wait_until(f"the proposal reaches {node.key}", lambda node=node: 2 in states(node))
            self.assertEqual(states(node)[1], "in_force", "until all have signed")
            for person in node.signatories:
                nodes.sign(node, present["id"], person)
        for node in (giver, taker):
            wait_until(f"the next version is in force at {node.key}", lambda node=node: states(node)[2] == "in_force")

    def test_an_agreement_of_three_needs_every_two_to_be_peers_and_outlives_one_that_leaves(self):
        one, two, three = (self.node(key, "operator") for key in ("one", "two", "three"))

        def meet(first, second):
            nodes.invite_each_other(first, second)
            nodes.read_number_to(first, second)
            nodes.read_number_to(second, first)

        def are_in_force(*parties):
            return all(nodes.agreement_state(node, agreement) == "in_force" for node in parties)

        meet(one, two)
        meet(one, three)
        with_both = ("--with", two.party_id, "--with", three.party_id)
        agreement = one.ask("agreement", "propose", *with_both, "--title", "T", "--level", "multilateral", as_user=one.signatories[0].name)["id"]
        for node in (one, two, three):
            wait_until(f"the proposal reaches {node.key}", lambda node=node: nodes.agreement_state(node, agreement))
            for person in node.signatories:
                code, screen = node.type_into("agreement", "sign", agreement, "--person", person.name, answers=["y", person.password])
                self.assertEqual(code, 0, screen)
                self.assertEqual("is not a verified peer of this node" in screen, node is not one, screen)
        wait_until("who has met both has heard both", lambda: are_in_force(one))
        self.assertEqual(two.ask("agreement", "show", agreement)["unpeered"], [three.party_id])
        self.assertEqual(nodes.agreement_state(two, agreement), "waiting")
        meet(two, three)
        wait_until("it is in force everywhere once they have met", lambda: are_in_force(one, two, three))
        leaver = two.signatories[0]
        code, screen = two.type_into("agreement", "withdraw", agreement, "--person", leaver.name, answers=["y", leaver.password])
        self.assertEqual(code, 0, screen)
        self.assertEqual(nodes.agreement_state(two, agreement), "withdrawn")

        def left(node):
            return [party["party_id"] for party in node.ask("agreement", "show", agreement)["parties"] if party["left_at"]]

        for node in (one, three):
            wait_until(f"{node.key} hears of it", lambda node=node: left(node) == [two.party_id])
        self.assertTrue(are_in_force(one, three), "the others go on")

    def test_a_host_is_marked_and_marked_no_more(self):
        node = self.node("hosts")
        node.ask("host", "mark", "10.1.4.0/24", "--name", "Ward", "--service", "Care", "--sector", "HEA", as_user="analyst")
        self.assertEqual([one["host"] for one in node.ask("host", "list", as_user="analyst")["items"]], ["10.1.4.0/24"])
        node.run("host", "unmark", "10.1.4.0/24", as_user="analyst")
        self.assertEqual(node.ask("host", "list", as_user="analyst")["items"], [])

    def test_signatories_come_and_go_with_the_root_key(self):
        node, peer = self.two_parties()
        root = f"{node.folder}-root.sealed"

        def announced(at, party=None):
            shown = at.ask("party", "show") if party is None else at.ask("peer", "show", party.party_id)["descriptor"]
            return [person["name"] for person in shown["signatories"]]

        self.follow_link(node, node.add_user("third", "Third Signatory", ["signatory"]), "violet harbour clock 3")
        self.assertEqual(announced(node), ["first", "second"], "only the root key announces anybody")
        code, _, error = node.run("party", "renew", "--root-file", root, typed=["not the passphrase"], check=False)
        self.assertEqual(code, 1, error)
        code, _, error = node.run("party", "renew", "--root-file", f"{peer.folder}-root.sealed", typed=[peer.root_passphrase], check=False)
        self.assertEqual(code, 1, "another party's root key signs nothing here")
        self.assertEqual(announced(node), ["first", "second"])
        version = node.ask("party", "show")["version"]
        node.run("party", "renew", "--root-file", root, typed=[node.root_passphrase])
        self.assertEqual(sorted(announced(node)), ["first", "second", "third"])
        self.assertEqual(node.ask("party", "show")["version"], version + 1)
        wait_until("the peer hears of it", lambda: "third" in announced(peer, node))
        self.assertEqual(peer.peer(node)["state"], "verified", "and needs no new comparison")
        node.ask("user", "disable", "first", "--yes")
        node.run("party", "renew", "--root-file", root, typed=[node.root_passphrase])
        wait_until("who has gone is announced no more", lambda: sorted(announced(peer, node)) == ["second", "third"])

    def test_health_says_what_needs_looking_after(self):
        node = self.node("well")
        checks = {one["name"]: one for one in node.ask("health")["checks"]}
        self.assertEqual(set(checks), {"disk", "descriptor", "certificate", "signatories", "recovery", "peers", "peer_descriptors", "agreements", "readers", "sensors", "keys"})
        self.assertIn("peers: ", node.run("health")[1])

    def test_import_recognises_forms_and_compression(self):
        node = self.node("importer")
        folder = self.nodes.folder
        (folder / "plain.txt").write_text("one.example\n")
        with gzip.open(folder / "list.csv.gz", "wt") as out:
            out.write("value,type\ntwo.example,domain\n")
        with lzma.open(folder / "list.intel.xz", "wt") as out:
            out.write("#fields\tindicator\tindicator_type\tmeta.source\nthree.example\tIntel::DOMAIN\tx\n")
        forms = {report["format"] for report in node.ask("import", folder / "plain.txt", folder / "list.csv.gz", folder / "list.intel.xz", as_user="analyst")["items"]}
        self.assertEqual(forms, {"plain", "csv", "zeek-intel"})
        self.assertEqual(sorted(self.values_at(node)), ["one.example", "three.example", "two.example"])
        code, _, error = node.run("import", folder / "plain.txt", folder / "absent.txt", as_user="analyst", check=False)
        self.assertEqual(code, 1)
        self.assertIn("absent.txt", error)

    def test_an_import_says_what_sensors_do_not_watch_for(self):
        node = self.node("importer")
        said = node.run("import", self.list_file("list.txt", ["evil.example", "127.0.0.1", "0.0.0.0/0"]), "--tlp", "TLP:GREEN", as_user="analyst")[1]
        self.assertIn("3 stored", said)
        self.assertIn("sensors do not watch for 2 of the indicators, and for 0 only in part", said)
        self.assertIn("matching 2 times", said)
        items = {one["value"]: one["matching"] for one in node.all("search", as_user="analyst")}
        self.assertEqual(items, {"evil.example": True, "127.0.0.1": False, "0.0.0.0/0": False})

    def test_a_program_may_send_what_is_compressed_for_the_person_who_made_its_key(self):
        node = self.node("importer")
        key = self.nodes.folder / "feed.key"
        node.run("user", "key", "add", "feed", "--scope", "import", "--out", key, as_user="admin")
        request = urllib.request.Request(f"https://127.0.0.1:{node.people_port}/api/import?name=list.gz&tlp=TLP:RED", method="POST", data=gzip.compress(b"evil.example\n"))
        request.add_header("authorization", f"Bearer {key.read_text().strip()}")
        with urllib.request.urlopen(request, timeout=60, context=ssl._create_unverified_context()) as answer:  # loopback
            self.assertEqual(json.loads(answer.read())["stored"], 1)
        self.assertEqual([one["value"] for one in node.all("search", as_user="admin")], ["evil.example"])
        self.assertEqual(self.values_at(node), [])

    def test_what_was_imported_is_listed(self):
        node = self.node("lists")
        first = self.import_values(node, "first.txt", ["one.example", "two.example"])
        node.ask("import", self.list_file("dry.txt", ["dry.example"]), "--dry-run", as_user="analyst")
        node.run("import", self.list_file("second.txt", ["two.example", "not a value"]), "--format", "plain", as_user="analyst")
        listed = node.ask("import", "--list", as_user="analyst")["items"]
        self.assertEqual([(one["name"], one["by"], one["state"], one["stored"], one["refused"]) for one in listed],
                         [("second.txt", "analyst", "done", 1, 1), ("first.txt", "analyst", "done", 2, 0)])
        self.assertEqual(listed[1]["import_id"], first["import_id"])
        shown = node.run("import", "--list", "--limit", "1", as_user="analyst")[1].splitlines()
        self.assertEqual(len(shown), 2, "a head and the newest")
        self.assertIn("second.txt", shown[1])
        code, _, error = node.run("import", as_user="analyst", check=False)
        self.assertEqual(code, 2)
        self.assertIn("--list", error)
        self.assertEqual(node.run("import", "--list", "x.txt", as_user="analyst", check=False)[0], 2)

    def test_dry_run_stores_nothing(self):
        node = self.node("dry")
        report = node.ask("import", self.list_file("dry.txt", ["dry.example"]), "--dry-run", as_user="analyst")
        self.assertEqual(report["objects"], 1)
        self.assertEqual(self.values_at(node), [])

    def test_what_others_wrote_cannot_move_the_cursor(self):
        node = self.node("screen")
        bundle = {"type": "bundle", "id": "bundle--7d6a3d4c-98a8-4c4b-8f0f-2a3b6a3c1d11", "objects": [
            {"type": "malware", "spec_version": "2.1", "id": "malware--7d6a3d4c-98a8-4c4b-8f0f-2a3b6a3c1d10", "created": "2026-01-01T00:00:00.000Z",
             "modified": "2026-01-01T00:00:00.000Z", "name": "evil\x1b[2J\u202egnp.exe", "is_family": True}]}
        file = self.nodes.folder / "hostile.json"
        file.write_text(json.dumps(bundle))
        node.ask("import", file, as_user="analyst")
        shown = node.run("search", as_user="analyst")[1]
        self.assertIn("evil", shown)
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\u202e", shown)

    def test_serve_stops_on_sigterm_and_sigint(self):
        node = self.node("stops")
        for number in (signal.SIGTERM, signal.SIGINT):
            begin = time.monotonic()
            node.process.send_signal(number)
            self.assertEqual(node.process.wait(30), 0)
            self.assertLess(time.monotonic() - begin, 30)
            self.assertFalse((node.folder / "tocsin.sock").exists())
            node.process = None
            node.start()

    def test_log_verify_fails_where_a_statement_is_missing(self):
        node, other = self.two_parties()
        self.assert_log_holds(node)
        node.stop()
        with sqlite3.connect(node.folder / "tocsin.db") as db:
            changed = db.execute("UPDATE statements SET payload = X'00' WHERE rowid = (SELECT MIN(rowid) FROM statements WHERE author = ?)", (node.party_id,)).rowcount
        self.assertEqual(changed, 1)
        code, out, error = node.run("log", "verify", check=False)
        self.assertEqual(code, 1, out)
        self.assertTrue(error)

    def test_a_revoked_key_ends_its_sensor(self):
        node = self.node("keys")
        key = node.sensor_key("border")
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        listed = node.ask("user", "key", "list")["items"]
        self.assertEqual([one["name"] for one in listed], ["border"])
        log = self.nodes.folder / "conn.log"
        log.write_text("#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\n#types\ttime\taddr\taddr\n1700000000.0\t10.0.0.1\t203.0.113.9\n")
        self.assertGreater(node.watch([log], "sensor", key)["lines"], 0)
        node.ask("user", "key", "revoke", listed[0]["id"])
        with self.assertRaises(nodes.CommandFailed) as caught:
            node.watch([log], "sensor", key)
        self.assertEqual(caught.exception.code, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
