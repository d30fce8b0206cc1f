"""A party of the second implementation: its keys, its log and its streams in memory, its line to real nodes over mutual TLS.

It speaks as client; with `listen` it is also called by nodes. Whatever it receives it verifies whole before it gives a
receipt. Each step is a function of its own with what it makes as a result, so that a test can spoil exactly one thing.
"""

import contextlib
import http.client
import http.server
import json
import ssl
import subprocess
import threading
from dataclasses import dataclass

import protocol as p

CONTROL_HANDLING = {"tlp": "TLP:AMBER", "pap": "PAP:RED", "onward": "none", "retain_days": 365}
HANDLING = {"tlp": "TLP:GREEN", "pap": "PAP:GREEN", "onward": "none", "retain_days": 365}
DELIVER, PULL, RECEIPTS = "/exchange/v1/deliver", "/exchange/v1/pull", "/exchange/v1/receipts"


class Error(p.Refused):
    """The error with which a node answered (section 11)."""

    def __init__(self, status, body):
        self.said = json.loads(body)["error"]  # where not even HTTP is right it holds only a code
        self.status, self.code, self.id = status, self.said["code"], self.said.get("id", "")
        super().__init__(f"{status} {self.code} {self.id} {self.said.get('args', [])}")


def pin(certificate):
    """SHA-256 of the SubjectPublicKeyInfo of a DER certificate, in base64url."""

    def element(data):
        """(what stands in the first element, the element as it stands, what follows it)"""
        size, head = data[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[2:head], "big")
        return data[head:head + size], data[:head + size], data[head + size:]

    rest = element(element(certificate)[0])[0]  # of the part that is signed
    for _ in range(6):  # version, serial, algorithm, issuer, validity, subject
        rest = element(rest)[2]
    return p.b64u(p.sha256(element(rest)[1]))


class TlsKey:
    def __init__(self, folder, name):
        self.certificate, self.key = folder / f"{name}.crt", folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=peer",
                        "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        self.pin = pin(ssl.PEM_cert_to_DER_cert(self.certificate.read_text()))

    def context(self, side):
        context = ssl.SSLContext(side)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # no authority is asked; whoever connects compares the pin
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass
class Said:
    """A statement of ours with its place in our log."""
    signed: p.Signed
    index: int

    @property
    def digest(self):
        return self.signed.digest


@dataclass
class Stream:
    """Where the next envelope of a stream begins, and the digest of the one before."""
    position: int = 0
    previous: bytes | None = None


class Peer:
    """Another party as we know it: its descriptor, what of its log was proved to us, how far each stream is."""

    def __init__(self, descriptor):
        self.signed, self.descriptor = descriptor, p.read_descriptor(descriptor)
        self.address = self.descriptor["endpoints"][0].removeprefix("https://") if self.descriptor["endpoints"] else None
        self.proved = (0, b"", b"")  # size, root and note of what its log has proved to us
        self.verified = True  # what it showed last followed from that
        self.proved_to = 0  # the size of our log that is proved to it
        self.out, self.into = {}, {}  # streams by agreement; those to us also by the question that they answer
        self.receipts = {}  # those that we gave, by envelope

    party = property(lambda self: self.descriptor["party"])
    epoch = property(lambda self: self.descriptor["log"]["epoch"])

    def key(self, use):
        return p.from_b64u(self.descriptor["keys"][use])

    def learn(self, signed):
        """A newer descriptor of the same party."""
        descriptor = p.read_descriptor(signed)
        p.check(descriptor["party"] == self.party and descriptor["version"] >= self.descriptor["version"], "a descriptor of another party, or an older one")
        p.check(descriptor["version"] > self.descriptor["version"] or signed.payload == self.signed.payload, "two descriptors of one version")
        self.signed, self.descriptor = signed, descriptor


class Party:
    def __init__(self, name, folder, kind="cert", country="VN", persons=("one", "two")):
        self.folder, self.name = folder, name
        self.root, self.next_root = p.Key(), p.Key()
        self.keys = {use: p.Key() for use in ("statement", "log", "exercise")}
        self.persons = {person: p.Key() for person in persons}
        self.tls = TlsKey(folder, name)
        self.log, self.epoch = p.Log(), f"1-{p.secrets.token_hex(16)}"
        self.issued = p.now(-60)
        self.about = {"kind": kind, "country": country, "endpoints": [], "single_signatory": len(persons) == 1, "version": 1}
        self.held, self.read = [], 0  # every statement that others gave us; how many of them a test has looked at
        self.taking = threading.Lock()
        self.documents = {}  # agreements by id
        self.id = p.party_id(self.root.public)

    # --- who we are

    def descriptor(self, root=None, **changes):
        value = {"spec": p.SPEC, "type": "descriptor", "party": self.id, "issued": self.issued, "expires": p.now(86_400 * 300)[:10] + "T00:00:00.000000Z",
                 "name": {"en": self.name}, "sectors": [], "witness": False, "retired": [], "root": self.root.text(),
                 "limits": {"statement_bytes": 1 << 20, "delivery_bytes": 1 << 23, "statements_per_minute": 6000}, "log": {"epoch": self.epoch},
                 "next_root": p.b64u(p.sha256(self.next_root.public)), "root_chain": [],
                 "keys": {"tls": [self.tls.pin], **{use: key.text() for use, key in self.keys.items()}},
                 "signatories": [{"name": name, "display_name": f"Person {name}", "key": key.text(), "since": self.issued} for name, key in self.persons.items()],
                 **self.about, **changes}
        return p.sign(root or self.root, "descriptor", p.canonical(value))

    def invitation(self):
        return p.invitation(self.descriptor())

    # --- what we say

    def say(self, kind, body, agreement=None, objects=None, /, key=None, **members):
        """A statement, signed, and a leaf of our log. Members given by name stand in place of the usual ones; None leaves one out."""
        value = {"spec": p.SPEC, "id": p.uuid7(), "author": self.id, "time": p.now(), "kind": kind,
                 "agreement": {"id": agreement, "terms": p.b64u(p.sha256(p.canonical(self.documents[agreement]["terms"])))} if agreement else None,
                 "handling": HANDLING if agreement else CONTROL_HANDLING, "realm": "real", "thread": None, "in_reply_to": None, "supersedes": None, "urgency": None,
                 "reply_within": None, "legal_note": None, "nonce": p.b64u(p.secrets.token_bytes(32)), "body": body, "objects": objects, **members}
        return self.say_bytes(p.compact({member: part for member, part in value.items() if part is not None}), key)

    def say_bytes(self, payload, key=None):
        signed = p.sign(key or self.keys["statement"], "statement", payload)
        return Said(signed, self.log.append(signed.digest))

    def agree(self, document):
        """Our signed word for an agreement; all our signatories approve."""
        self.documents[document["id"]] = document
        return self.say("agreement", {"document": document, "approvals": [p.approve(key, person, document) for person, key in self.persons.items()]})

    def confirm(self, retraction):
        """That we hold nothing any more of what this statement takes back; we have told nobody else."""
        return self.say("ack", {"of": "retract", "applied": True, "onward_holders": 0, "onward_confirmed": 0}, in_reply_to=p.b64u(retraction.digest))

    # --- what we hand over

    def envelope(self, peer, said, agreement="", key=None, **changes):
        stream = peer.out.setdefault(agreement, Stream())
        value = {"spec": p.SPEC, "type": "envelope", "sender": self.id, "recipient": peer.party, "stream": {"epoch": self.epoch, "agreement": agreement},
                 "first": stream.position, "statements": [p.b64u(one.digest) for one in said], "previous": p.b64u(stream.previous) if stream.previous else None,
                 "basis": "direct", "readers": [], **changes}
        return p.sign(key or self.keys["statement"], "envelope", p.compact({member: part for member, part in value.items() if part is not None}))

    def checkpoint(self, log=None, key=None):
        log = log or self.log
        return "C", "", p.checkpoint(key or self.keys["log"], p.note_name(self.id, self.epoch), len(log.hashes), log.root())

    def consistency(self, peer, log=None):
        log = log or self.log
        if not 0 < peer.proved_to < len(log.hashes):
            return []
        hashes = log.consistency(peer.proved_to, len(log.hashes))
        return [("P", "", p.compact({"epoch": self.epoch, "from": peer.proved_to, "to": len(log.hashes), "hashes": [p.b64u(one) for one in hashes]}))]

    def inclusion(self, said, log=None):
        log = log or self.log
        hashes = log.inclusion(said.index, len(log.hashes))
        return "P", "", p.compact({"statement": p.b64u(said.digest), "epoch": self.epoch, "index": said.index, "size": len(log.hashes), "hashes": [p.b64u(one) for one in hashes]})

    def records(self, peer, said, envelope, log=None, descriptor=None):
        """A delivery: C, D, P, then each statement with its proof, then the envelope."""
        out = [self.checkpoint(log), p.record("D", descriptor or self.descriptor()), *self.consistency(peer, log)]
        for one in said:
            out += [p.record("S", one.signed), self.inclusion(one, log)]
        return [*out, p.record("E", envelope)] if envelope else out

    def pass_on(self, peer, author, said, agreement):
        """(envelope, records) of a statement by another party of these tests: with its descriptor, and its own proof and checkpoint."""
        envelope = self.envelope(peer, [said], agreement, basis="onward")
        proof = p.compact({**p.parse(author.inclusion(said)[2]), "checkpoint": author.checkpoint()[2].decode()})
        theirs = [p.record("S", said.signed), ("P", "", proof), p.record("D", author.descriptor())]
        return envelope, [*self.records(peer, [], None), *theirs, p.record("E", envelope)]

    def deliver(self, peer, *said, agreement=""):
        """All that was said, in one envelope. Returns the receipt; raises Error where the node refuses."""
        envelope = self.envelope(peer, said, agreement)
        [receipt] = self.hand_over(peer, self.records(peer, said, envelope))
        self.was_received(peer, receipt, envelope)
        peer.proved_to = len(self.log.hashes)
        return receipt

    def hand_over(self, peer, records):
        status, body = self.request(peer, "POST", DELIVER, p.pack(records))
        if status != 200:
            raise Error(status, body)
        answer = p.unpack(body)
        p.check(all(kind in "DRC" for kind, _, _ in answer), "an answer of receipts")
        for kind, jws, payload in answer:
            if kind == "D":
                peer.learn(p.Signed(payload, jws))
        return [p.Signed(payload, jws) for kind, jws, payload in answer if kind == "R"]

    def was_received(self, peer, receipt, envelope):
        """Checks a receipt against the envelope that it is for (section 7), and goes on behind it."""
        sealed, value = envelope.value, receipt.verify(peer.key("statement"), "receipt")
        digests = b"".join(map(p.from_b64u, sealed["statements"]))
        expected = {"spec": p.SPEC, "type": "receipt", "sender": self.id, "recipient": peer.party, "stream": sealed["stream"], "from": sealed["first"],
                    "to": sealed["first"] + len(sealed["statements"]) - 1, "statements": p.b64u(p.sha256(digests)), "envelope": p.b64u(envelope.digest)}
        p.check({member: value.get(member) for member in expected} == expected, f"a receipt for something else: {value}")
        stream = peer.out.setdefault(sealed["stream"]["agreement"], Stream())
        if value["to"] >= stream.position:
            stream.position, stream.previous = value["to"] + 1, envelope.digest

    # --- what we take

    def pull(self, peer):
        """Asks the peer once for what waits there; returns the statements, after the receipt has gone."""
        status, body = self.request(peer, "GET", PULL)
        if status == 204:
            return []
        if status != 200:
            raise Error(status, body)
        taken, answers = self.take(peer, body)
        status, answer = self.request(peer, "POST", RECEIPTS, p.pack(answers))
        if status != 204:
            raise Error(status, answer)
        return taken

    def refuse(self, peer, code, id, **more):
        """Answers what was pulled with an error (section 11); digests in it are hexadecimal."""
        body = json.dumps({"error": {"code": code, "id": id, "args": [], **more}}).encode()
        status, answer = self.request(peer, "POST", RECEIPTS, body, {"Content-Type": "application/json"})
        if status != 204:
            raise Error(status, answer)

    def pull_all(self, peer):
        taken = []
        while more := self.pull(peer):
            taken += more
        return taken

    def take(self, peer, body):
        """(new statements, records to answer with) of a delivery; nothing of it is kept where anything does not hold."""
        with self.taking:
            return self._take(peer, body)

    def _take(self, peer, body):
        records = p.unpack(body)
        descriptor = next(p.Signed(payload, jws) for kind, jws, payload in records if kind == "D")
        peer.learn(descriptor)
        statements = [p.Signed(payload, jws) for kind, jws, payload in records if kind == "S"]
        envelopes = [p.Signed(payload, jws) for kind, jws, payload in records if kind == "E"]
        proofs = [p.parse(payload) for kind, _, payload in records if kind == "P"]
        [note] = [payload for kind, _, payload in records if kind == "C"]
        size, root = p.read_checkpoint(note, p.note_name(peer.party, peer.epoch), peer.key("log"))
        follows = self.follows(peer, size, root, [one for one in proofs if "statement" not in one])
        proofs = {one["statement"]: one for one in proofs if "statement" in one}
        for one in statements:
            self.check_statement(peer, one)
            proof = proofs.get(p.b64u(one.digest))
            p.check(proof is not None and proof["epoch"] == peer.epoch and proof["size"] == size, "a statement without proof")
            found = p.root_by_inclusion(p.leaf_hash(one.digest), proof["index"], size, [p.from_b64u(hash) for hash in proof["hashes"]])
            p.check(found == root, "the statement is not in the log")
        answers = [p.record("R", self.receipt(peer, one, {p.b64u(s.digest) for s in statements})) for one in envelopes]
        peer.verified = follows
        if follows:
            peer.proved = (size, root, note)
        else:
            answers.append(("C", "", peer.proved[2]))  # it proves from there the next time
        known = {one.digest for one in self.held}
        new = [one for one in statements if one.digest not in known]
        self.held += new
        for one in new:
            if one.value["kind"] == "agreement":
                document = one.value["body"]["document"]
                p.check(document["id"] == p.agreement_id(document["parties"], document["nonce"]), "the id is not made of the parties")
                self.documents[document["id"]] = document
        return new, answers

    def follows(self, peer, size, root, proofs):
        """Whether this checkpoint is proved to continue the one that was proved last (section 12)."""
        old, old_root, _ = peer.proved
        p.check(size >= old, "an older checkpoint than the one that was proved")
        if size == old or not old:
            p.check(not old or root == old_root, "two histories of one size")
            return True
        for one in proofs:
            if (one["epoch"], one["from"], one["to"]) == (peer.epoch, old, size):
                return p.roots_by_consistency(old, size, [p.from_b64u(hash) for hash in one["hashes"]], old_root) == (old_root, root)
        return False

    def check_statement(self, peer, signed):
        value = signed.value
        p.check(value["spec"] == p.SPEC and value["author"] == peer.party, "a statement of somebody else")
        signed.verify(peer.key("statement" if value["realm"] == "real" else "exercise"), "statement")
        if agreement := value.get("agreement"):
            terms = p.b64u(p.sha256(p.canonical(self.documents[agreement["id"]]["terms"])))
            p.check(agreement["terms"] == terms, "other terms than those that both signed")

    def receipt(self, peer, envelope, there):
        """The receipt for an envelope; the same one again for the same envelope."""
        value = envelope.verify(peer.key("statement"), "envelope")
        if envelope.digest in peer.receipts:
            return peer.receipts[envelope.digest]
        p.check((value["sender"], value["recipient"]) == (peer.party, self.id), "an envelope for somebody else")
        p.check(value["stream"]["epoch"] == peer.epoch and set(value["statements"]) <= there, "an envelope of another epoch, or of what is not here")
        stream = peer.into.setdefault((value["stream"]["agreement"], value["stream"].get("recovery")), Stream())
        p.check(value["first"] == stream.position, "a gap")
        p.check(value.get("previous") == (p.b64u(stream.previous) if stream.previous else None), "another envelope went before")
        stream.position, stream.previous = value["first"] + len(value["statements"]), envelope.digest
        digests = b"".join(map(p.from_b64u, value["statements"]))
        given = p.sign(self.keys["statement"], "receipt", p.compact({
            "spec": p.SPEC, "type": "receipt", "sender": peer.party, "recipient": self.id, "stream": value["stream"], "from": value["first"],
            "to": stream.position - 1, "statements": p.b64u(p.sha256(digests)), "envelope": p.b64u(envelope.digest)}))
        peer.receipts[envelope.digest] = given
        return given

    # --- the line

    def connect(self, peer, tls=None, timeout=30):
        """A connection on which the other side has shown a key of its descriptor."""
        host, port = peer.address.rsplit(":", 1)
        line = http.client.HTTPSConnection(host, int(port), context=(tls or self.tls).context(ssl.PROTOCOL_TLS_CLIENT), timeout=timeout)
        line.connect()
        p.check(pin(line.sock.getpeercert(binary_form=True)) in peer.descriptor["keys"]["tls"], "the other side has another key")
        return line

    def request(self, peer, method, path, body=None, headers=None, tls=None):
        with contextlib.closing(self.connect(peer, tls)) as line:
            line.request(method, path, body, {"Content-Type": "application/tocsin-records", **(headers or {})} if body is not None else {})
            answer = line.getresponse()
            return answer.status, answer.read()

    def listen(self, peer, port):
        """Lets this peer call us; what it delivers is taken as what is pulled. Returns a function that ends it."""
        context = self.tls.context(ssl.PROTOCOL_TLS_SERVER)
        with contextlib.closing(self.connect(peer)) as line:  # Python shows a client's certificate only where it trusts it
            context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(line.sock.getpeercert(binary_form=True)))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_mode = ssl.CERT_REQUIRED
        party = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, answer = 200, p.pack(party.take(peer, body)[1] if self.path == DELIVER else [])
                except p.Refused as wrong:
                    status, answer = 400, json.dumps({"error": {"code": "malformed", "id": "peer.refused", "args": [str(wrong)]}}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                self.send_response(204)  # nothing waits: we deliver ourselves
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a caller without our peer's key is no caller
                pass

        server = Server(("127.0.0.1", port), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def end():
            server.shutdown()
            server.server_close()

        return end
