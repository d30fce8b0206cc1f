"""The protocol of tocsin a second time, written from docs/protocol.md alone (each part names its section there).

Nothing of it was taken from the C++ code: where node and Python disagree, the document is wrong or one of them.
"""

import base64
import json
import secrets
import sys
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ed25519

sys.path.append(str(Path(__file__).resolve().parents[1] / "foreign"))

from rfc6962 import Refused, leaf_hash, node_hash, root_by_inclusion, roots_by_consistency, sha256, split  # noqa: E402,F401

SPEC = "tocsin/1"
LARGEST = 2**53 - 1


def check(holds, why):
    if not holds:
        raise Refused(why)


def b64u(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_b64u(text):
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(b64u(raw) == text, "not base64url")
    return raw


def now(seconds=0):
    """RFC 3339 in UTC with microseconds; `seconds` from now."""
    at = time.time() + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1_000_000):06}Z"


def uuid7():
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


# --- JSON


def compact(value):
    """Members in the order in which they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def canonical(value):
    """RFC 8785, for the integers, texts, lists and objects that the protocol signs in this form."""

    def ordered(part):
        check(not isinstance(part, float), "no fraction stands in a canonical document")
        if isinstance(part, dict):
            return {key: ordered(part[key]) for key in sorted(part, key=lambda key: key.encode("utf-16-be"))}
        return [ordered(one) for one in part] if isinstance(part, list) else part

    return compact(ordered(value))


def parse(payload):
    """I-JSON (RFC 7493)."""

    def members(pairs):
        check(len(dict(pairs)) == len(pairs), "a name stands twice")
        return dict(pairs)

    def integer(text):
        check(abs(int(text)) <= LARGEST, "a number beyond 2^53 - 1")
        return int(text)

    def constant(text):
        raise Refused(f"{text} is no JSON")

    try:
        value = json.loads(payload.decode(), object_pairs_hook=members, parse_int=integer, parse_constant=constant)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong
    check(not any("\0" in text for text in texts(value)), "NUL")
    return value


def texts(value):
    if isinstance(value, dict):
        return [*value, *(text for part in value.values() for text in texts(part))]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else [value] if isinstance(value, str) else []


# --- section 1: keys and names; section 3: signatures


def thumbprint(public):
    return sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % b64u(public).encode())


def party_id(first_root):
    return base64.b32encode(thumbprint(first_root)).decode().lower().rstrip("=")


class Key:
    def __init__(self, seed=None):
        self.seed = seed or secrets.token_bytes(32)
        self.public = ed25519.public_key(self.seed)

    def sign(self, message):
        return ed25519.sign(self.seed, self.public, message)

    def text(self):
        return b64u(self.public)


def jws_header(public, kind):
    """The only header there is, as it stands in front of the signature."""
    return b64u(b'{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"%s","typ":"tocsin-%s"}' % (b64u(thumbprint(public)).encode(), kind.encode()))


@dataclass(frozen=True)
class Signed:
    payload: bytes
    jws: str

    @cached_property
    def digest(self):
        return sha256(self.payload + from_b64u(self.jws.partition("..")[2]))

    @cached_property
    def value(self):
        return parse(self.payload)

    def verify(self, public, kind):
        """The value, where this key signed it as this kind."""
        header, _, signature = self.jws.partition("..")
        check(header == jws_header(public, kind), f"another key signed this {kind}")
        check(ed25519.verifies(public, header.encode() + b"." + self.payload, from_b64u(signature)), f"the signature of the {kind} does not hold")
        return self.value


def sign(key, kind, payload):
    header = jws_header(key.public, kind)
    return Signed(payload, header + ".." + b64u(key.sign(header.encode() + b"." + payload)))


# --- section 2: descriptors


def root_link(key, next_public):
    """What ties a root to the one before."""
    return key.sign(b"tocsin-root-link/1\n" + next_public)


def first_root(descriptor):
    return from_b64u((descriptor["root_chain"] or [{"key": descriptor["root"]}])[0]["key"])


def read_descriptor(signed):
    """A descriptor whose signature, chain of roots and party id hold."""
    descriptor = parse(signed.payload)
    check(descriptor["spec"] == SPEC and descriptor["type"] == "descriptor", "no descriptor")
    check(canonical(descriptor) == signed.payload, "the descriptor is not canonical")
    roots = [*descriptor["root_chain"], {"key": descriptor["root"]}]
    for link, after in zip(roots, roots[1:]):
        public = from_b64u(after["key"])
        check(b64u(sha256(public)) == link["next_root"], "the next root is not the one that was announced")
        check(ed25519.verifies(from_b64u(link["key"]), b"tocsin-root-link/1\n" + public, from_b64u(link["signature"])), "a root does not link to the next")
    check(descriptor["party"] == party_id(first_root(descriptor)), "the party id is not that of the first root")
    return signed.verify(from_b64u(descriptor["root"]), "descriptor")


def verification_number(one, other):
    """Of two descriptors: sixty digits in twelve groups (section 9)."""
    text = b"tocsin-verification/1\n"
    for descriptor in sorted((one, other), key=lambda descriptor: descriptor["party"]):
        text += descriptor["party"].encode() + first_root(descriptor)
    digits = f"{int.from_bytes(sha256(text), 'big') % 10**60:060}"
    return " ".join(digits[at:at + 5] for at in range(0, 60, 5))


# --- section 4: agreements


def agreement_id(parties, nonce):
    number = int.from_bytes(sha256(b"tocsin-agreement-id/1\n" + canonical({"nonce": nonce, "parties": parties}))[:16], "big")
    return str(uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62))


def new_document(parties, title, **terms):
    parties, nonce = sorted(parties), secrets.token_hex(16)
    return {"spec": SPEC, "type": "agreement", "id": agreement_id(parties, nonce), "version": 1, "parties": parties, "nonce": nonce, "terms": {
        "title": {"en": title}, "level": "bilateral", "purposes": [], "categories": ["intel", "alert", "sighting"], "tlp": "TLP:AMBER",
        "pap": "PAP:AMBER", "onward": "none", "redactions": [], "retention_days": 365,
        "acknowledge": {str(severity): "PT3600S" for severity in range(6)}, "automatic": ["alert", "sighting"],
        "from": now(-60), "until": now(86_400 * 30), **terms}}


def approve(key, person, document):
    return {"person": person, "key": key.text(), "signature": b64u(key.sign(b"tocsin-approval/1\n" + sha256(canonical(document))))}


def approvals_hold(body, descriptor):
    """Enough different signatories of this party have approved exactly this document."""
    announced = {person["name"]: person["key"] for person in descriptor["signatories"]}
    message, persons = b"tocsin-approval/1\n" + sha256(canonical(body["document"])), set()
    for one in body["approvals"]:
        if announced.get(one["person"]) == one["key"] and ed25519.verifies(from_b64u(one["key"]), message, from_b64u(one["signature"])):
            persons.add(one["person"])
    return len(persons) >= (1 if descriptor["single_signatory"] else 2)


# --- section 8: records and invitations


def pack(records):
    return b"".join(kind.encode() + len(jws).to_bytes(2, "big") + len(payload).to_bytes(4, "big") + jws.encode() + payload for kind, jws, payload in records)


def unpack(body):
    records, at = [], 0
    while at < len(body):
        check(len(body) >= at + 7, "a record is cut short")
        kind, middle = chr(body[at]), at + 7 + int.from_bytes(body[at + 1:at + 3], "big")
        end = middle + int.from_bytes(body[at + 3:at + 7], "big")
        check(kind in "DSERCP" and end <= len(body), "a record is malformed")
        records.append((kind, body[at + 7:middle].decode(), body[middle:end]))
        at = end
    return records


def record(kind, signed):
    return kind, signed.jws, signed.payload


BEGIN, END = "-----BEGIN TOCSIN INVITATION-----", "-----END TOCSIN INVITATION-----"


def invitation(descriptor):
    text = base64.b64encode(pack([record("D", descriptor)])).decode()
    return "\n".join([BEGIN, *(text[at:at + 64] for at in range(0, len(text), 64)), END, ""])


def read_invitation(text):
    between = text.partition(BEGIN)[2].partition(END)[0]
    [(kind, jws, payload)] = unpack(base64.b64decode("".join(between.split())))
    check(kind == "D", "an invitation holds a descriptor")
    return Signed(payload, jws)


# --- section 12: the log


class Log:
    """RFC 6962 section 2.1, as it is written there."""

    def __init__(self, entries=()):
        self.hashes = [leaf_hash(entry) for entry in entries]
        self.roots = {}

    def first(self, size):
        """Another log that begins with the same leaves."""
        other = Log()
        other.hashes = self.hashes[:size]
        return other

    def append(self, entry):
        self.hashes.append(leaf_hash(entry))
        return len(self.hashes) - 1

    def root(self, begin=0, end=None):
        end = len(self.hashes) if end is None else end
        if end - begin == 0:
            return sha256(b"")
        if end - begin == 1:
            return self.hashes[begin]
        if (begin, end) not in self.roots:
            k = begin + split(end - begin)
            self.roots[begin, end] = node_hash(self.root(begin, k), self.root(k, end))
        return self.roots[begin, end]

    def inclusion(self, index, end, begin=0):
        if end - begin == 1:
            return []
        k = begin + split(end - begin)
        if index < k:
            return [*self.inclusion(index, k, begin), self.root(k, end)]
        return [*self.inclusion(index, end, k), self.root(begin, k)]

    def consistency(self, old, end, begin=0, whole=True):
        """`old` counts from the first leaf; `whole` while the old tree is this whole subtree's left edge."""
        if old == end:
            return [] if whole else [self.root(begin, end)]
        k = begin + split(end - begin)
        if old <= k:
            return [*self.consistency(old, k, begin, whole), self.root(k, end)]
        return [*self.consistency(old, end, k, False), self.root(begin, k)]


def note_name(party, epoch):
    return f"tocsin/{party}/{epoch}"


def note_key_id(name, public):
    return sha256(name.encode() + b"\n\x01" + public)[:4]


def checkpoint(key, name, size, root):
    """A C2SP signed note."""
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = base64.b64encode(note_key_id(name, key.public) + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n".encode()


def read_checkpoint(note, name, public):
    """(size, root) of a note that this key has signed."""
    text, _, signatures = note.decode().partition("\n\n")
    text += "\n"
    [line] = [line for line in signatures.splitlines() if line.startswith(f"— {name} ")]
    raw = base64.b64decode(line.rsplit(" ", 1)[1], validate=True)
    check(raw[:4] == note_key_id(name, public) and ed25519.verifies(public, text.encode(), raw[4:]), "the checkpoint's signature does not hold")
    origin, size, root = text.splitlines()[:3]
    check(origin == name, "the checkpoint is of another log")
    return int(size), base64.b64decode(root, validate=True)
