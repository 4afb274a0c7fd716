"""Everything that the archive holds, in open formats: for a new archive, a court, or the press.

Chains go whole, as ``edge audit verify`` reads them; letters as they came, sealed; what units last
said, as a table. The manifest names each file by its digest, and the archive signs it.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.archive.manifest import FileRow, Manifest, measure, write_manifest
from edge.archive.store import ArchiveStore
from edge.disk import sync
from edge.errors import ConfigError
from edge.keys.canonical import from_text
from edge.keys.identity import Identity
from edge.messages.export import SUFFIX, Header, Row, write_lines
from edge.messages.fleet import ChainState
from edge.messages.head import Head, head_text, own_head, sign_head
from edge.messages.letter import pack
from edge.messages.wire import rfc3339

_LETTERS: Final = ("kind", "number", "revision", "category", "about", "taken_at", "digest", "file")
_CHAINS: Final = (
    "name",
    "epoch",
    "branch",
    "rows",
    "signed",
    "gap",
    "broken_row",
    "broken",
    "file",
)
_UNITS: Final = (
    *("name", "heard_at", "online", "last_frame_at", "list", "list_age_s", "software", "roster"),
    *("outbox", "problems"),
)
QUERIES: Final = "queries"
"""Folder of sealed searches, in the archive's own and in an export."""
SEALED_QUERY: Final = ".search"
_README: Final = """\
What one town's archive held, in formats that need no program of ours.

chains/*.chain.jsonl  the record of each unit, console and archive: JSON lines; a header, rows with
                      what they commit to, signed heads, an end. 'edge audit verify FOLDER --root
                      town.json' holds every row against the signatures, offline.
chains.csv            how far each chain goes, what is missing, what does not hold; a second branch
                      where a sender has replaced what it had signed: both are here.
letters/              alerts, officers' outcomes and answers as they came, sealed: only those whom
                      they were sealed to can open them.
queries/              searches as officers sent them, sealed: units and auditors can open them;
                      'edge supervision report' checks them against the chains.
letters.csv           their numbers, kinds and dates. An empty file name: erased after its days.
units.csv             what each unit and console last said of itself.
manifest.json         every file with its SHA-256 and size; manifest.signed: the same, signed by
                      the archive. 'edge archive verify FOLDER --root town.json' holds both.
"""


@dataclass(frozen=True, slots=True)
class Period:
    """When letters came, RFC 3339; *until* excluded; empty for no limit."""

    since: str = ""
    until: str = ""

    def bounds(self) -> tuple[int, int | None]:
        """Return both as nanoseconds of UTC."""
        return _ns(self.since) or 0, _ns(self.until)


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    folder: Path
    files: int
    bytes: int
    rows: int
    letters: int


class Exporter:
    """Writes one export.

    Args:
        header: town, root and roster of all chains; name and epoch are put in.
    """

    def __init__(
        self, store: ArchiveStore, archive: Identity, header: Header, period: Period
    ) -> None:
        self._store = store
        self._archive = archive
        self._header = header
        self._period = period

    def write(self, folder: Path) -> Export:
        """Write all into *folder*, which must be new; the act has been recorded before.

        Raises:
            ConfigError: the folder is there already, or cannot be written.
            StoreError: the archive cannot be read.
        """
        try:
            folder.mkdir(mode=0o700, parents=True)
            return self._write(folder)
        except FileExistsError:
            raise ConfigError(f"{folder}: is there already; name a new folder") from None
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from error

    def _write(self, folder: Path) -> Export:
        rows = self._chains(folder)
        letters = self._letters(folder)
        files = [*rows, *letters, *self._queries(folder), self._units(folder)]
        (folder / "README.txt").write_text(_README)
        files.append(measure(folder, folder / "README.txt", 0))
        manifest = Manifest(
            v=1,
            town=self._header.town,
            archive=self._archive.name,
            made_at=self._header.made_at,
            since=self._period.since,
            until=self._period.until,
            files=files,
        )
        write_manifest(folder, manifest, self._archive)
        for place in {one.parent for one in folder.rglob("*")}:
            sync(place)
        size = sum(one.bytes for one in files)
        return Export(
            folder, len(files) + 2, size, sum(one.rows for one in rows[:-1]), len(letters) - 1
        )

    def _chains(self, folder: Path) -> list[FileRow]:
        (folder / "chains").mkdir()
        files, lines = [], []
        for state in self._store.histories():
            if not state.proven:
                lines.append((*_told(state), ""))
                continue
            name = f"chains/{state.name}-{state.epoch[:8]}-{state.branch}{SUFFIX}"
            _write(folder / name, self._lines(state))
            files.append(measure(folder, folder / name, state.proven))
            lines.append((*_told(state), name))
        files.append(_table(folder, "chains.csv", _CHAINS, lines))
        return files

    def _lines(self, state: ChainState) -> Iterator[bytes]:
        """Return one chain's lines; heads beyond its last row are told in the table."""
        old = self._header
        header = Header(old.town, state.name, state.epoch, old.root, old.roster, old.made_at)
        heads = (from_text(text, "a head") for text in self._store.heads(state.name, state.epoch))
        known = (blob for blob in heads if own_head(blob).audit_number <= state.proven)
        rows = (Row(link, payload) for link, payload in self._store.history(state))
        return write_lines(header, rows, known, ())

    def _letters(self, folder: Path) -> list[FileRow]:
        files, lines = [], []
        since_ns, until_ns = self._period.bounds()
        for one in self._store.letters.all(since_ns=since_ns, until_ns=until_ns):
            name = ""
            if one.letter is not None:
                number = f"{one.number.unit}-{one.number.epoch[:8]}-{one.number.sequence}"
                name = f"letters/{one.kind}/{number}-{one.revision}.letter"
                _write(folder / name, [pack(one.letter)])
                files.append(measure(folder, folder / name, 1))
            about = (one.category, one.about, _time(one.taken_ns), one.digest, name)
            lines.append((one.kind, str(one.number), str(one.revision), *about))
        return [*files, _table(folder, "letters.csv", _LETTERS, lines)]

    def _queries(self, folder: Path) -> list[FileRow]:
        """Copy the sealed searches that are held, of whatever time: they are few."""
        files = []
        for file in sorted((self._store.db.folder / QUERIES).glob(f"*{SEALED_QUERY}")):
            name = f"{QUERIES}/{file.name}"
            _write(folder / name, [file.read_bytes()])
            files.append(measure(folder, folder / name, 1))
        return files

    def _units(self, folder: Path) -> FileRow:
        lines = [
            (
                one.name,
                _time(one.heard_ns),
                "" if one.online is None else str(one.online).lower(),
                _time(one.last_frame_ns),
                one.list_version,
                "" if one.list_age_s is None else f"{one.list_age_s:.0f}",
                one.software,
                str(one.roster or ""),
                "" if one.outbox is None else str(one.outbox),
                "; ".join(one.problems),
            )
            for one in self._store.units()
        ]
        return _table(folder, "units.csv", _UNITS, lines)


def sign_own_head(store: ArchiveStore, archive: Identity, made_at: str) -> None:
    """Sign how far the archive's own chain has come, and keep that with the others' heads."""
    state = store.own()
    if state is None:
        return
    head = Head(
        v=1,
        town=archive.town,
        unit=archive.name,
        epoch=state.epoch,
        last_sequence=0,
        audit_number=state.number,
        audit_hash=state.hash,
        made_at=made_at,
    )
    store.keep_head(head, head_text(sign_head(head, archive)))


def _told(state: ChainState) -> tuple[str, ...]:
    gap = f"{state.gap[0]}-{state.gap[1]}" if state.gap else ""
    broken = (str(state.broken.number), state.broken.reason) if state.broken else ("", "")
    whole = (str(state.branch), str(state.proven), str(state.head))
    return (state.name, state.epoch, *whole, gap, *broken)


def _table(
    folder: Path, name: str, columns: Sequence[str], lines: Sequence[Sequence[str]]
) -> FileRow:
    with (folder / name).open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([[_cell(word) for word in line] for line in lines])
        out.flush()
        os.fsync(out.fileno())
    return measure(folder, folder / name, len(lines))


def _cell(word: str) -> str:
    """Return *word* so that no table program takes it for a formula."""
    return f"'{word}" if word[:1] in {"=", "+", "-", "@", "\t"} else word


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as out:
        for piece in pieces:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def _time(utc_ns: int | None) -> str:
    return "" if utc_ns is None else rfc3339(datetime.fromtimestamp(utc_ns / 1e9, UTC))


def _ns(text: str) -> int | None:
    return round(datetime.fromisoformat(text).timestamp() * 1e9) if text else None
