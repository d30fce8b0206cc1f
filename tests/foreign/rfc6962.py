"""The Merkle tree of RFC 6962 section 2.1 in its recursive form, on purpose unlike src/formats/merkle: for the verifiers beside
this file, and for the protocol in Python (tests/peer)."""
import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


class Refused(Exception):
    """A check that does not hold; its text says which."""


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def split(size):
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)


def tree_hash(hashes):
    """MTH of RFC 6962 over leaf hashes (or over the roots of equal, complete subtrees)."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node_hash(tree_hash(hashes[:k]), tree_hash(hashes[k:]))


def root_by_inclusion(leaf, index, size, proof):
    if not 0 <= index < size:
        raise Refused(f"inclusion: index {index} is outside of {size} leaves")
    if size == 1:
        if proof:
            raise Refused("inclusion: the proof is too long")
        return leaf
    if not proof:
        raise Refused("inclusion: the proof is too short")
    k = split(size)
    if index < k:
        return node_hash(root_by_inclusion(leaf, index, k, proof[:-1]), proof[-1])
    return node_hash(proof[-1], root_by_inclusion(leaf, index - k, size - k, proof[:-1]))


def roots_by_consistency(old, new, proof, old_root, whole=True):
    """(old root, new root) as the proof implies them; `whole` while the old tree is the left edge of this subtree."""
    if old == new:
        expected = 0 if whole else 1
        if len(proof) != expected:
            raise Refused("consistency: the proof has the wrong length")
        seed = old_root if whole else proof[0]
        return seed, seed
    if not proof:
        raise Refused("consistency: the proof is too short")
    k = split(new)
    if old <= k:
        left_old, left_new = roots_by_consistency(old, k, proof[:-1], old_root, whole)
        return left_old, node_hash(left_new, proof[-1])
    right_old, right_new = roots_by_consistency(old - k, new - k, proof[:-1], old_root, False)
    return node_hash(proof[-1], right_old), node_hash(proof[-1], right_new)
