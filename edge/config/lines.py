"""Find the place of a key in a TOML file, which tomllib does not tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file, both from 1; written as editors take it."""

    line: int
    column: int

    def __str__(self) -> str:
        """Return ``line:column``."""
        return f"{self.line}:{self.column}"


def spot_of(file: Path, key: Sequence[str]) -> Spot:
    """Return where *key* (section, field) is set; the section's place, else the beginning."""
    section: list[str] = []
    nearest = Spot(1, 1)
    for number, line in enumerate(file.read_text("utf-8").split("\n"), start=1):
        if header := _HEADER.match(line):
            section = header[1].split(".")
            if section == list(key[: len(section)]):
                nearest = Spot(number, header.start(1) + 1)
        elif name := _KEY.match(line):
            path = section + [part.strip() for part in name[1].split(".")]
            if path == list(key[: len(path)]):
                # a section on one line: unit = { town = "windsor" }
                nearest = Spot(number, _within(line, name.end(), key[len(path) :], name.start(1)))
                if len(path) > 1:
                    return nearest
    return nearest


def without_table(text: str, name: str) -> str:
    """Return *text* with the lines of the table *name* empty, so that all others keep their number.

    Only a table under a header of its own is found; the caller compares what remains.
    """
    kept, inside = [], False
    for line in text.split("\n"):
        if header := _HEADER.match(line):
            inside = header[1].split(".")[0] == name
        kept.append("" if inside else line)
    return "\n".join(kept)


def line_of(file: Path, key: Sequence[str]) -> int:
    """Return the line, from 1, where *key* (section, field) is set; the section's line, else 1."""
    return spot_of(file, key).line


def _within(line: str, start: int, rest: Sequence[str], otherwise: int) -> int:
    """Return the column of a key in a table that stands on one line, else of the table's own."""
    at = otherwise
    for part in rest:
        found = re.search(rf"[{{,]\s*({re.escape(part)})\s*=", line[start:])
        if found is None:
            break
        at, start = start + found.start(1), start + found.end()
    return at + 1


def comma_told(text: str, error: ValueError) -> str:
    """Return what to write where *error* of no TOML comes from a decimal comma; else nothing."""
    found = re.search(r"at line (\d+)", str(error))
    lines = text.splitlines()
    if found is None or not 0 < (at := int(found[1])) <= len(lines):
        return ""
    number = re.search(r"=\s*([+-]?\d+),(\d+)\s*(#|$)", lines[at - 1])
    if number is None:
        return ""
    return f": write {number[1]}.{number[2]}, with a decimal point, not a comma"
