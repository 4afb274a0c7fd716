"""The folder of a report: page, tables, figures, and a manifest that says what was counted."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from edge import __version__, disk
from edge.archive.report.count import Held, Report, count, figures
from edge.archive.report.page import page
from edge.archive.report.tables import tables
from edge.errors import ReportError
from edge.messages.acts import ActRow

PAGE: Final = "report.html"
FIGURES: Final = "figures.json"
MANIFEST: Final = "manifest.json"
_LEFT_OUT: Final = frozenset({"chains", "unknown"})  # what is known of chains grows


class Chains(Protocol):
    """Chains that can be counted, wherever they lie; every method begins anew."""

    def acts(self) -> Iterator[ActRow]:
        """Yield every row of every chain."""

    def held(self) -> Iterator[Held]:
        """Yield how far each chain is held."""

    def hash_at(self, name: str, epoch: str, number: int) -> str:
        """Return the hash of a row; empty where it is not held."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileMark(_Model):
    """One file of the folder."""

    name: str
    bytes: int
    sha256: str


class HeadMark(_Model):
    """How far one chain was counted."""

    name: str
    epoch: str
    number: int
    hash: str


class Manifest(_Model):
    """What the folder holds, and what it was counted from."""

    v: int
    town: str
    since: str
    until: str
    made: str
    software: str
    files: tuple[FileMark, ...]
    heads: tuple[HeadMark, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a report and its recount differ."""

    where: str
    told: str
    counted: str


def write(folder: Path, report: Report, made: str, *, overwrite: bool = False) -> Manifest:
    """Write the report into *folder*, which is made; the manifest comes last.

    Args:
        made: when it was counted, RFC 3339.
        overwrite: a report that lies there goes.

    Raises:
        ReportError: it cannot be written, or a report lies there already.
    """
    check_free(folder, overwrite=overwrite)
    told = json.dumps(figures(report), indent=1, ensure_ascii=False, allow_nan=False)
    files: dict[str, bytes] = {
        PAGE: page(report, made=made).encode("utf-8"),
        FIGURES: (told + "\n").encode("utf-8"),
        **tables(report),
    }
    manifest = Manifest(
        v=1,
        town=report.town,
        since=report.period.since,
        until=report.period.until,
        made=made,
        software=__version__,
        files=tuple(_mark(name, data) for name, data in sorted(files.items())),
        heads=tuple(
            HeadMark(name=one.name, epoch=one.epoch, number=one.number, hash=one.head)
            for one in report.chains
        ),
    )
    files[MANIFEST] = (manifest.model_dump_json(indent=1) + "\n").encode("utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            disk.put(folder / name, data)
    except OSError as error:
        raise ReportError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return manifest


def check_free(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder with a report: what was published is not to change in silence.

    Raises:
        ReportError: a report lies there.
    """
    there = [one for one in (PAGE, FIGURES, MANIFEST) if (folder / one).exists()]
    if there and not overwrite:
        raise ReportError(
            f"{folder / there[0]}: a report lies here already; name another folder, or give "
            "--overwrite to lose it"
        )


def recount(folder: Path, chains: Chains) -> tuple[Difference, ...]:
    """Count the report in *folder* again from *chains*, as far as they had come, and compare.

    Files that are not those of the manifest count as differences, and so do heads: then the chain
    that is held here is not the one that was counted.

    Raises:
        ReportError: there is no report in the folder.
    """
    manifest = _manifest(folder)
    found = [*_files(folder, manifest), *_heads(manifest, chains)]
    told = _loads(folder / FIGURES, _read(folder / FIGURES))
    until = {(one.name, one.epoch): one.number for one in manifest.heads}
    acts = (row for row in chains.acts() if row.number <= until.get((row.name, row.epoch), 0))
    again = count(acts, manifest.since, manifest.until, town=manifest.town)
    counted = json.loads(json.dumps(figures(again)))
    for name in sorted(set(told) | set(counted)):
        if name not in _LEFT_OUT:
            found += _compared(name, told.get(name), counted.get(name))
    return tuple(found)


def _files(folder: Path, manifest: Manifest) -> Iterator[Difference]:
    for one in manifest.files:
        now = _mark(one.name, _read(folder / one.name))
        if now != one:
            yield Difference(f"file {one.name}", f"SHA-256 {one.sha256}", f"SHA-256 {now.sha256}")


def _heads(manifest: Manifest, chains: Chains) -> Iterator[Difference]:
    for one in manifest.heads:
        if not one.hash:
            continue
        here = chains.hash_at(one.name, one.epoch, one.number)
        if here != one.hash:
            where = f"row {one.number} of {one.name}, store {one.epoch[:8]}"
            yield Difference(where, one.hash, here or "is not held here")


def _compared(where: str, told: Any, counted: Any) -> Iterator[Difference]:
    """Yield the leaves of two trees of JSON that differ."""
    if isinstance(told, dict) and isinstance(counted, dict):
        for name in sorted(set(told) | set(counted)):
            yield from _compared(f"{where}.{name}", told.get(name), counted.get(name))
    elif isinstance(told, list) and isinstance(counted, list) and len(told) == len(counted):
        for place, (one, other) in enumerate(zip(told, counted, strict=True)):
            yield from _compared(f"{where}[{_label(one) or place}]", one, other)
    elif told != counted:
        yield Difference(where, _short(told), _short(counted))


def _label(line: Any) -> str:
    """Return how a line of a table is called."""
    if isinstance(line, Mapping):
        for name in ("day", "category", "purpose", "reason", "unit", "of", "who", "version"):
            if isinstance(line.get(name), str):
                return str(line[name])
    return ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _mark(name: str, data: bytes) -> FileMark:
    return FileMark(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _manifest(folder: Path) -> Manifest:
    file = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(_read(file))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ReportError(f"{file}: is no manifest of a report: {where}: {first['msg']}") from None
    names = [one.name for one in manifest.files]
    if any(Path(name).name != name for name in names) or FIGURES not in names:
        raise ReportError(f"{file}: names files that are no report's; make the report again")
    return manifest


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ReportError(
            f"{file}: cannot be read: {error.strerror}; is this the folder of 'edge report --out'?"
        ) from error


def _loads(file: Path, data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError as error:
        raise ReportError(f"{file}: is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise ReportError(f"{file}: holds no figures")
    return told
