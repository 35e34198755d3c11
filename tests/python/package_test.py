"""The client can be installed, by pip and by CMake, and is then found whole."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["EVENKEEL_SOURCE"])
LOOK = """
import importlib.metadata, json, os, evenkeel
try:
    version = importlib.metadata.version("evenkeel")
except importlib.metadata.PackageNotFoundError:
    version = None
print(json.dumps([os.path.dirname(evenkeel.__file__), version]))
"""


def package_files(folder):
    """The files of a package, but for what Python writes by itself."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*")
                  if path.is_file() and "__pycache__" not in path.parts)


class Package(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def look(self, target):
        """Imports what lies under the target, and nothing else of ours."""
        said = subprocess.run(
            [sys.executable, "-c", LOOK], cwd=self.folder, check=True, text=True,
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(target)}).stdout
        folder, version = json.loads(said)
        self.assertEqual(folder, str(target / "evenkeel"))
        source = package_files(SOURCE / "src/python/evenkeel")
        self.assertEqual(package_files(folder), source)
        self.assertIn("py.typed", source)
        return version

    def test_pip_installs_it(self):
        copy = self.folder / "source"  # setuptools writes beside the sources
        copy.mkdir()
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(SOURCE / name, copy)
        shutil.copytree(SOURCE / "src/python", copy / "src/python",
                        ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        target = self.folder / "target"
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index",
                        "--no-build-isolation", "--no-deps", "--disable-pip-version-check",
                        "--root-user-action", "ignore", "--target", target, copy], check=True)
        self.assertEqual(self.look(target), os.environ["EVENKEEL_VERSION"])

    def test_cmake_installs_it(self):
        subprocess.run([os.environ["EVENKEEL_CMAKE"], "--install", os.environ["EVENKEEL_BUILD"],
                        "--component", "python", "--prefix", self.folder / "prefix"],
                       check=True, stdout=subprocess.DEVNULL)
        self.look(self.folder / "prefix/lib/python3/dist-packages")


if __name__ == "__main__":
    unittest.main()
