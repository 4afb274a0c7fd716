"""Find the line of a key in a TOML file, which tomllib does not tell."""

import re
from collections.abc import Sequence
from pathlib import Path

_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


def line_of(file: Path, key: Sequence[str]) -> int:
    """Return the line, from 1, where *key* (section, field) is set; the section's line, else 1."""
    section: list[str] = []
    nearest = 1
    for number, line in enumerate(file.read_text("utf-8").split("\n"), start=1):
        if header := _HEADER.match(line):
            section = header[1].split(".")
            if section == list(key[: len(section)]):
                nearest = number
        elif name := _KEY.match(line):
            path = section + [part.strip() for part in name[1].split(".")]
            if path == list(key[: len(path)]):
                nearest = number  # a section on one line: unit = { town = "windsor" }
                if len(path) > 1:
                    return number
    return nearest
