"""What scripts/newest-torch says where it cannot have PyTorch; tests/python runs the real one."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/newest-torch"
TO_HAVE_IT = "; to have it, run: scripts/newest-torch\n"


class NewestTorch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        # What makes virtual environments, and cannot.
        (self.folder / "venv.py").write_text('raise SystemExit("no room")\n')

    def run_script(self, *arguments):
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder),
                       "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("EVENKEEL_EVERYTHING", None)
        run = subprocess.run([sys.executable, SCRIPT, *arguments], env=environment, text=True,
                             capture_output=True, check=False)
        return run.returncode, run.stdout, run.stderr

    def test_by_hand_it_fails_and_says_why(self):
        status, out, err = self.run_script()
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, "^scripts/newest-torch: [^\n]*room[^\n]*\n$")

    def test_a_test_is_skipped_and_hears_how_to_have_it(self):
        for arguments, reason in [(("--within", "60"), "room"), (("--within", "0"), "PyTorch|room"),
                                  (("--run", "-c", ""), "PyTorch .* is not there")]:
            status, out, err = self.run_script(*arguments)
            self.assertEqual((status, err), (77, ""), arguments)
            self.assertRegex(out, f"^SKIPPED: [^\n]*({reason})[^\n]*{TO_HAVE_IT}$")

    def test_the_help_describes_every_option(self):
        status, out, _ = self.run_script("--help")
        self.assertEqual(status, 0)
        for option, described in [("--within SECONDS", "give up"), ("--run .*", "run its Python")]:
            self.assertRegex(out, rf"\n  {option}\s+{described}")


if __name__ == "__main__":
    unittest.main()
