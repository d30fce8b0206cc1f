#!/usr/bin/env python3
"""The same story on what others published: Talos reports, ATT&CK, lists of indicators, a real day of Zeek logs."""

import unittest

from support import Nodes, data_folder
from test_story import CHAPTERS, play


class StoryOnRealData(unittest.TestCase):
    def test_every_step_happens(self):
        data = data_folder()
        if not (data / "stix-real/talos").is_dir():
            self.skipTest(f"{data} holds no real data; TOCSIN_DATA names a folder that does")
        with Nodes() as folder:
            account = play(self, folder.folder, "--data", str(data))
        self.assertEqual(len(account["steps"]), CHAPTERS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
