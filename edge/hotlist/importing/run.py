"""Import a whole file: our list in its place, or the old one left as it was and the reasons."""

import csv
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from edge.disk import sync
from edge.errors import HotlistError
from edge.hotlist.csvfile import load_csv
from edge.hotlist.importing.intake import Counted, Intake
from edge.hotlist.importing.mapping import Limits, Mapping
from edge.hotlist.importing.rejects import Rejects
from edge.hotlist.index import Row

_LIST_MODE = 0o640
_REJECTS_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file.

    Attributes:
        records: data records of the file, with the rejected and without the skipped ones.
        skipped: records that the map leaves out, and those without a plate where it says so.
        entries: lines of our list; a record with several plates makes several.
        rejected: records that could not be taken; see *rejects*, the file that says why.
        reasons: the commonest of them.
    """

    issued: datetime
    records: int
    skipped: int
    entries: int
    rejected: int
    rejects: Path
    reasons: tuple[str, ...]


def import_list(
    mapping: Mapping,
    file: Path,
    out: Path,
    *,
    rejects: Path,
    max_entries: int,
    issued: datetime | None = None,
    keep_rows: bool = False,
) -> Imported:
    """Write the list that *file* holds to *out*, all at once.

    Args:
        rejects: file for what could not be taken; written whether the list is refused or not.
        issued: date of issue, where the map asks for it.
        keep_rows: write the rejected records themselves as well: personal data.

    Raises:
        HotlistError: the file is refused whole; *out* is untouched.
    """
    with _replaced(rejects, _REJECTS_MODE, always=True) as refused:
        tally = Rejects(refused, keep_rows=keep_rows)
        with _replaced(out, _LIST_MODE) as listed, _opened(file) as source:
            intake = Intake(mapping, file, tally, max_entries)
            start = intake.begin(source, issued)
            # the date of issue stands first; without it nothing is written
            listed.write(f"# issued: {start.issued:%Y-%m-%dT%H:%M:%SZ}\n")
            rows = csv.writer(listed, lineterminator="\n")
            rows.writerow(Row._fields)
            rows.writerows(start.rows)
            counted = intake.counted
            _hold(mapping.limits, counted, tally, file, rejects)
            listed.flush()
            # units read it by this very code: what they would refuse is not put in force
            load_csv(Path(listed.name), max_entries)
    return Imported(
        issued=start.issued,
        records=counted.data,
        skipped=counted.skipped,
        entries=counted.entries,
        rejected=tally.count,
        rejects=rejects,
        reasons=tuple(tally.summary(rejects)),
    )


def _hold(limits: Limits, counted: Counted, tally: Rejects, file: Path, rejects: Path) -> None:
    """Refuse a file with too many rejects, or too little in it."""
    if counted.data < limits.least_records:
        raise HotlistError(
            f"{file}: has {counted.data} records, the map asks for {limits.least_records}: "
            "is this the whole file?"
        )
    share = tally.count / max(1, counted.data)
    if tally.count > limits.rejects or share > limits.rejects_share:
        raise HotlistError(
            "\n".join(
                [
                    f"{file}: refused whole: {tally.count} of {counted.data} records rejected "
                    f"({share:.2%}); the map allows {limits.rejects} and "
                    f"{limits.rejects_share:.2%}; see {rejects}",
                    *tally.summary(rejects),
                ]
            )
        )


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        source = file.open("rb")
    except OSError as error:
        raise HotlistError(f"{file}: cannot be read: {error.strerror}") from error
    with source:
        before = os.fstat(source.fileno())
        yield source
        after = os.fstat(source.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise HotlistError(f"{file}: changed while it was read; try again when it is whole")


@contextmanager
def _replaced(path: Path, mode: int, *, always: bool = False) -> Iterator[TextIO]:
    """Give a new file that takes the place of *path* at the end; if *always*, after an error too.

    A cut at any moment leaves the old file or the new one, whole.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise HotlistError(f"{path}: cannot be written: {error.strerror}") from error
    fresh = Path(name)
    failed = True
    try:
        os.close(handle)
        with fresh.open("w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            try:
                yield file
                failed = False
            finally:
                file.flush()
                os.fsync(file.fileno())
        _rename(fresh, path)
    except OSError as error:
        raise HotlistError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if failed and always and fresh.exists():
            _rename(fresh, path)
        fresh.unlink(missing_ok=True)


def _rename(fresh: Path, path: Path) -> None:
    fresh.replace(path)
    sync(path.parent)
