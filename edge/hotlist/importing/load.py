"""Read and check a mapping file; what is wrong names file, line and mend."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge.config.lines import line_of
from edge.config.load import parse
from edge.errors import ConfigError
from edge.hotlist.importing.mapping import Mapping
from edge.hotlist.importing.places import Place


def load_mapping(file: Path) -> Mapping:
    """Return the checked map.

    Raises:
        ConfigError: naming file, line, what was expected and the mend.
    """
    values = parse(file)
    try:
        mapping = Mapping.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigError("\n".join(_sentence(file, one) for one in details)) from None
    misfits = list(_misfits(mapping))
    if misfits:
        raise ConfigError("\n".join(f"{_where(file, path)}: {why}" for path, why in misfits))
    return mapping


def _where(file: Path, path: Sequence[str]) -> str:
    return f"{file}:{line_of(file, path[:3])}: {'.'.join(path)}"


def _sentence(file: Path, error: ErrorDetails) -> str:
    path = [part for part in error["loc"] if isinstance(part, str) and part not in ("int", "str")]
    where = _where(file, path)
    if error["type"] == "extra_forbidden":
        return f"{where}: no such key{_nearest(path)}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    if error["type"] == "value_error":
        return f"{where}: {error['ctx']['error']}"
    return f"{where}: {error['msg'].lower()}, not {error['input']!r}"


def _nearest(path: Sequence[str]) -> str:
    section: Any = Mapping
    for name in path[:-1]:
        section = _section(section.model_fields[name].annotation) if section else None
    if section is None:
        return ""
    names = sorted(section.model_fields)
    close = difflib.get_close_matches(path[-1], names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known are {', '.join(names)}"


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the group of keys inside ``Envelope | None``, ``tuple[Skip, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = [_section(one) for one in getattr(annotation, "__args__", ())]
    return next((one for one in inside if one is not None), None)


def _misfits(mapping: Mapping) -> Iterator[tuple[list[str], str]]:
    """Yield what does not fit together, each with the path of its key."""
    fixed = mapping.file.form == "fixed"
    longest = mapping.file.record_length
    if fixed and longest is None:
        yield ["file", "record_length"], "a fixed form needs the length of its records"
    if not mapping.file.line_breaks and (not fixed or mapping.file.encoding in ("utf-8", "utf-16")):
        why = "without line breaks only fixed records of one byte a character can be cut"
        yield ["file", "line_breaks"], why
    if mapping.file.issued == "header" and (
        mapping.header is None or mapping.header.issued is None
    ):
        yield ["file", "issued"], "the map has no date in [header]; set header.issued"
    for path, place in _places(mapping, []):
        if fixed == (place.column is not None):
            needs = "'start' and 'length'" if fixed else "'column'"
            yield path, f"a place of a {mapping.file.form} file is given by {needs}"
        elif isinstance(place.column, str) and not mapping.file.headings:
            yield path, f"{place.column!r}: the file has no headings; give the column's number"
        elif fixed and longest and (place.start or 0) + (place.length or 0) - 1 > longest:
            yield path, f"ends after the record, which has {longest} characters"


def _places(part: BaseModel, path: list[str]) -> Iterator[tuple[list[str], Place]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Place):
                yield [*path, name], one
            elif isinstance(one, BaseModel):
                yield from _places(one, [*path, name])
