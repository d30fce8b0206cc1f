"""Ed25519 by the openssl command, for the verifiers beside this file. Python's standard library has none."""
import pathlib
import subprocess
import tempfile

P = 2**255 - 19
# y of the points of order 1, 2, 4 and 8, which are no keys: anybody can sign for them.
ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826
SMALL_ORDER_Y = {0, 1, P - 1, ORDER_8_Y, P - ORDER_8_Y}


def is_key(key):
    """32 bytes, canonical, and no point of small order."""
    if len(key) != 32:
        return False
    y = int.from_bytes(key, "little") & (2**255 - 1)
    return y < P and y not in SMALL_ORDER_Y


def verifies(key, message, signature):
    if not is_key(key) or len(signature) != 64:
        return False
    der = bytes.fromhex("302a300506032b6570032100") + key  # SubjectPublicKeyInfo, RFC 8410
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in (("key", der), ("message", message), ("signature", signature)):
            paths[name] = pathlib.Path(folder, name)
            paths[name].write_bytes(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"], "-rawin",
                   "-in", paths["message"], "-sigfile", paths["signature"]]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
