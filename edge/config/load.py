"""Read the settings: packed defaults, then the site's file, then what the tuning page wrote."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from edge.config.base import Section
from edge.config.lines import comma_told, spot_of
from edge.config.packed import packed
from edge.config.settings import Settings
from edge.errors import ConfigError

SITE_FILE = Path("/etc/edge/site.toml")
TUNING_FILE = Path("/var/lib/edge/tuning/tuning.toml")  # the page writes that folder alone

_LONGEST: Final = 80  # characters of a wrong value that are told


@dataclass(frozen=True, slots=True)
class Loaded:
    """Effective settings.

    Attributes:
        origins: which file set each key (``section.key``).
        files: those that were read after the defaults, also where they set nothing.
    """

    settings: Settings
    origins: Mapping[str, Path]
    files: Sequence[Path] = ()


def default_file() -> Path:
    """Return the path of ``default.toml``: in the wheel, or in the checkout."""
    return packed("configs") / "default.toml"


def load(files: Sequence[Path] | None = None) -> Loaded:
    """Read and check the settings.

    Args:
        files: site and tuning files, later ones win; None means the two usual places, each of
            which may be missing. A file named here must exist.

    Raises:
        ConfigError: naming file, line, what was expected and the mend.
    """
    if files is None:
        files = [file for file in (SITE_FILE, TUNING_FILE) if _there(file)]
    merged: dict[str, Any] = {}
    origins: dict[str, Path] = {}
    for file in (default_file(), *files):
        for section, fields in parse(file).items():
            if not isinstance(fields, dict):
                raise ConfigError(
                    f"{file}:{spot_of(file, [section])}: '{section}' stands outside a [section]; "
                    "move it under the section that it belongs to"
                )
            _merge(merged.setdefault(section, {}), fields)
            origins.update(dict.fromkeys(_keys(section, fields), file))
            origins.setdefault(section, file)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        details = _first_causes(error.errors(include_url=False))
        raise ConfigError("\n".join(_sentence(one, origins) for one in details)) from None
    return Loaded(settings, origins, tuple(files))


def _there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError as error:
        raise ConfigError(
            f"{file}: this user may not look there; run this as root, or name files with --config"
        ) from error


def _merge(into: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Take *fields* over key by key, in tables within a section as well."""
    for key, value in fields.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _keys(prefix: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """Return ``section.key`` of all *fields*, those of tables within the section as well."""
    for key, value in fields.items():
        yield f"{prefix}.{key}"
        if isinstance(value, dict):
            yield from _keys(f"{prefix}.{key}", value)


def parse(file: Path) -> dict[str, Any]:
    """Return what stands in a TOML file.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    text = ""
    try:
        text = file.read_text("utf-8")
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not TOML: {error}{comma_told(text, error)}") from error


def _sentence(error: ErrorDetails, origins: Mapping[str, Path]) -> str:
    path = _settings_path(error["loc"])
    key = ".".join(path)
    known = [".".join(path[:length]) for length in range(len(path), 0, -1)]
    file = next((origins[one] for one in known if one in origins), default_file())
    where = f"{file}:{spot_of(file, path)}: {key}"
    if error["type"] == "extra_forbidden":
        return f"{where}: no such setting{_nearest(path)}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {error['msg'].lower()}, not {_shortened(error['input'])}{_meant(path)}"


def _first_causes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Return *errors* without those of lists that are too short for want of a wrong item."""
    places = [one["loc"] for one in errors]

    def follows(one: ErrorDetails) -> bool:
        at = one["loc"]
        return one["type"] == "too_short" and any(
            len(other) > len(at) and other[: len(at)] == at for other in places
        )

    return [one for one in errors if not follows(one)]


def _shortened(value: object) -> str:
    """Return what stands there, for a person to know it again: a polygon has many corners."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


def _meant(path: Sequence[str]) -> str:
    """Return what the setting at *path* is for, to mend it by; empty for a table."""
    fields = _within(path[:-1]) or {}
    field = fields.get(path[-1])
    sentence = field.description if field is not None and _within(path) is None else ""
    return f" ({sentence})" if sentence else ""


def _settings_path(places: Sequence[int | str]) -> list[str]:
    """Return the part of *places* that names a setting, without places inside its value."""
    path: list[str] = []
    for place in places:
        if path and _within(path) is None:
            break
        path.append(str(place))
    return path


def _within(path: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the fields of the table at *path*; None where a value stands there, or nothing."""
    table: Any = Settings
    for name in path:
        field = table.model_fields.get(name)
        table = field.annotation if field is not None else None
        if not (isinstance(table, type) and issubclass(table, Section)):
            return None
    fields: Mapping[str, Any] = table.model_fields
    return fields


def _nearest(path: Sequence[str]) -> str:
    names: Iterable[str] = _within(path[:-1]) or ()
    close = difflib.get_close_matches(path[-1], list(names), n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known are {', '.join(sorted(names))}"
