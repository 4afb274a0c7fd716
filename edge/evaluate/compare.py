"""An evaluation beside an earlier one: what was gained, and what was lost."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import TruthError
from edge.evaluate.figures import Figure


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class EarlierFigure(_Known):
    """A figure as ``figures.json`` has it; older files have less of it."""

    part: str
    group: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    low_plates: float | None = None
    high_plates: float | None = None
    total: int | None = None
    by: str | None = None
    labels: str = "stored"


class EarlierModel(_Known):
    """A model's card as ``figures.json`` has it."""

    name: str
    version: str
    sha256: str = ""


class Earlier(_Known):
    """What is wanted of an earlier ``figures.json``."""

    made: str
    figures: tuple[EarlierFigure, ...]
    models: tuple[EarlierModel, ...] = ()
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    outcomes: dict[str, dict[str, bool]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and now.

    Attributes:
        total_before: of how many it was, if it is a share.
        gain: now less before; positive is better, whatever way the figure counts.
    """

    now: Figure
    before: float
    low_before: float | None
    high_before: float | None
    total_before: int | None
    gain: float


@dataclass(frozen=True, slots=True)
class Turned:
    """What went right before and does not now, and the reverse, picture by picture.

    Attributes:
        both: how many pictures are in both evaluations.
        chance: of so uneven a count, or a more uneven one, if nothing had changed (sign test, two
            sides).
    """

    part: str
    both: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    chance: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The earlier evaluation, and what changed since.

    Attributes:
        settings: settings that are others now, as sentences.
        absent: how many figures of now the earlier one does not have.
    """

    file: str
    made: str
    models: tuple[str, ...]
    settings: tuple[str, ...]
    changes: tuple[Change, ...]
    turned: tuple[Turned, ...]
    absent: int


def load_earlier(file: Path) -> Earlier:
    """Read an earlier ``figures.json``.

    Raises:
        TruthError: it cannot be read, or is no such file.
    """
    try:
        return Earlier.model_validate_json(file.read_bytes())
    except OSError as error:
        raise TruthError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise TruthError(
            f"{file}: is no figures.json of an evaluation: {key}: {first['msg']}"
        ) from error


def compare(
    file: Path,
    earlier: Earlier,
    figures: Sequence[Figure],
    settings: Mapping[str, Mapping[str, Any]],
    outcomes: Mapping[str, Mapping[str, bool]],
) -> Comparison:
    """Return what changed from *earlier* to now."""
    before = {(one.part, one.group, one.name, one.labels): one for one in earlier.figures}
    pairs = [(one, before.get((one.part, one.group, one.name, one.labels))) for one in figures]
    changes = tuple(_change(now, old) for now, old in pairs if old is not None)
    return Comparison(
        file=str(file),
        made=earlier.made,
        models=tuple(f"{m.name} {m.version} ({m.sha256[:12]})" for m in earlier.models),
        settings=tuple(_other_settings(earlier.settings, settings)),
        changes=changes,
        turned=tuple(
            _turned(part, earlier.outcomes[part], now)
            for part, now in outcomes.items()
            if part in earlier.outcomes
        ),
        absent=len(pairs) - len(changes),
    )


def _change(now: Figure, old: EarlierFigure) -> Change:
    gain = now.value - old.value
    low = old.low if old.low_plates is None else old.low_plates
    high = old.high if old.high_plates is None else old.high_plates
    return Change(
        now,
        old.value,
        low,
        high,
        old.total,
        round(-gain if now.better == "less" else gain, 5) + 0.0,
    )


def _turned(part: str, before: Mapping[str, bool], now: Mapping[str, bool]) -> Turned:
    both = [file for file in now if file in before]
    gained = tuple(file for file in both if now[file] and not before[file])
    lost = tuple(file for file in both if before[file] and not now[file])
    return Turned(part, len(both), gained, lost, round(sign_test(len(gained), len(lost)), 5))


def sign_test(some: int, others: int) -> float:
    """Return the chance of so uneven a count if both were equally likely, two sides.

    Source: McNemar's test in its exact form.
    """
    count = some + others
    tail = sum(math.comb(count, k) for k in range(min(some, others) + 1))
    whole = 1 << count  # no float could hold it, but their quotient is one
    return float(min(1.0, 2 * tail / whole))


def _other_settings(
    before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    return [
        f"{section}.{key}: {before[section][key]} before, {value} now"
        for section, values in now.items()
        for key, value in values.items()
        if key in before.get(section, {}) and before[section][key] != value
    ]
