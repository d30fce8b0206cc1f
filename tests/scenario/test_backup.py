#!/usr/bin/env python3
"""Backup and restore of a large node: memory that does not grow with it, kill -9 and full disks in the middle."""

import os
import re
import shutil
import sqlite3
import subprocess
import unittest
from pathlib import Path

from support import Scenario, wait_until

PASSPHRASE = "a passphrase for backups"
FILLING_MB = 300
# Argon2id takes 64 MiB of these for a moment, the database's caches some; what is sealed is five times as large.
COMMAND_MB = 160
GROWTH_MB = 32


def peak_mb(process):
    """What the process has held at most."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text()).group(1)) / 1024


class Backup(Scenario):
    def setUp(self):
        super().setUp()
        self.here = self.nodes.folder
        self.passphrase = self.here / "backup-passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")

    def fill(self, node, megabytes=FILLING_MB):
        """Rows that nothing can compress, in a table that the node does not know."""
        with sqlite3.connect(node.folder / "tocsin.db", timeout=60) as database:
            database.execute("CREATE TABLE filling (bytes BLOB)")
            for _ in range(megabytes):
                database.execute("INSERT INTO filling VALUES (randomblob(1000000))")
        database.close()

    def digest_of_filling(self, folder):
        with sqlite3.connect(f"file:{folder}/tocsin.db?mode=ro", uri=True) as database:
            return database.execute("SELECT COUNT(*), SUM(length(bytes)), group_concat(hex(substr(bytes, 500, 8))) FROM filling").fetchone()

    def begin(self, node, *arguments):
        return subprocess.Popen([node.binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def backup(self, node, file):
        return self.begin(node, "backup", "--data", node.folder, "--out", file, "--passphrase-file", self.passphrase)

    def restore(self, node, file, folder):
        root = self.here / "root-passphrase"
        root.write_text(node.root_passphrase + "\n")
        return self.begin(node, "restore", "--data", folder, "--from", file, "--root-file", f"{node.folder}-root.sealed",
                          "--passphrase-file", self.passphrase, "--root-passphrase-file", root)

    def ended(self, process):
        """Exit code, standard error, and the most memory it held, in MB."""
        error = process.stderr.read().decode()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, error, usage.ru_maxrss / 1024

    def succeed(self, process):
        code, error, peak = self.ended(process)
        self.assertEqual(code, 0, error)
        return peak

    def assert_serves_nothing(self, folder):
        for candidate in (folder, folder / "restoring"):
            self.assertFalse((candidate / "tocsin.db").exists(), candidate)

    def test_memory_does_not_grow_with_the_database(self):
        node = self.node("large")
        self.succeed(self.backup(node, self.here / "small.sealed"))  # Argon2id has had its 64 MiB
        self.fill(node)
        before = peak_mb(node.process)
        large = self.here / "large.sealed"
        peaks = {"backup": self.succeed(self.backup(node, large))}
        growth = peak_mb(node.process) - before
        self.assertGreater(large.stat().st_size, FILLING_MB * 1_000_000)
        self.assertEqual(large.stat().st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(node.folder / "backup.tmp"), [], "what the node has sent, it keeps no longer")
        held = self.digest_of_filling(node.folder)
        node.stop()
        peaks["backup, none serves"] = self.succeed(self.backup(node, self.here / "alone.sealed"))
        self.assertGreater((self.here / "alone.sealed").stat().st_size, FILLING_MB * 1_000_000)
        again = self.here / "again"
        peaks["restore"] = self.succeed(self.restore(node, large, again))
        self.assertEqual(set(os.listdir(again)), {"keys", "lock", "node.toml", "tocsin.db"})
        self.assertEqual(self.digest_of_filling(again), held)
        print(f"the node grew by {growth:.1f} MB; at most: " + ", ".join(f"{name} {peak:.0f} MB" for name, peak in peaks.items()), flush=True)
        self.assertLess(growth, GROWTH_MB)
        for name, peak in peaks.items():
            self.assertLess(peak, COMMAND_MB, name)

    def test_a_restore_that_was_killed_leaves_no_node_and_can_be_repeated(self):
        node = self.node("large")
        self.fill(node, 100)
        file = self.here / "large.sealed"
        self.succeed(self.backup(node, file))
        held = self.digest_of_filling(node.folder)
        node.stop()
        target = self.here / "target"
        for bytes_before in (0, 30_000_000, 90_000_000):
            process = self.restore(node, file, target)
            half_made = target / "restoring/tocsin.db.restoring.new"
            wait_until("the restore has come so far", lambda: half_made.exists() and half_made.stat().st_size >= bytes_before or process.poll() is not None, every=0.002)  # noqa: B023
            process.kill()
            process.stderr.close()
            self.assertNotEqual(process.wait(), 0, "the restore ended before it was killed")
            self.assert_serves_nothing(target)
            for folder in (target, target / "restoring"):
                code, _, _ = node.run("serve", "--data", folder, check=False, timeout=60)
                self.assertNotEqual(code, 0)
        self.succeed(self.restore(node, file, target))
        self.assertEqual(set(os.listdir(target)), {"keys", "lock", "node.toml", "tocsin.db"})
        self.assertEqual(self.digest_of_filling(target), held)
        code, error, _ = self.ended(self.restore(node, file, target))
        self.assertEqual(code, 1, "a node is never overwritten")
        self.assertIn("not empty", error)
        self.assertEqual(self.digest_of_filling(target), held)

    def test_a_backup_whose_node_was_killed_does_not_appear(self):
        node = self.node("large")
        self.fill(node, 100)
        file = self.here / "large.sealed"
        process = self.backup(node, file)
        making = node.folder / "backup.tmp"
        wait_until("the node is making the copy", lambda: making.exists() and os.listdir(making), every=0.002)
        node.kill()
        code, error, _ = self.ended(process)
        self.assertNotEqual(code, 0)
        self.assertTrue(error.strip())
        self.assertEqual([name for name in os.listdir(self.here) if name.startswith("large.sealed")], [])
        node.start()
        self.assertFalse(making.exists(), "what the killed one left is gone")
        self.succeed(self.backup(node, file))

    def test_a_backup_whose_command_was_killed_does_not_appear(self):
        node = self.node("large")
        self.fill(node, 100)
        file = self.here / "large.sealed"
        process = self.backup(node, file)
        unfinished = self.here / "large.sealed.new"
        wait_until("the file has begun", lambda: unfinished.exists() and unfinished.stat().st_size > 0, every=0.002)
        process.kill()
        process.stderr.close()
        self.assertNotEqual(process.wait(), 0)
        self.assertFalse(file.exists())
        wait_until("the node has given it up", lambda: not os.listdir(node.folder / "backup.tmp"))
        self.succeed(self.backup(node, file))
        self.assertFalse(unfinished.exists(), "what the killed one left is gone")

    def on_a_small_disk(self, command):
        """Runs a shell command with a disk of 20 MB at $DISK. Its output."""
        disk = self.here / "disk"
        disk.mkdir(exist_ok=True)
        mount = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
        if not shutil.which("unshare") or subprocess.run([*mount, f"mount -t tmpfs -o size=20m tmpfs {disk}"], capture_output=True).returncode != 0:
            self.skipTest("no disk of its own can be mounted here")
        return subprocess.run([*mount, f"mount -t tmpfs -o size=20m tmpfs {disk} && {command}"], capture_output=True, text=True,
                              env={**os.environ, "DISK": str(disk)}, timeout=300)

    def test_a_full_disk_is_said_and_leaves_nothing(self):
        node = self.node("large")
        self.fill(node, 40)
        file = self.here / "large.sealed"
        self.succeed(self.backup(node, file))
        said = self.on_a_small_disk(f"{node.binary} backup --data {node.folder} --out $DISK/b.sealed --passphrase-file {self.passphrase}; echo code $?; ls -A $DISK")
        self.assertIn("No space left on device", said.stderr)
        self.assertEqual(said.stdout, "code 1\n")
        root = self.here / "root-passphrase"
        root.write_text(node.root_passphrase + "\n")
        said = self.on_a_small_disk(f"{node.binary} restore --data $DISK/node --from {file} --root-file {node.folder}-root.sealed --passphrase-file {self.passphrase}"
                                    f" --root-passphrase-file {root}; echo code $?; ls -A $DISK")
        self.assertIn("No space left on device", said.stderr)
        self.assertEqual(said.stdout, "code 1\n")
        # The data folder itself: nothing serves it here, so the command makes the backup.
        node.stop()
        small = self.node("small")
        small.stop()
        said = self.on_a_small_disk(f"cp -r {small.folder} $DISK/node && (head -c 30M /dev/zero >$DISK/filling; truncate -s -300K $DISK/filling) 2>/dev/null; {small.binary} backup --data $DISK/node --out {self.here}/s.sealed"
                                    f" --passphrase-file {self.passphrase}; echo code $?; ls -A $DISK/node/backup.tmp")
        self.assertTrue(said.stderr.strip())
        self.assertEqual(said.stdout, "code 1\n", said.stderr)
        self.assertFalse((self.here / "s.sealed").exists() or (self.here / "s.sealed.new").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
