"""The folder of kept reads: a file for each slot and writer, appended to, deleted whole.

Nothing of it is ever on the disk in the clear, not even for a moment: what is appended is sealed
already. A write that fails is cut off again; a tail that a power cut tore is left out and told.
"""

import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import KeysError, StoreError, StoreFull
from edge.keys.crypto import SealingKey, SigningKey, VerifyKey
from edge.log import Log
from edge.records import KeptRead
from edge.store import reads_format as form

SUFFIX: Final = ".reads"
_FULL: Final = frozenset({28, 122})  # ENOSPC, EDQUOT
_log: Final = Log("edge.reads")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one slot had.

    Attributes:
        reads: those that were wanted.
        damaged: sentences on files, or tails of files, that could not be read.
    """

    reads: tuple[KeptRead, ...]
    damaged: tuple[str, ...]


class ReadsFile:
    """One slot's file of one writer, open for appending; never read by whoever writes it."""

    def __init__(self, folder: Path, slot: SealingKey, own: SigningKey) -> None:
        self.file = folder / f"{slot.id}-{secrets.token_hex(4)}{SUFFIX}"
        self._sealer = form.Sealer(slot, own)
        self._descriptor = -1
        self._size = 0

    def append(self, reads: Sequence[KeptRead]) -> None:
        """Add *reads*; they are on the disk when this returns, sealed.

        Raises:
            StoreFull: no space for them; what was there before is as it was.
            StoreError: the disk failed. After either error the file is not to be written again.
        """
        try:
            if self._descriptor < 0:
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
                self._descriptor = os.open(self.file, flags, 0o660)
                self._write(self._sealer.head)
            for start in range(0, len(reads), form.MOST):
                self._write(self._sealer.seal(reads[start : start + form.MOST]))
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._cut_off()
            kind = StoreFull if error.errno in _FULL else StoreError
            raise kind(f"{self.file}: cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Close the file; what was appended is on the disk already."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, data: bytes) -> None:
        if os.write(self._descriptor, data) != len(data):
            raise OSError(28, "no space for all of it")
        self._size += len(data)

    def _cut_off(self) -> None:
        """Take back the half of a frame, so that a later power cut is not blamed for it."""
        if self._descriptor >= 0:
            try:
                os.ftruncate(self._descriptor, self._size)
            except OSError as error:
                _log.warning("half a batch stays behind", file=self.file, why=error)
        self.close()


class ReadsFolder:
    """All files of kept reads on a unit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """Make the folder if it is not there.

        Raises:
            StoreError: it cannot be made.
        """
        try:
            self.folder.mkdir(mode=0o770, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be made: {error.strerror}") from error

    def begin(self, slot: SealingKey, own: SigningKey) -> ReadsFile:
        """Return a new file for *slot*; it is made at its first append."""
        return ReadsFile(self.folder, slot, own)

    def used(self) -> int:
        """Return the bytes of all files together."""
        return sum(size for _, size in self._files())

    def slots(self) -> frozenset[str]:
        """Return the ids of all slots that have a file."""
        return frozenset(file.name.partition("-")[0] for file, _ in self._files())

    def size(self, slot: str) -> int:
        """Return the bytes of one slot's files: as long as they are the same, so is their content.

        Files are only ever appended to.
        """
        return sum(size for _, size in self._files(slot))

    def count(self, slot: str) -> int:
        """Return how many reads one slot holds; told in the clear, whether its key lives or not."""
        return sum(form.count_reads(blob) for _, blob in self._blobs(slot))

    def scan(
        self,
        slot: SealingKey,
        agree: form.Agree,
        signers: Collection[VerifyKey],
        wanted: Callable[[str, int], bool],
    ) -> Scanned:
        """Return one slot's reads that are *wanted*, by text and ns of UTC, oldest first."""
        reads: list[KeptRead] = []
        damaged: list[str] = []
        for file, blob in self._blobs(slot.id):
            try:
                head = form.read_head(blob, slot, signers)
                found, shut = form.open_reads(blob, head, agree, wanted)
            except KeysError as error:
                damaged.append(f"{file}: {error}")
                continue
            reads += found
            if shut:
                damaged.append(f"{file}: {shut} batches do not open: the file was changed")
            if torn := len(blob) - form.whole_bytes(blob):
                damaged.append(f"{file}: the last {torn} bytes are torn; what is before is whole")
        reads.sort(key=lambda one: one.at.utc_ns)
        return Scanned(tuple(reads), tuple(damaged))

    def delete(self, slot: str) -> None:
        """Delete one slot's files; without its key they say nothing, and now they are gone too.

        Raises:
            StoreError: a file cannot be deleted.
        """
        for file, _ in self._files(slot):
            _unlink(file)

    def _files(self, prefix: str = "") -> Iterator[tuple[Path, int]]:
        """Return files, of one slot or all, with their sizes; what goes meanwhile is left out."""
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(
                    one.name
                    for one in entries
                    if one.name.startswith(prefix) and one.name.endswith(SUFFIX)
                )
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be read: {error.strerror}") from error
        for name in names:
            file = self.folder / name
            try:
                yield file, file.stat().st_size
            except FileNotFoundError:
                continue

    def _blobs(self, slot: str) -> Iterator[tuple[Path, bytes]]:
        for file, _ in self._files(slot):
            try:
                yield file, file.read_bytes()
            except FileNotFoundError:  # its time was over meanwhile
                continue
            except OSError as error:
                raise StoreError(f"{file}: cannot be read: {error.strerror}") from error


def _unlink(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{file}: cannot be deleted: {error.strerror}") from error
