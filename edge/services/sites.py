"""A sheet of sites, one CSV row a unit, read whole: each wrong cell is told by line and column.

The columns a person fills in have short names; any other column whose head has a dot is the
setting of that name (``source.fps``). An empty cell leaves the default.
"""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from edge.config import Settings, load
from edge.config.schema import every_setting
from edge.errors import ConfigError, ProvisionError
from edge.services.law import check_law
from edge.services.site_text import site_text

NEEDED: Final = {
    "name": "unit.name",
    "place": "unit.place",
    "latitude": "unit.latitude",
    "longitude": "unit.longitude",
    "heading": "unit.heading_deg",
    "jurisdiction": "unit.jurisdiction",
    "camera": "source.kind",
    "address": "source.address",
    "broker": "delivery.host",
    "receivers": "delivery.receivers",
    "law": "law.profile",
}
ROLES: Final = ("unit", "console")
_OWN: Final = {"role", "secrets"}
_OURS: Final = {  # what the card itself decides
    "unit.town",
    "delivery.ca_file",
    "delivery.certificate_file",
    "delivery.key_file",
}
_CONSOLE_KEYS: Final = "/var/lib/edge-console/keys"
_MOST: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Site:
    """One row that was found right.

    Attributes:
        role: ``unit`` or ``console``.
        place: where it hangs, for its label.
        text: its settings as TOML.
        secrets: files to carry to it, as the sheet names them.
    """

    name: str
    role: str
    place: str
    text: str
    secrets: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]


class Sheet:
    """A sheet that is being read; all that is wrong in it is told at once."""

    def __init__(self, file: Path, town: str) -> None:
        self._file = file
        self._town = town
        self._columns: list[str] = []
        self._wrong: list[str] = []
        self._defaults = load([]).settings
        self._known = {one.path: one.default for one in every_setting(self._defaults)}

    def read(self) -> list[Site]:
        """Return all sites of the sheet.

        Raises:
            ProvisionError: a line for each wrong cell; no site counts then.
        """
        rows = self._rows()
        found = [self._site(row) for row in rows]
        lines: dict[str, int] = {}
        for row in rows:
            name = row.cells.get("name", "")
            first = lines.setdefault(name, row.line)
            if name and first != row.line:
                self._tell(row.line, "name", f"{name} stands in line {first} already")
        if self._wrong:
            raise ProvisionError("\n".join(self._wrong))
        return [site for site in found if site is not None]

    def _rows(self) -> list[_Row]:
        reader = csv.reader(io.StringIO(self._text()), strict=True)
        rows: list[_Row] = []
        try:
            for cells in reader:
                if not self._columns:
                    self._columns = [cell.strip() for cell in cells]
                    self._head()
                elif any(cell.strip() for cell in cells):
                    rows.append(self._row(reader.line_num, cells))
        except csv.Error as error:
            raise ProvisionError(f"{self._file}:{reader.line_num}: is no CSV: {error}") from None
        if not rows:
            raise ProvisionError(f"{self._file}: has no site; see configs/sites-example.csv")
        return rows

    def _text(self) -> str:
        try:
            raw = self._file.read_bytes()
            if len(raw) > _MOST:
                raise ProvisionError(f"{self._file}: has more than {_MOST} bytes")
            return raw.decode("utf-8-sig")
        except OSError as error:
            raise ProvisionError(
                f"{self._file}: cannot be read: {error.strerror}; configs/sites-example.csv shows"
                " what a sheet of sites looks like"
            ) from None
        except UnicodeDecodeError as error:
            raise ProvisionError(
                f"{self._file}: is not UTF-8 text (byte {error.start}): save it as 'CSV UTF-8'"
            ) from None

    def _head(self) -> None:
        """Refuse a sheet whose columns are not known: a typing error would lose a setting."""
        wrong = []
        for number, name in enumerate(self._columns, start=1):
            path = NEEDED.get(name, name)
            if name in self._columns[: number - 1]:
                wrong.append(f"column {number}: {name!r} stands twice")
            elif path in _OURS:
                wrong.append(f"column {number}: {name} is written by the batch itself")
            elif path not in self._known and name not in _OWN:
                wrong.append(f"column {number}: {name!r} is neither a column nor a setting")
        wrong += [
            f"column {name!r} is missing" for name in (*NEEDED, "role") if name not in self._columns
        ]
        if wrong:
            known = ", ".join([*NEEDED, *sorted(_OWN)])
            raise ProvisionError(
                "\n".join(f"{self._file}:1: {one}" for one in wrong)
                + f"\ncolumns are {known}, and any setting of 'edge config show', as source.fps"
            )

    def _row(self, line: int, cells: list[str]) -> _Row:
        if len(cells) != len(self._columns):
            self._wrong.append(
                f"{self._file}:{line}: has {len(cells)} cells, and the first line has"
                f" {len(self._columns)}: put a text with a comma in double quotes"
            )
            return _Row(line, {})
        stripped = (cell.strip() for cell in cells)
        return _Row(line, dict(zip(self._columns, stripped, strict=True)))

    def _site(self, row: _Row) -> Site | None:
        if not row.cells:
            return None
        before = len(self._wrong)
        settings = self._settings(row)
        role = row.cells["role"] or "unit"
        if role not in ROLES:
            self._tell(row.line, "role", f"is {' or '.join(ROLES)}, not {role!r}")
        if role == "console":
            settings.setdefault("keys", {}).setdefault("folder", _CONSOLE_KEYS)
        secrets = self._secrets(row)
        if len(self._wrong) == before:
            self._check(row, settings)
        if len(self._wrong) > before:
            return None
        unit = settings["unit"]
        return Site(unit["name"], role, unit["place"], site_text(settings), secrets)

    def _settings(self, row: _Row) -> dict[str, Any]:
        """Return the settings that a row makes, in tables; wrong cells are told."""
        found: dict[str, Any] = {"unit": {"town": self._town}}
        for column, text in row.cells.items():
            if column in _OWN:
                continue
            if column in NEEDED and not text:
                self._tell(row.line, column, "is empty")
            if text:
                path = NEEDED.get(column, column)
                try:
                    value = _value(text, self._known[path])
                except ValueError as error:
                    self._tell(row.line, column, str(error))
                    continue
                *tables, name = path.split(".")
                table = found
                for one in tables:
                    table = table.setdefault(one, {})
                table[name] = value
        sent = {"ca_file": "ca", "certificate_file": "unit", "key_file": "unit"}
        for name, stem in sent.items():
            end = "key" if name == "key_file" else "pem"
            found.setdefault("delivery", {})[name] = f"/etc/edge/{stem}.{end}"
        return found

    def _check(self, row: _Row, settings: Mapping[str, Any]) -> None:
        """Hold the row against the settings' own rules, and against the law profile."""
        merged = self._defaults.model_dump()
        _merge(merged, settings)
        columns = {path: name for name, path in NEEDED.items()}
        try:
            check_law(Settings.model_validate(merged))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                steps = [str(step) for step in one["loc"]]
                paths = [".".join(steps[:length]) for length in range(len(steps), 0, -1)]
                path = next((one for one in paths if one in self._known), paths[0])
                given = f", not {one['input']!r}"
                self._tell(row.line, columns.get(path, path), f"{one['msg'].lower()}{given}")
        except ConfigError as error:
            self._tell(row.line, "law", str(error))

    def _secrets(self, row: _Row) -> tuple[Path, ...]:
        named = row.cells.get("secrets", "").split()
        files = tuple(self._file.parent / one for one in named)
        for file in files:
            if not file.is_file():
                self._tell(row.line, "secrets", f"{file}: is no file")
        return files

    def _tell(self, line: int, column: str, sentence: str) -> None:
        number = self._columns.index(column) + 1 if column in self._columns else 0
        self._wrong.append(f"{self._file}:{line}: column {number} ({column}): {sentence}")


def read_sheet(file: Path, town: str) -> list[Site]:
    """Return the sites of a sheet for *town*.

    Raises:
        ProvisionError: something in it is wrong: each cell with line and column.
    """
    return Sheet(file, town).read()


def _value(text: str, like: object) -> object:
    """Return a cell as the kind of value that the setting's default is.

    Raises:
        ValueError: it is none.
    """
    if isinstance(like, str):
        if not text.isprintable():
            raise ValueError("has a line break, a tab or another sign that cannot be printed")
        return text
    if isinstance(like, tuple) and not text.startswith("["):
        return text.split()
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f"{text!r} is no {_kind(like)}") from None
    return float(value) if isinstance(like, float) and type(value) is int else value


def _kind(like: object) -> str:
    if isinstance(like, bool):
        return "true or false"
    return "number" if isinstance(like, (int, float)) else "value as TOML writes it"


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
