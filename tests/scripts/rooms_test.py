"""The rooms of src, and who links whom."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import source_tree  # noqa: E402: found by the line above


class Rooms(unittest.TestCase):
    def setUp(self):
        self.links = source_tree.room_links()

    def reached(self, room):
        """All that a room links, itself or by another room."""
        found, open_rooms = set(), [room]
        while open_rooms:
            for name in self.links[open_rooms.pop()] - found:
                found.add(name)
                if name in self.links:
                    open_rooms.append(name)
        return found

    def test_no_room_links_itself_by_another(self):
        for room in self.links:
            self.assertNotIn(room, self.reached(room))

    def test_simulation_and_options_need_neither_mpi_nor_sqlite(self):
        for room in ("simulation", "job", "report"):
            reached = self.reached(room)
            self.assertIn("coordinator", reached)
            self.assertFalse(reached & {"MPI::MPI_CXX", "SQLiteCpp", "transport", "ledger",
                                        "session", "agent"}, room)
        self.assertLess({"MPI::MPI_CXX", "SQLiteCpp"}, self.reached("session"))  # they are seen


if __name__ == "__main__":
    unittest.main()
