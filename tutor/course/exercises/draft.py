"""The learner's file as an editor pane sees it: what was read, and whether somebody else has saved it since."""

from __future__ import annotations

from tutor.course.exercises.desk import Desk


class Draft:
    """Reads and writes the file of a desk, and knows its own writing from that of others."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: int | None = None

    def read(self) -> str:
        """The text of the file, which is made from the skeleton where there is none."""
        self._desk.start()
        self._seen = self._saved_at()
        return self._desk.work.read_text(errors="replace")

    def write(self, text: str) -> None:
        """Save `text`."""
        self._desk.save(text)
        self._seen = self._saved_at()

    def saved_outside(self) -> bool:
        """Whether the file was written since it was last read or written here."""
        return self._saved_at() not in (self._seen, None)

    def _saved_at(self) -> int | None:
        """In nanoseconds; None in the moment in which an editor replaces the file."""
        try:
            return self._desk.work.stat().st_mtime_ns
        except FileNotFoundError:
            return None
