#!/usr/bin/env python3
"""The Python module against testdata/protocol/vectors.json, and its parts against each other where there is no vector."""

import json
import unittest
from pathlib import Path

import protocol as p

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "testdata/protocol/vectors.json").read_text(encoding="utf-8"))
KEYS = [p.Key(bytes.fromhex(one["seed"])) for one in VECTORS["keys"]]


def descriptor(key):
    return {"party": p.party_id(key.public), "root": key.text(), "root_chain": []}


class Vectors(unittest.TestCase):
    def test_keys(self):
        for key, one in zip(KEYS, VECTORS["keys"]):
            self.assertEqual(key.public.hex(), one["public"])
            self.assertEqual(p.b64u(p.thumbprint(key.public)), one["thumbprint"])
            self.assertEqual(p.party_id(key.public), one["party"])

    def test_signed(self):
        for one in VECTORS["signed"]:
            signed = p.sign(KEYS[0], one["type"], one["payload"].encode())
            self.assertEqual(signed.jws, one["jws"])
            self.assertEqual(signed.digest.hex(), one["digest"])
            signed.verify(KEYS[0].public, one["type"])
            for public, kind in ((KEYS[1].public, one["type"]), (KEYS[0].public, "other")):
                with self.assertRaises(p.Refused):
                    signed.verify(public, kind)
            with self.assertRaises(p.Refused):
                p.Signed(signed.payload + b" ", signed.jws).verify(KEYS[0].public, one["type"])

    def test_verification_number(self):
        for pair in (KEYS, KEYS[::-1]):
            self.assertEqual(p.verification_number(*map(descriptor, pair)).replace(" ", ""), VECTORS["verification_number"])

    def test_agreement_id(self):
        one = VECTORS["agreement_id"]
        self.assertEqual(p.agreement_id(sorted(key["party"] for key in VECTORS["keys"]), one["nonce"]), one["id"])

    def test_approval(self):
        one = VECTORS["approval"]
        self.assertEqual(KEYS[0].sign(b"tocsin-approval/1\n" + bytes.fromhex(one["document"])).hex(), one["signature"])


class WithoutVectors(unittest.TestCase):
    def test_proofs_of_all_small_logs(self):
        log = p.Log(bytes([i]) for i in range(20))
        for size in range(1, 21):
            for index in range(size):
                hashes = log.inclusion(index, size)
                self.assertEqual(p.root_by_inclusion(p.leaf_hash(bytes([index])), index, size, hashes), log.root(0, size))
                self.assertNotEqual(p.root_by_inclusion(p.leaf_hash(b"other"), index, size, hashes), log.root(0, size))
            for old in range(1, size + 1):
                hashes = log.consistency(old, size)
                self.assertEqual(p.roots_by_consistency(old, size, hashes, log.root(0, old)), (log.root(0, old), log.root(0, size)))

    def test_a_checkpoint_is_read_by_its_own_name_and_key(self):
        note = p.checkpoint(KEYS[0], "tocsin/x/1-00", 3, bytes(32))
        self.assertEqual(p.read_checkpoint(note, "tocsin/x/1-00", KEYS[0].public), (3, bytes(32)))
        with self.assertRaises(p.Refused):
            p.read_checkpoint(note, "tocsin/x/1-00", KEYS[1].public)

    def test_records(self):
        records = [("S", "jws", b"payload"), ("C", "", b"note")]
        self.assertEqual(p.unpack(p.pack(records)), records)
        for cut in (1, 6, 8, 20):
            with self.assertRaises(p.Refused):
                p.unpack(p.pack(records)[:cut])

    def test_json(self):
        self.assertEqual(p.canonical({"é": 1, "a": [True, None, "\n\x01"], "€": {}, "\U00010000": 0}),
                         '{"a":[true,null,"\\n\\u0001"],"é":1,"€":{},"\U00010000":0}'.encode())
        for refused in (b'{"a":1,"a":1}', b"9007199254740992", b'"\\u0000"', b"NaN", b"{} {}", b"\xff"):
            with self.assertRaises(p.Refused, msg=refused):
                p.parse(refused)

    def test_keys_of_small_order_verify_nothing(self):
        public = (1).to_bytes(32, "little")
        self.assertFalse(p.ed25519.verifies(public, b"anything", public + bytes(32)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
