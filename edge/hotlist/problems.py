"""What is wrong with a list, as sentences that name file, line and column."""

from pathlib import Path

from edge.errors import HotlistError

_SHOWN = 20


class Problems:
    """Keeps the first twenty and counts all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._sentences: list[str] = []

    def add(self, line: int, column: str, sentence: str) -> None:
        """Note one problem; *column* may be empty for a whole line."""
        self._count += 1
        if self._count <= _SHOWN:
            where = f"{self._path}:{line}:{column}:" if column else f"{self._path}:{line}:"
            self._sentences.append(f"{where} {sentence}")

    def refuse_if_any(self) -> None:
        """Refuse the list.

        Raises:
            HotlistError: there is a problem.
        """
        if self._count == 0:
            return
        more = self._count - len(self._sentences)
        counted = "1 problem" if self._count == 1 else f"{self._count} problems"
        last = [f"... and {more} more"] if more else []
        head = f"{self._path}: refused whole, {counted}:"
        raise HotlistError("\n".join([head, *self._sentences, *last]))
