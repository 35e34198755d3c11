"""Every script says what it is for when it is asked with --help."""

import os
import subprocess
import unittest

from small_repository import SCRIPTS


class Usage(unittest.TestCase):
    def test_help_shows_how_to_call_a_script(self):
        scripts = [path for path in SCRIPTS.rglob("*")
                   if path.is_file() and os.access(path, os.X_OK)]
        self.assertGreater(len(scripts), 20)
        for path in sorted(scripts):
            with self.subTest(script=path):
                asked = subprocess.run([path, "--help"], capture_output=True, text=True,
                                       check=False, timeout=20, cwd="/")
                self.assertEqual((asked.returncode, asked.stderr), (0, ""))
                self.assertIn(path.name, asked.stdout)
                self.assertNotIn("set -e", asked.stdout)


if __name__ == "__main__":
    unittest.main()
