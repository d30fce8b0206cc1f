#!/usr/bin/env python3
"""What a third party can check without a node: the evidence of a statement, and the files of a log; by our own verifier
and by one that shares no code with it."""

import base64
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import unittest

from support import SOURCE, Scenario, nodes, wait_until

FOREIGN = SOURCE / "tests/foreign"
BEGIN, END = "-----BEGIN TOCSIN STATEMENT-----", "-----END TOCSIN STATEMENT-----"


def run(*command):
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=120, cwd="/",
                          env={**os.environ, "TOCSIN_DATA_DIR": "/nowhere"})
    return done.returncode, done.stdout + done.stderr


def tocsin(file, *descriptors):
    return run(nodes.default_binary(), "statement", "verify", file, *[word for one in descriptors for word in ("--descriptor", one)])


def foreign(file, *descriptors):
    return run(sys.executable, FOREIGN / "verify_statement.py", file, *[word for one in descriptors for word in ("--descriptor", one)])


def records_of(text, begin=BEGIN, end=END):
    data = base64.b64decode("".join(text.split(begin)[1].split(end)[0].split()))
    out = []
    while data:
        jws, payload = int.from_bytes(data[1:3], "big"), int.from_bytes(data[3:7], "big")
        out.append([data[:1].decode(), data[7:7 + jws], data[7 + jws:7 + jws + payload]])
        data = data[7 + jws + payload:]
    return out


def armoured(records, begin=BEGIN, end=END):
    data = b"".join(kind.encode() + len(jws).to_bytes(2, "big") + len(payload).to_bytes(4, "big") + jws + payload for kind, jws, payload in records)
    return f"{begin}\n{base64.b64encode(data).decode()}\n{end}\n"


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Evidence(Scenario):
    def setUp(self):
        super().setUp()
        self.giver, self.taker = self.two_parties()
        for key in ("one", "two"):
            made = self.import_values(self.giver, f"{key}.txt", [f"{key}.example"])
            self.giver.ask("publish", "--import", made["import_id"], "--yes", as_user="analyst")
        wait_until("both statements are receipted", self.receipted)
        self.digest = self.statements(self.giver, "out")[0]["digest"]
        self.invitations = {}
        for node in (self.giver, self.taker):
            self.invitations[node.key] = self.nodes.folder / f"{node.key}.invitation"
            node.run("peer", "invite", "--out", self.invitations[node.key])

    def statements(self, node, direction):
        return node.ask("statements", "--direction", direction, "--kind", "intel", as_user="analyst")["items"]

    def receipted(self):
        said = self.statements(self.giver, "out")
        return len(said) == 2 and all(one["recipients"] and one["recipients"][0]["state"] == "received" for one in said)

    def export(self, node, *more, name=None):
        file = self.nodes.folder / (name or f"{node.key}.evidence")
        node.run("statement", "export", self.digest[:16], "--out", file, *more)  # as the administrator, who may see the log
        return file

    def both(self, file, *descriptors):
        """(exit code, what ours said, what the foreign verifier said); both have to agree."""
        ours, said = tocsin(file, *descriptors)
        theirs, foreign_said = foreign(file, *descriptors)
        self.assertEqual(ours, theirs, f"{said}\n{foreign_said}")
        return ours, said, foreign_said

    def changed(self, file, change):
        """A copy of the file with its records changed."""
        records = records_of(file.read_text())
        change(records)
        return self.written(armoured(records))

    def written(self, text):
        out = self.nodes.folder / "changed.evidence"
        out.write_text(text)
        return out

    def test_what_author_and_holder_export_convinces_whoever_has_no_node(self):
        files = [self.export(self.giver), self.export(self.taker)]
        for node in (self.giver, self.taker):
            node.stop()
        author, receiver = self.invitations["giver"], self.invitations["taker"]
        for file in files:
            code, said, foreign_said = self.both(file)
            self.assertEqual(code, 0, said + foreign_said)
            self.assertIn("ATTENTION", said)
            for one in (said, foreign_said):
                self.assertIn(self.giver.party_id, one)
                self.assertIn(self.digest, one)
            code, said, foreign_said = self.both(file, author)
            self.assertEqual(code, 0, said + foreign_said)
            self.assertNotIn("ATTENTION", said)
            for line in ("Kind       intel", "TLP:GREEN", "Realm      real"):
                self.assertIn(line, said)
            code, said, _ = self.both(file, receiver)
            self.assertEqual(code, 1, "who wrote it is another than the one that was meant")
            self.assertIn("FAILS  party", said)
        _, said, foreign_said = self.both(files[0], author)
        for one in (said, foreign_said):
            self.assertIn(f"open   receipt of {self.taker.party_id}", one)
        _, said, foreign_said = self.both(files[0], author, receiver)
        for one in (said, foreign_said):
            self.assertIn(f"holds  receipt of {self.taker.party_id}", one)
        self.assertNotIn("receipt", tocsin(files[1], author)[1], "who holds it names nobody else")
        answer = json.loads(run(nodes.default_binary(), "statement", "verify", files[1], "--json")[1])
        self.assertEqual((answer["holds"], answer["vouches_for_itself"], answer["statement"]["digest"]), (True, True, self.digest))
        self.assertIn("one.example" if "one.example" in answer["statement"]["payload"] else "two.example", answer["statement"]["payload"])

    def test_a_file_need_not_name_who_received_it(self):
        file = self.export(self.giver, "--without-receipts")
        self.assertEqual([kind for kind, _, _ in records_of(file.read_text())], ["D", "S", "P"])
        self.assertNotIn(self.taker.party_id.encode(), b"".join(payload for _, _, payload in records_of(file.read_text())))
        self.assertEqual(self.both(file)[0], 0)

    def test_who_may_not_read_a_statement_cannot_export_it(self):
        made = self.giver.ask("import", self.list_file("red.txt", ["red.example"]), "--format", "plain", "--tlp", "TLP:RED", as_user="analyst")
        nodes.agree(self.giver, [self.taker], "For persons", "--tlp", "TLP:RED")
        self.giver.add_user("other", "Other Analyst", ["analyst"])
        self.giver.ask("publish", "--import", made["import_id"], "--reader", f"{self.taker.party_id}:analyst", "--yes", as_user="analyst")
        red = next(one["digest"] for one in self.statements(self.giver, "out") if one["tlp"] == "TLP:RED")
        self.assertIn(red, self.giver.refused("statement", "export", red, as_user="other"))
        self.assertTrue(self.giver.run("statement", "export", red, "--out", "-", as_user="analyst")[1].startswith(BEGIN))
        self.assertEqual(self.giver.run("statement", "export", self.digest, "--out", "-", as_user="duty", check=False)[0], self.giver.run("statements", as_user="duty", check=False)[0])

    def test_what_was_erased_is_not_exported_and_says_why(self):
        self.giver.ask("retract", "--statement", self.digest, "--reason", "personal_data", "--yes", as_user="analyst")
        self.assertIn("personal data", self.giver.refused("statement", "export", self.digest, as_user="analyst"))
        wait_until("its holder has erased it, too", lambda: "personal data" in self.taker.run("statement", "export", self.digest, "--out", "-", as_user="analyst", check=False)[2])

    def test_nothing_in_a_file_can_be_changed(self):
        file = self.export(self.giver)
        invitations = list(self.invitations.values())
        self.assertEqual(self.both(file, *invitations)[0], 0)
        foreign_descriptor = records_of(self.invitations["taker"].read_text(), "-----BEGIN TOCSIN INVITATION-----", "-----END TOCSIN INVITATION-----")[0]
        other_statement = self.giver.run("statement", "export", self.statements(self.giver, "out")[1]["digest"], "--out", "-")[1]

        def flip(record, part, where, bit=1):
            def change(records):
                data = bytearray(records[record][part])
                data[where] ^= bit
                records[record][part] = bytes(data)
            return change

        def put(record, old, new):
            def change(records):
                payload = records[record][2]
                self.assertIn(old, payload)
                records[record][2] = payload.replace(old, new, 1)
            return change

        def edit(record, **members):
            def change(records):
                value = json.loads(records[record][2])
                for name, change_it in members.items():
                    value[name] = change_it(value[name])
                records[record][2] = json.dumps(value, separators=(",", ":")).encode()
            return change

        def swap(record, with_what):
            def change(records):
                records[record] = with_what
            return change

        def retired_key(records):
            value = json.loads(records[0][2])
            value["retired"] = [{"use": "statement", "key": value["keys"]["statement"], "epoch": value["log"]["epoch"], "first": 0, "last": 10**6}]
            records[0][2] = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()

        def resealed(records):
            # A changed statement with everything else made to fit it, as far as that goes without keys.
            records[1][2] = records[1][2].replace(b"TLP:GREEN", b"TLP:CLEAR", 1)
            signature = base64.urlsafe_b64decode(records[1][1].split(b"..")[1] + b"==")
            proof = json.loads(records[2][2])
            proof["statement"] = b64u(hashlib.sha256(records[1][2] + signature).digest())
            records[2][2] = json.dumps(proof, separators=(",", ":")).encode()

        def self_made_root(note):
            lines = note.split("\n")
            lines[2] = base64.b64encode(bytes(32)).decode()
            return "\n".join(lines)

        changes = {
            "a bit of the statement's signature": flip(1, 1, -3, 2),
            "a bit of the statement": flip(1, 2, -2),
            "TLP lowered": put(1, b"TLP:GREEN", b"TLP:CLEAR"),
            "TLP lowered, and the proof made to fit": resealed,
            "a name that stands there twice": put(1, b'{"spec"', b'{"kind":"alert","spec"'),
            "the other statement of the author": swap(1, records_of(other_statement)[1]),
            "the proof of the other statement": swap(2, records_of(other_statement)[2]),
            "another party's descriptor": swap(0, foreign_descriptor),
            "a bit of the descriptor": flip(0, 2, 40),
            "a retired key's range": retired_key,
            "the proof's index": edit(2, index=lambda index: index - 1),
            "the proof's size": edit(2, size=lambda size: size + 1),
            "a hash too many": edit(2, hashes=lambda hashes: [*hashes, hashes[0]]),
            "the checkpoint's size": edit(2, checkpoint=lambda note: re.sub(r"\n(\d+)\n", lambda found: f"\n{int(found[1]) + 1}\n", note, count=1)),
            "the checkpoint's root": edit(2, checkpoint=self_made_root),
            "another epoch": edit(2, epoch=lambda epoch: "2" + epoch[1:]),
            "a bit of the receipt's signature": flip(4, 1, -3, 2),
            "a bit of the envelope": flip(3, 2, -2),
            "the receipt for the other statement": swap(4, records_of(other_statement)[4]),
            "the last record missing": functools.partial(list.pop),
            "a record too many": lambda records: records.append(records[0]),
        }
        for what, change in changes.items():
            with self.subTest(what):
                code, said, foreign_said = self.both(self.changed(file, change), *invitations)
                self.assertEqual(code, 1, said + foreign_said)
                self.assertIn("REFUSED", foreign_said)
                self.assertNotIn("Traceback", foreign_said)
        text = file.read_text()
        for what, changed in {"cut short": text[:len(text) // 2], "cut within": text.replace(text[200:204], "", 1), "two in one": text + text,
                              "no armour": "Dear colleague", "nothing": ""}.items():
            with self.subTest(what):
                self.assertEqual(self.both(self.written(changed), *invitations)[0], 1, what)
        self.assertEqual(self.both(self.written(f"Dear colleague,\r\n\r\n{text}\r\nYours"), *invitations)[0], 0)
        self.assertEqual(run(nodes.default_binary(), "statement", "verify")[0], 2)

    def test_the_log_is_checked_from_its_files_by_others(self):
        folder = self.nodes.folder / "log"
        answer = self.giver.ask("log", "export", folder)
        self.assertGreater(answer["size"], 3)

        def check():
            return run(sys.executable, FOREIGN / "verify_log.py", folder, "--key", answer["verifier_key"])

        code, said = check()
        self.assertEqual(code, 0, said)
        self.assertIn(f"checkpoint: {answer['size']} leaves", said)
        self.assertIn(answer["root"], said)
        before = answer["size"]
        made = self.import_values(self.giver, "three.txt", ["three.example"])
        self.giver.ask("publish", "--import", made["import_id"], "--yes", as_user="analyst")
        answer = self.giver.ask("log", "export", folder)
        self.assertGreater(answer["size"], before)
        self.assertEqual(check()[0], 0, "the same folder, once the log has grown")
        tile = next(one for one in sorted(folder.glob("tile/0/**/*")) if one.is_file() and one.stat().st_size == 32 * answer["size"])
        data = bytearray(tile.read_bytes())
        data[40] ^= 1
        tile.write_bytes(data)
        self.assertEqual(check()[0], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
