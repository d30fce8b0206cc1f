#!/usr/bin/env python3
"""The story of `./dev run`, from beginning to end, on made-up telemetry."""

import gzip
import json
import subprocess
import sys
import unittest

from support import SOURCE, Nodes, nodes

import materials  # of tools/, which support has made known

CHAPTERS = 7


def play(test, folder, *options):
    """Plays it to the end; returns what stood in its account."""
    report = folder / "report.json"
    done = subprocess.run([sys.executable, SOURCE / "tools/story.py", "--binary", nodes.default_binary(), "--folder", folder / "play", "--exit-after", "0",
                           "--report", report, *options], capture_output=True, text=True, timeout=850)
    print(done.stdout[-6000:], flush=True)
    logs = "".join(f"\n--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]) for log in sorted((folder / "play").glob("*.log")))
    test.assertEqual(done.returncode, 0, done.stderr + (logs if done.returncode else ""))
    return json.loads(report.read_text())


class Story(unittest.TestCase):
    def setUp(self):
        self.nodes = Nodes()  # only for its folder
        self.addCleanup(self.nodes.__exit__, None, None, None)

    def test_every_step_happens(self):
        account = play(self, self.nodes.folder)
        self.assertEqual(len(account["steps"]), CHAPTERS)
        for step in account["steps"]:
            self.assertTrue(step["events"], step)
        words = json.dumps(account)
        self.assertIn("confirmed by 2 of 2 holders", words)
        self.assertNotIn("{0}", words, "a sentence lacks its arguments")

    def test_another_seed_tells_the_same_story(self):
        account = play(self, self.nodes.folder, "--seed", "4711", "--lines", "3000")
        self.assertEqual(len(account["steps"]), CHAPTERS)

    def test_is_told_on_the_files_of_a_folder(self):
        """Bundles, lists and logs are known by what stands in them, wherever they lie and however they are packed."""
        folder = self.nodes.folder / "feeds"
        for part in ("days/first", "days/second", "reports"):
            (folder / part).mkdir(parents=True)
        made = self.nodes.folder / "made"
        made.mkdir()
        material = materials.made_up(made, seed=29, lines=3000)
        for number, (file, _) in enumerate(material.shared):
            file.rename(folder / "reports" / f"{number}.download")
        for number, log in enumerate(material.hospital_logs):
            with gzip.open(folder / "days" / ("first" if number % 2 else "second") / f"{number}.gz", "wb") as out:
                out.writelines(materials.lines_of(log))
        (folder / "README.md").write_text("# What lies here\n\nNothing of this page is an indicator: 192.0.2.77\n")
        (folder / "broken.json").write_text('{"type": "bun')
        account = play(self, self.nodes.folder, "--data", str(folder))
        self.assertEqual(len(account["steps"]), CHAPTERS)
        self.assertIn(f"1 STIX bundles, 1 lists of indicators and {len(material.hospital_logs)} logs", account["material"])

    def test_a_folder_without_logs_is_said_plainly(self):
        folder = self.nodes.folder / "feeds"
        folder.mkdir()
        (folder / "list.txt").write_text("evil.example\n192.0.2.1\n")
        done = subprocess.run([sys.executable, SOURCE / "tools/story.py", "--binary", nodes.default_binary(), "--data", str(folder)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("holds no Zeek or Suricata log", done.stderr)

    def test_a_missing_program_is_said_plainly(self):
        done = subprocess.run([sys.executable, SOURCE / "tools/story.py", "--binary", "/nowhere/tocsin"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/tocsin is not there", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
