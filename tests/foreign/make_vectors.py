#!/usr/bin/env python3
"""Writes testdata/protocol/vectors.json: signatures, ids and numbers of docs/protocol.md, made without any code of tocsin
(hashlib for SHA-256, the openssl program for Ed25519). Run it when the protocol gains a vector; the file is committed."""
import base64, hashlib, json, os, subprocess, sys, tempfile, uuid

PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # PKCS #8 of an Ed25519 seed


def b64u(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


class Key:
    def __init__(self, seed):
        self.seed, self.folder = seed, tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "key.der")
        with open(self.path, "wb") as out:
            out.write(PREFIX + seed)
        self.public = openssl("pkey", "-inform", "DER", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        jwk = '{"crv":"Ed25519","kty":"OKP","x":"%s"}' % b64u(self.public)
        self.thumbprint = hashlib.sha256(jwk.encode()).digest()
        self.party = base64.b32encode(self.thumbprint).decode().lower().rstrip("=")

    def sign(self, message):
        path = os.path.join(self.folder, "message")
        with open(path, "wb") as out:
            out.write(message)
        return openssl("pkeyutl", "-sign", "-keyform", "DER", "-inkey", self.path, "-rawin", "-in", path)


def signed(key, typ, payload):
    header = '{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"%s","typ":"tocsin-%s"}' % (b64u(key.thumbprint), typ)
    encoded = b64u(header.encode())
    signature = key.sign(encoded.encode() + b"." + payload)
    return {"type": typ, "payload": payload.decode(), "jws": encoded + ".." + b64u(signature),
            "digest": hashlib.sha256(payload + signature).hexdigest()}


def verification_number(a, b):
    first, second = sorted([a, b], key=lambda key: key.party)
    text = b"tocsin-verification/1\n" + first.party.encode() + first.public + second.party.encode() + second.public
    return "%060d" % (int.from_bytes(hashlib.sha256(text).digest(), "big") % 10**60)


def agreement_id(parties, nonce):
    named = json.dumps({"nonce": nonce, "parties": sorted(parties)}, separators=(",", ":"))
    return str(uuid.UUID(bytes=with_version(hashlib.sha256(b"tocsin-agreement-id/1\n" + named.encode()).digest()[:16])))


def with_version(raw):  # 8 and the variant of RFC 9562
    number = int.from_bytes(raw, "big") & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62
    return number.to_bytes(16, "big")


def main():
    a, b = Key(bytes(range(32))), Key(bytes(range(32, 64)))
    vectors = {
        "keys": [{"seed": k.seed.hex(), "public": k.public.hex(), "thumbprint": b64u(k.thumbprint), "party": k.party} for k in (a, b)],
        "signed": [signed(a, typ, payload) for typ, payload in
                   (("statement", b'{"spec":"tocsin/1"}'), ("envelope", b"{}"), ("receipt", '{"ghi chú":"Đà Nẵng"}'.encode()))],
        "verification_number": verification_number(a, b),
        "agreement_id": {"nonce": bytes(range(16)).hex(), "id": agreement_id([a.party, b.party], bytes(range(16)).hex())},
        "approval": {"document": "00" * 32, "signature": a.sign(b"tocsin-approval/1\n" + bytes(32)).hex()},
    }
    target = os.path.join(os.path.dirname(__file__), "..", "..", "testdata", "protocol", "vectors.json")
    with open(target, "w", encoding="utf-8") as out:
        json.dump(vectors, out, indent=1, ensure_ascii=False)
        out.write("\n")


if __name__ == "__main__":
    sys.exit(main())
