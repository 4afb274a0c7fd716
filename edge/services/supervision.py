"""What an auditor checks searches with: exported chains, sealed queries, and a key of its own.

The key makes HMACs of plates, so that neither report nor list of households holds one; it lies in
the auditor's folder and nowhere else. What cannot be read or opened is told, never left out.
"""

import hmac
import json
import secrets
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.archive.export import SEALED_QUERY
from edge.errors import ConfigError, EdgeError, KeysError
from edge.keys.files import make_folder, read_private, read_public, write
from edge.keys.identity import Identity
from edge.keys.parties import from_time
from edge.keys.trust import ROOT_FILE, load_root
from edge.messages.acts import ActRow
from edge.messages.export import Header, Row, read_line
from edge.messages.search import Bundle, open_bundle, read_approval, read_query
from edge.policy.supervision import Opened, Shift, Staff
from edge.services.audit_evidence import read_lines
from edge.services.audit_verify import Found, verify_exports

KEY: Final = "supervision.key"
HOUSEHOLD: Final = "household"
_KEY_BYTES: Final = 32
_LABEL: Final = b"edge-plates supervised plate 1\0"
_WEEK: Final = timedelta(weeks=1)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PlateKey:
    """Makes the HMACs of plates, and knows those of households; of one auditor's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = b""
        self.household: frozenset[str] = frozenset()

    def open(self) -> "PlateKey":
        """Read the key, or make it at the first use.

        Raises:
            KeysError: others may read it, or it cannot be read or written.
        """
        file = self._folder / KEY
        if not file.exists():
            make_folder(self._folder)
            write(file, secrets.token_bytes(_KEY_BYTES), private=True)
        self._key = read_private(self._folder, KEY)
        if len(self._key) != _KEY_BYTES:
            raise KeysError(f"{file}: is no key of {_KEY_BYTES} bytes; bring back the backup")
        listed = self._folder / HOUSEHOLD
        if listed.exists():
            text = read_public(listed).decode("ascii", "replace")
            self.household = frozenset(text.split())
        return self

    def mark(self, plate: str) -> str:
        """Return the HMAC-SHA-256 of a plate, or of a part of one, hex; spaces and dashes fall."""
        plain = "".join(one for one in plate.upper() if one.isalnum() or one in "?*")
        return hmac.new(self._key, _LABEL + plain.encode("utf-8"), "sha256").hexdigest()

    def add(self, plate: str) -> bool:
        """Put a plate on the list of households, as an HMAC; return whether it was new.

        Raises:
            KeysError: the file cannot be written.
        """
        mark = self.mark(plate)
        new = mark not in self.household
        self.household |= {mark}
        body = "".join(f"{one}\n" for one in sorted(self.household)).encode("ascii")
        write(self._folder / HOUSEHOLD, body, private=True)
        return new


@dataclass(slots=True)
class Material:
    """Everything that a report is made from.

    Attributes:
        plates: by query, what was looked for; for the auditor's eyes on asking, in no report.
        problems: a sentence for each thing that could not be read, opened or proven.
        chains: how each file was found.
    """

    rows: list[ActRow] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    plates: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    chains: list[Found] = field(default_factory=list)


def gather_material(
    exports: list[Path], queries: Path | None, keys: Path, auditor: Identity, key: PlateKey
) -> Material:
    """Return what exported chains and sealed queries tell an auditor.

    Args:
        exports: files or folders of exported chains; they are verified, and rows after the first
            fault of a chain are not believed.
        queries: a further folder of sealed queries; those in the exports are read anyway.
        keys: folder with the town's root.

    Raises:
        ConfigError: there is no export, or a file cannot be read.
        KeysError: the root cannot be read.
    """
    material = Material()
    for found in verify_exports(exports, load_root(keys / ROOT_FILE), []):
        material.chains.append(found)
        if not found.good:
            material.problems.append(f"{found.file.name}: {found.sentence}")
        material.rows += _rows(found)
    folders = [*(path for path in exports if path.is_dir()), *([queries] if queries else [])]
    files = {file.name: file for one in folders for file in one.rglob(f"*{SEALED_QUERY}")}
    for _, file in sorted(files.items()):
        _open_query(file, auditor, key, material)
    return material


def _rows(found: Found) -> Iterator[ActRow]:
    name = epoch = ""
    for _, line in read_lines(found.file):
        try:
            one = read_line(line)
        except EdgeError:
            return  # the fault that the verifier has told of: nothing behind it is believed
        if isinstance(one, Header):
            name, epoch = one.name, one.epoch
        if isinstance(one, Row):
            if one.link.number > found.rows:
                return
            yield _act_row(name, epoch, one)


def _act_row(name: str, epoch: str, row: Row) -> ActRow:
    # the verifier has held it against its row, so it is JSON that the chain's owner wrote
    payload = json.loads(row.payload.text) if row.payload is not None else None
    return ActRow(name, epoch, row.link.number, row.link.at, row.link.kind, payload)


def _open_query(file: Path, auditor: Identity, key: PlateKey, material: Material) -> None:
    try:
        bundle = open_bundle(read_public(file), auditor)
        opened, plate = _read(bundle, key)
    except KeysError as error:
        material.problems.append(f"{file.name}: {error}")
        return
    material.opened[bundle.number] = opened
    material.plates[bundle.number] = plate


def _read(bundle: Bundle, key: PlateKey) -> tuple[Opened, str]:
    query = read_query(bundle.query)
    approved = None
    if bundle.approval is not None:
        approval = read_approval(bundle.approval)
        if approval.query == bundle.number:
            approved = from_time(approval.made)
    mark = key.mark(query.pattern)
    made = from_time(query.made)
    return Opened(mark, mark in key.household, made, approved), query.pattern


def read_week(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and end of an ISO week, ``2026-W47``, in UTC.

    Raises:
        ConfigError: it is no week.
    """
    year, _, week = text.partition("-W")
    try:
        monday = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise ConfigError(f"{text!r} is no week: write 2026-W47") from None
    begins, ends = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (monday, monday + _WEEK)
    )
    return begins, ends


def load_staff(file: Path | None) -> Staff:
    """Return shifts and groups from a TOML file; None for the defaults.

    Raises:
        ConfigError: it cannot be read; the text names what is wrong.
    """
    if file is None:
        return Staff()
    try:
        made = _Staff.model_validate(tomllib.loads(file.read_text("utf-8")))
        zone = ZoneInfo(made.zone)
        shifts = {
            name: tuple(_shift(text) for text in one.shifts)
            for name, one in made.officers.items()
            if one.shifts
        }
    except (ValidationError, ValueError, KeyError, OSError) as error:
        raise ConfigError(f"{file}: {error}") from error
    groups = {name: one.group for name, one in made.officers.items() if one.group}
    return Staff(zone, shifts, groups)


def _shift(text: str) -> Shift:
    """Return a shift as it is written: ``22:00-06:00``, and days unless it is every day."""
    hours, *days = text.lower().split()
    begins, _, ends = hours.partition("-")
    unknown = sorted(set(days) - set(_DAYS))
    if unknown:
        raise ValueError(f"{text!r}: {', '.join(unknown)} is no day of {', '.join(_DAYS)}")
    chosen = days or _DAYS
    return Shift(
        time.fromisoformat(begins),
        time.fromisoformat(ends),
        frozenset(_DAYS.index(day) for day in chosen),
    )


def closed(rows: Iterable[ActRow], opened: Iterable[str]) -> int:
    """Return how many searches the chains name whose query is not open to us."""
    known = set(opened)
    return len(
        {
            str(row.payload["query"])
            for row in rows
            if row.kind == "search" and row.payload and row.payload.get("query")
        }
        - known
    )


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Officer(_Strict):
    group: str = ""
    shifts: Annotated[list[str], Field(max_length=14)] = []


class _Staff(_Strict):
    zone: str = "UTC"
    officers: dict[str, _Officer] = {}
