#!/usr/bin/env python3
"""Checks the evidence of one statement without tocsin: Python's standard library, and the openssl command for Ed25519.

    verify_statement.py FILE [--descriptor INVITATION ...]

FILE is what `tocsin statement export` writes (docs/protocol.md section 14). An INVITATION is a descriptor that the reader
has from elsewhere: of the author, or of a party that gave a receipt. Prints one line for each check. Exit 0: all that
could be checked holds. Exit 1: something does not. Exit 2: wrong use.
Follows docs/protocol.md, RFC 6962, RFC 7515, RFC 7638, RFC 7797 and C2SP, and shares no code with tocsin.
"""
import argparse
import base64
import contextlib
import json
import math
import pathlib
import re
import struct
import sys

import openssl_ed25519
from rfc6962 import Refused, leaf_hash, root_by_inclusion, sha256
from verify_log import VerifierKey, decode64, open_checkpoint

MAX_FILE, MAX_HANDED_OVER = 64 << 20, 1000
CONTROL = {"descriptor", "keys", "agreement", "withdraw", "consent", "endorse", "ack", "retract", "recover", "ping", "pong"}
CONTENT = {"intel", "sighting", "outcome", "alert", "request", "offer", "message", "comment", "proposal", "dispute",
           "notice", "case", "room", "contact", "inject", "survey", "answer"}
REAL_ONLY = CONTROL - {"ack", "retract", "ping", "pong"}
MEMBERS = {"spec", "id", "author", "time", "kind", "agreement", "handling", "realm", "thread", "in_reply_to", "supersedes",
           "urgency", "reply_within", "legal_note", "attachments", "approvals", "terms", "nonce", "body", "objects"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check(condition, text):
    if not condition:
        raise Refused(text)


# --- bytes and JSON


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64u(text, size, what):
    check(isinstance(text, str), f"{what}: missing")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    check(len(data) == size and b64u(data) == text, f"{what}: not {size} bytes of base64url")
    return data


def parse(data, what):
    """I-JSON (RFC 7493): no name twice, no NUL, no numbers that are none, integers within 2^53 - 1."""
    def members(pairs):
        names = [name for name, _ in pairs]
        check(len(set(names)) == len(names), f"{what}: a name stands there twice")
        return dict(pairs)

    def integer(text):
        check(abs(int(text)) < 2**53, f"{what}: an integer is too large")
        return int(text)

    def real(text):
        check(math.isfinite(float(text)), f"{what}: a number is too large")
        return float(text)

    def constant(text):
        raise Refused(f"{what}: {text} is no JSON")

    try:
        value = json.loads(data.decode(), object_pairs_hook=members, parse_int=integer, parse_float=real,
                           parse_constant=constant)
    except (ValueError, RecursionError) as problem:
        raise Refused(f"{what}: {problem}") from problem
    check(isinstance(value, dict), f"{what}: no object")
    check(not has_nul(value), f"{what}: NUL")
    return value


def has_nul(value):
    if isinstance(value, dict):
        return any(has_nul(one) for pair in value.items() for one in pair)
    return any(map(has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


# --- the file


def open_armour(text, kind):
    check(text.count("-----BEGIN ") == 1 and text.count("-----END ") == 1, "file: not exactly one armour")
    found = re.search(f"-----BEGIN TOCSIN {kind}-----(.*)-----END TOCSIN {kind}-----", text, re.DOTALL)
    check(found, f"file: no TOCSIN {kind}")
    try:
        return decode64(re.sub("[\r\n ]", "", found.group(1)))
    except ValueError as problem:
        raise Refused(f"file: {problem}") from problem


def read_records(data):
    out = []
    while data:
        check(len(data) >= 7, "file: a record is cut off")
        kind, jws, payload = struct.unpack(">cHI", data[:7])
        check(len(data) >= 7 + jws + payload, "file: a record is cut off")
        out.append((kind.decode("latin-1"), data[7:7 + jws], data[7 + jws:7 + jws + payload]))
        data = data[7 + jws + payload:]
    return out


def read_file(path, kind):
    data = pathlib.Path(path).read_bytes()
    check(len(data) <= MAX_FILE, "file: too large")
    return read_records(open_armour(data.decode("latin-1"), kind))


# --- signatures


def thumbprint(key):
    return sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % b64u(key).encode())


def party_of(key):
    return base64.b32encode(thumbprint(key)).decode().lower().rstrip("=")


class Signed:
    def __init__(self, kind, jws, payload):
        self.kind, self.payload = kind, payload
        parts = jws.decode("latin-1").split("..")
        check(len(jws) <= 512 and len(parts) == 2, f"{kind}: no detached JWS")
        self.header = parts[0]
        self.signature = from_b64u(parts[1], 64, f"{kind}: signature")
        self.digest = sha256(payload + self.signature)

    def is_signed_by(self, key):
        return self.header == b64u(b'{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"%s","typ":"tocsin-%s"}' %
                                   (b64u(thumbprint(key)).encode(), self.kind.encode()))

    def verify(self, key):
        """The payload, once the signature holds."""
        check(self.is_signed_by(key), f"{self.kind}: signed with another key")
        check(openssl_ed25519.verifies(key, self.header.encode() + b"." + self.payload, self.signature),
              f"{self.kind}: the signature does not fit")
        value = parse(self.payload, self.kind)
        check(value.get("spec") == "tocsin/1", f"{self.kind}: of another version")
        return value


# --- section 2: descriptors


class Descriptor:
    def __init__(self, jws, payload):
        self.payload = payload
        claimed = from_b64u(parse(payload, "descriptor").get("root"), 32, "descriptor: root")
        value = Signed("descriptor", jws, payload).verify(claimed)
        check(value.get("type") == "descriptor", "descriptor: of another type")
        self.party, self.version = value["party"], value["version"]
        check(isinstance(self.version, int) and self.version > 0, "descriptor: version")
        self.next_root = from_b64u(value["next_root"], 32, "descriptor: next_root")
        keys = value["keys"]
        self.statement, self.log, self.exercise = (from_b64u(keys[use], 32, f"descriptor: {use}")
                                                   for use in ("statement", "log", "exercise"))
        self.retired = [(one["use"], from_b64u(one["key"], 32, "descriptor: retired"), one["epoch"], one["first"],
                         one["last"]) for one in value["retired"]]
        in_force = [claimed, self.statement, self.log, self.exercise]
        check(len({*in_force, *(one[1] for one in self.retired)}) == 4 + len({one[1] for one in self.retired}),
              "descriptor: a key has two purposes")
        self.roots = [from_b64u(link["key"], 32, "descriptor: root_chain") for link in value["root_chain"]] + [claimed]
        for link, key, heir in zip(value["root_chain"], self.roots, self.roots[1:]):
            check(from_b64u(link["next_root"], 32, "descriptor: root_chain") == sha256(heir) and openssl_ed25519.verifies(
                key, b"tocsin-root-link/1\n" + heir, from_b64u(link["signature"], 64, "descriptor: root_chain")),
                "descriptor: the chain of roots is broken")
        check(party_of(self.roots[0]) == self.party, "descriptor: of another party")

    def continues(self, known):
        count = len(known.roots)
        if self.roots[:count] != known.roots:
            return False
        if len(self.roots) == count:
            return self.next_root == known.next_root
        return sha256(self.roots[count]) == known.next_root


def newest(descriptors, party):
    return max((one for one in descriptors if one.party == party), key=lambda one: one.version, default=None)


def agree_on(shown, known):
    """The newer of two of one party."""
    check(shown.version != known.version or shown.payload == known.payload, "party: two descriptors of one version")
    older, newer = (shown, known) if shown.version < known.version else (known, shown)
    check(newer.continues(older), "party: the roots are not continued")
    return newer


# --- section 5: the statement


def check_statement(signed, author, leaf):
    key, by_exercise = None, False
    if signed.is_signed_by(author.statement):
        key = author.statement
    elif signed.is_signed_by(author.exercise):
        key, by_exercise = author.exercise, True
    else:
        for use, retired, epoch, first, last in author.retired:
            if use != "log" and signed.is_signed_by(retired) and leaf[0] == epoch and first <= leaf[1] <= last:
                key, by_exercise = retired, use == "exercise"
    check(key, "statement: signed with a key that is not good for it")
    value = signed.verify(key)
    check(set(value) <= MEMBERS, "statement: an unknown member")
    check(value.get("author") == author.party, "statement: names another author")
    check(UUID.fullmatch(value.get("id", "")), "statement: id")
    kind, realm = value.get("kind"), value.get("realm")
    check(kind in CONTROL | CONTENT, "statement: unknown kind")
    check((kind in CONTENT) == ("agreement" in value), "statement: agreement")
    check(realm == "real" or UUID.fullmatch(realm or ""), "statement: realm")
    check(by_exercise == (realm != "real"), "statement: the key of another realm")
    check(not by_exercise or kind not in REAL_ONLY, "statement: real only")
    check(value["handling"]["tlp"] in ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"),
          "statement: handling")
    check(isinstance(value.get("body"), dict), "statement: body")
    return value


# --- sections 8 and 12: its place in the log


def verifier_key(origin, log_key):
    raw = b"\x01" + log_key
    key_id = sha256(origin.encode() + b"\n" + raw)[:4].hex()
    return VerifierKey(f"{origin}+{key_id}+{base64.b64encode(raw).decode()}")


def open_checkpoint_of(author, origin, epoch, note):
    """Under the log key, or under one that was retired, as far as that is good."""
    try:
        return open_checkpoint(note, verifier_key(origin, author.log))
    except Refused:
        for use, retired, of, first, last in author.retired:
            if use == "log" and of == epoch:
                with contextlib.suppress(Refused):
                    size, root = open_checkpoint(note, verifier_key(origin, retired))
                    if first <= max(size - 1, 0) <= last:
                        return size, root
        raise


def check_place(proof, author, digest):
    epoch, index, size = proof["epoch"], proof["index"], proof["size"]
    origin = f"tocsin/{author.party}/{epoch}"
    head_size, root = open_checkpoint_of(author, origin, epoch, proof["checkpoint"])
    check(proof["checkpoint"].split("\n")[0] == origin, "checkpoint: of another log")
    check(from_b64u(proof["statement"], 32, "inclusion") == digest, "inclusion: of another statement")
    hashes = [from_b64u(one, 32, "inclusion") for one in proof["hashes"]]
    check(isinstance(index, int) and size == head_size and
          root_by_inclusion(leaf_hash(digest), index, size, hashes) == root,
          "inclusion: the proof does not lead to the root of the checkpoint")
    return epoch, index


# --- sections 6 and 7: receipts


def key_of_signature(signed, party):
    return next((key for use, key, *_ in party.retired if use == "statement" and signed.is_signed_by(key)),
                party.statement)


def check_receipt(envelope, receipt, author, digest, known):
    """What became of it: a line to print."""
    sender_key = key_of_signature(envelope, author)
    sent = envelope.verify(sender_key)
    check(sent["type"] == "envelope" and sent["sender"] == author.party, "envelope: of another sender")
    digests = [from_b64u(one, 32, "envelope") for one in sent["statements"]]
    check(digest in digests, "envelope: the statement does not stand in it")
    descriptor = newest(known, sent["recipient"])
    if descriptor is None:
        return f"open   receipt of {sent['recipient']}, cannot be checked without its descriptor"
    receiver_key = key_of_signature(receipt, descriptor)
    given = receipt.verify(receiver_key)
    check(given["type"] == "receipt" and given["recipient"] == descriptor.party and given["sender"] == author.party,
          "receipt: of others")
    check(from_b64u(given["envelope"], 32, "receipt") == envelope.digest, "receipt: for another envelope")
    check(given["stream"] == sent["stream"], "receipt: of another stream")
    check((given["from"], given["to"]) == (sent["first"], sent["first"] + len(digests) - 1), "receipt: positions")
    check(from_b64u(given["statements"], 32, "receipt") == sha256(b"".join(digests)), "receipt: other statements")
    if (sender_key, receiver_key) != (author.statement, descriptor.statement):
        return f"open   receipt of {descriptor.party}, under a key that was replaced since: nobody can tell when"
    return f"holds  receipt of {descriptor.party}"


def verify(path, invitations):
    known = []
    for one in invitations:
        records = read_file(one, "INVITATION")
        check([record[0] for record in records] == ["D"], "file: no invitation")
        known.append(Descriptor(*records[0][1:]))
    records = read_file(path, "STATEMENT")
    kinds = "".join(record[0] for record in records)
    check(re.fullmatch("DSP(ER){0,%d}" % MAX_HANDED_OVER, kinds), "file: not the records of a statement")
    author = Descriptor(*records[0][1:])
    print("holds  descriptor: signed by its root")
    statement = Signed("statement", *records[1][1:])
    if known:
        other = newest(known, author.party)
        check(other, "party: none of the descriptors given is the author's")
        author = agree_on(author, other)
        print("holds  party: the one whose descriptor was given")
    check(not records[2][1], "file: a proof is not signed")
    leaf = check_place(parse(records[2][2], "inclusion"), author, statement.digest)
    print(f"holds  inclusion: leaf {leaf[1]} of epoch {leaf[0]}, under a checkpoint signed by the author's log key")
    said = check_statement(statement, author, leaf)
    print("holds  statement: signed by the author's key")
    for envelope, receipt in zip(records[3::2], records[4::2]):
        print(check_receipt(Signed("envelope", *envelope[1:]), Signed("receipt", *receipt[1:]), author, statement.digest,
                            known))
    print(json.dumps({"digest": statement.digest.hex(), "party_id": author.party, "kind": said["kind"],
                      "time": said["time"], "tlp": said["handling"]["tlp"],
                      "agreement": said.get("agreement", {}).get("id"), "realm": said["realm"], "epoch": leaf[0],
                      "index": leaf[1]}))
    if not known:
        print(f"The file vouches only for itself. Compare the party id, whole, with one that you know: {author.party}")


def main():
    parser = argparse.ArgumentParser(description="Checks the evidence of one statement without tocsin.")
    parser.add_argument("file")
    parser.add_argument("--descriptor", action="append", default=[], help="an invitation that you have from elsewhere")
    args = parser.parse_args()
    sys.setrecursionlimit(10_000)
    try:
        verify(args.file, args.descriptor)
    except (Refused, ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        print(f"REFUSED: {problem}")
        return 1
    print("all that could be checked holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
