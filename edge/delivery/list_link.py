"""One file that arrives in pieces over the broker, collected where a cut leaves what has come."""

import hashlib
import os
from pathlib import Path
from typing import IO, Self

from edge.errors import HotlistError
from edge.hotlist.manifest import Offer
from edge.messages.listing import MOST_PIECES, PIECE, PiecesPart

_STEP = 1 << 20


class Collecting:
    """A file and what of it is there; ``open`` it first, ``close`` it in the end.

    Attributes:
        offer: which file, as the signed manifest names it.
        part: where it is collected.
        done: bytes that are there.
    """

    def __init__(self, offer: Offer, part: Path) -> None:
        self.offer = offer
        self.part = part
        self.done = 0
        self._mark = hashlib.sha256()
        self._file: IO[bytes] | None = None
        self._asked = 0

    @property
    def whole(self) -> bool:
        """Whether all bytes are there, right or wrong."""
        return self.done >= self.offer.bytes

    @property
    def served(self) -> bool:
        """Whether all that was asked for has come."""
        return self.done >= self._asked

    def open(self) -> Self:
        """Take up what an earlier try has left.

        Raises:
            OSError: the file cannot be read or written.
        """
        self._file = self.part.open("a+b")
        if self._file.seek(0, os.SEEK_END) > self.offer.bytes:
            self._file.truncate(0)
        self._file.seek(0)
        while piece := self._file.read(_STEP):
            self._mark.update(piece)
            self.done += len(piece)
        return self

    def close(self) -> None:
        """Let go of the file; what has come stays there."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def want(self) -> PiecesPart:
        """Return what to ask for next."""
        self._asked = min(self.offer.bytes, self.done + MOST_PIECES * PIECE)
        return PiecesPart(digest=self.offer.digest, start=self.done, pieces=MOST_PIECES)

    def add(self, offset: int, content: bytes) -> bool:
        """Append a piece if it is the next one, and say so; any other is left alone.

        Raises:
            HotlistError: it goes beyond the end that was signed for.
            OSError: it cannot be written.
        """
        if offset != self.done or not content or self._file is None:
            return False
        if self.done + len(content) > self.offer.bytes:
            raise HotlistError(
                f"the list desk sends more than the {self.offer.bytes} bytes of the manifest"
            )
        self._file.write(content)
        self._mark.update(content)
        self.done += len(content)
        if self.served:  # in steps: a power cut costs one, and no alert waits long for the disk
            self._file.flush()
            os.fsync(self._file.fileno())
        return True

    def check(self) -> None:
        """Return if this is the file that was signed for.

        Raises:
            HotlistError: it is another one; it was removed.
        """
        self.close()
        digest = self._mark.hexdigest()
        if digest != self.offer.digest:
            self.part.unlink(missing_ok=True)
            raise HotlistError(
                f"the list desk sent another file than the manifest names (SHA-256 {digest[:12]}..."
                f" instead of {self.offer.digest[:12]}...); it was deleted"
            )
