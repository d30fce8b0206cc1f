#!/usr/bin/env python3
"""Checks a tocsin log without tocsin: Python's standard library, and the openssl command for Ed25519.

    verify_log.py --key VERIFIER_KEY FOLDER [--inclusion PROOF.json] [--consistency PROOF.json]

FOLDER holds what a log serves by C2SP tlog-tiles: `checkpoint`, `tile/0/...` and, where the log has them, the upper
levels and `tile/entries/...`. VERIFIER_KEY is the C2SP text "name+hash+base64". Checked are: the signature of the
checkpoint, every entry against its leaf hash, every upper tile against the tiles below it, and the root over all leaf
hashes against the checkpoint. Then, where given, one proof of each kind against the same checkpoint:

    inclusion:   {"leaf": hex of the leaf hash, or "entry": hex of the entry, "index": n, "size": n, "proof": [hex...]}
    consistency: {"from": n, "from_root": hex, "to": n, "proof": [hex...]}

Prints one line for each check. Exit 0: all hold. Exit 1: one does not. Exit 2: wrong use.
Written from RFC 6962 section 2.1 in its recursive form, on purpose unlike src/formats/merkle.
"""
import argparse
import base64
import json
import pathlib
import sys

import openssl_ed25519
from rfc6962 import Refused, leaf_hash, node_hash, root_by_inclusion, roots_by_consistency, sha256, tree_hash

TILE_WIDTH = 256


def decode64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 is not canonical")
    return raw


class VerifierKey:
    def __init__(self, text):
        self.name, key_id, encoded = text.split("+", 2)  # base64 has plus signs, a name has none
        raw = decode64(encoded)
        if len(raw) != 33 or raw[0] != 1:
            raise ValueError("not an Ed25519 verifier key")
        self.key = raw[1:]
        self.id = sha256(self.name.encode() + b"\n" + raw)[:4]
        if self.id.hex() != key_id:
            raise ValueError("the hash in the verifier key does not belong to it")

    def verifies(self, message, signature):
        return openssl_ed25519.verifies(self.key, message, signature)


def open_checkpoint(note, key):
    """(size, root) of a signed note, or Refused."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise Refused("checkpoint: not a signed note")
    text += "\n"
    verified = False
    for line in signatures[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        raw = decode64(encoded)
        if dash != "\u2014" or name != key.name or raw[:4] != key.id:
            continue
        if not key.verifies(text.encode(), raw[4:]):
            raise Refused("checkpoint: the signature does not fit")
        verified = True
    if not verified:
        raise Refused(f"checkpoint: not signed by {key.name}")
    lines = text.split("\n")
    root = decode64(lines[2])
    if not lines[0] or str(int(lines[1])) != lines[1] or len(root) != 32:
        raise Refused("checkpoint: not a tree head")
    return int(lines[1]), root


def index_path(index):
    """1234067 -> "x001/x234/067"."""
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)


def read_tile(folder, level, index, width):
    """The bytes of a tile or entry bundle; a partial one may have been replaced by the full one. None where absent."""
    full = pathlib.Path(folder, "tile", str(level), index_path(index))
    partial = full.with_name(f"{full.name}.p") / str(width)
    for path in ([partial] if width < TILE_WIDTH else []) + [full]:
        if path.is_file():
            return path.read_bytes()
    return None


def read_hashes(folder, level, count):
    """All `count` hashes of a tile level; None where its first tile is absent."""
    out = []
    for index in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
        width = min(TILE_WIDTH, count - index * TILE_WIDTH)
        data = read_tile(folder, level, index, width)
        if data is None:
            if index == 0:
                return None
            raise Refused(f"tile/{level}/{index_path(index)}: missing")
        if len(data) % 32 != 0 or len(data) < width * 32:
            raise Refused(f"tile/{level}/{index_path(index)}: wrong length")
        out += [data[i * 32:i * 32 + 32] for i in range(width)]
    return out


def split_entries(data, width, where):
    out = []
    while data and len(out) < width:
        length = int.from_bytes(data[:2], "big")
        if len(data) < 2 + length:
            raise Refused(f"{where}: cut off")
        out.append(data[2:2 + length])
        data = data[2 + length:]
    if len(out) < width:
        raise Refused(f"{where}: {len(out)} entries, expected {width}")
    return out


def check_entries(folder, leaves):
    checked = 0
    for index in range((len(leaves) + TILE_WIDTH - 1) // TILE_WIDTH):
        width = min(TILE_WIDTH, len(leaves) - index * TILE_WIDTH)
        data = read_tile(folder, "entries", index, width)
        if data is None:
            continue
        where = f"tile/entries/{index_path(index)}"
        for i, entry in enumerate(split_entries(data, width, where)):
            if leaf_hash(entry) != leaves[index * TILE_WIDTH + i]:
                raise Refused(f"{where}: entry {index * TILE_WIDTH + i} is not the one that was logged")
            checked += 1
    return checked


def check_upper_tiles(folder, leaves):
    below, level, tiles = leaves, 1, 0
    while len(below) >= TILE_WIDTH:
        count = len(below) // TILE_WIDTH
        expected = [tree_hash(below[i * TILE_WIDTH:(i + 1) * TILE_WIDTH]) for i in range(count)]
        served = read_hashes(folder, level, count)
        if served is not None:
            for i, (mine, theirs) in enumerate(zip(expected, served)):
                if mine != theirs:
                    raise Refused(f"tile level {level}: hash {i} does not follow from the level below")
            tiles += 1
        below, level = expected, level + 1
    return tiles


def hashes_of(proof):
    out = [bytes.fromhex(text) for text in proof["proof"]]
    if any(len(item) != 32 for item in out):
        raise Refused("a proof is made of 32-byte hashes")
    return out


def main():
    parser = argparse.ArgumentParser(description="Checks a tocsin log without tocsin.")
    parser.add_argument("folder")
    parser.add_argument("--key", required=True, help="C2SP verifier key: name+hash+base64")
    parser.add_argument("--inclusion", help="JSON file with an inclusion proof")
    parser.add_argument("--consistency", help="JSON file with a consistency proof")
    args = parser.parse_args()
    sys.setrecursionlimit(10_000)
    try:
        key = VerifierKey(args.key)
        size, root = open_checkpoint(pathlib.Path(args.folder, "checkpoint").read_bytes().decode(), key)
        print(f"checkpoint: {size} leaves, signed by {key.name}")
        leaves = read_hashes(args.folder, 0, size)
        if leaves is None and size > 0:
            raise Refused("tile/0/000: missing")
        print(f"entries: {check_entries(args.folder, leaves or [])} checked")
        print(f"upper levels: {check_upper_tiles(args.folder, leaves or [])} checked")
        if tree_hash(leaves or []) != root:
            raise Refused("root: the leaves do not give the root of the checkpoint")
        print(f"root: {root.hex()}")
        if args.inclusion:
            proof = json.loads(pathlib.Path(args.inclusion).read_text())
            leaf = bytes.fromhex(proof["leaf"]) if "leaf" in proof else leaf_hash(bytes.fromhex(proof["entry"]))
            if proof["size"] != size or root_by_inclusion(leaf, proof["index"], size, hashes_of(proof)) != root:
                raise Refused("inclusion: the proof does not lead to the root of the checkpoint")
            print(f"inclusion: leaf {proof['index']} holds")
        if args.consistency:
            proof = json.loads(pathlib.Path(args.consistency).read_text())
            old_root, hashes = bytes.fromhex(proof["from_root"]), hashes_of(proof)
            if not 0 < proof["from"] <= size or proof["to"] != size:
                raise Refused("consistency: the sizes do not fit the checkpoint")
            if roots_by_consistency(proof["from"], size, hashes, old_root) != (old_root, root):
                raise Refused("consistency: the old tree is not the beginning of the new one")
            print(f"consistency: {proof['from']} to {size} holds")
    except (Refused, ValueError, KeyError, TypeError, OSError) as problem:
        print(f"REFUSED: {problem}")
        return 1
    print("all checks hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
