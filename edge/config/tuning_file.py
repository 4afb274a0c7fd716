"""The text of ``tuning.toml``: amended key by key, and told apart from what is in force."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge.config.load import Loaded
from edge.config.redact import redact
from edge.config.schema import every_setting
from edge.config.settings import Settings
from edge.errors import ConfigError

SECTIONS: Final = (
    "source",
    "exposure",
    "gate",
    "zones",
    "detector",
    "reader",
    "tracking",
    "policy",
    "log",
)
"""What a technician may tune; who keeps what, for whom and where is the town's, in its own file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that would be another one.

    Attributes:
        old: as TOML would write it, without secrets; so is *new*.
        file: which set the old one.
        sentence: what the setting does.
        restart: the daemon has to begin anew for it.
    """

    path: str
    old: str
    new: str
    file: Path
    sentence: str
    restart: bool

    def __str__(self) -> str:
        """Return the lines of a diff."""
        how = "after a restart" if self.restart else "between two frames"
        return f"{self.path}  # {self.sentence}\n- {self.old}  # {self.file}\n+ {self.new}  # {how}"


def amended(table: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """Return the *table* of a tuning file with *changes*: ``section.key`` to a value as in TOML.

    Raises:
        ConfigError: a value is none, or a setting is not the technician's.
    """
    after: dict[str, Any] = json.loads(json.dumps(table))
    for path, text in changes.items():
        section, dot, key = path.partition(".")
        if section not in SECTIONS or not dot:
            raise ConfigError(
                f"{path}: is not tuned here, only {', '.join(SECTIONS)} are; "
                "what else there is stands in site.toml"
            )
        into = after.setdefault(section, {})
        if not isinstance(into, dict):
            raise ConfigError(f"{section}: is no section in tuning.toml; mend that file first")
        into[key] = _value(path, text)
    return after


def written(table: Mapping[str, Any]) -> str:
    """Return *table*, sections of plain keys, as TOML."""
    lines: list[str] = []
    for section, fields in table.items():
        if not isinstance(fields, dict):
            raise ConfigError(f"{section}: stands outside a [section]")
        lines += [f"[{section}]", *(f"{key} = {_text(one)}" for key, one in fields.items()), ""]
    return "\n".join(lines)


def differences(before: Loaded, after: Settings) -> tuple[Change, ...]:
    """Return each setting that differs, in the order of ``default.toml``."""
    return tuple(_differences(before, after))


def _differences(before: Loaded, after: Settings) -> Iterator[Change]:
    pairs = zip(every_setting(before.settings), every_setting(after), strict=True)
    for old, new in pairs:
        if old.default != new.default:
            yield Change(
                path=old.path,
                old=_shown(old.path, old.default),
                new=_shown(new.path, new.default),
                file=before.origins[old.path],
                sentence=old.sentence,
                restart=not old.reload,
            )


def _value(path: str, text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: {text!r} is no value as TOML writes it (text stands in quotes): {error}"
        ) from error


def _shown(path: str, value: Any) -> str:
    plain = json.loads(json.dumps(value, default=list))
    return _text(redact(plain) if path == "source.address" else plain)


def _text(value: Any) -> str:
    """Return one value as TOML; JSON's is the same, but for tables and what is no number."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_text(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_text(one) for one in value) + "]"
    if isinstance(value, float):
        return repr(value)  # inf and nan as TOML writes them
    return json.dumps(value, ensure_ascii=False)
