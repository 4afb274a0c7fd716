"""A version tries itself on this unit: its settings, its models, a clip whose plates are known.

Run as the reading daemon's user before a switch and on trial, by the version that is tried and by
the one that is kept: what the latter cannot do is not asked of the former.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from edge import __version__
from edge.clock import Clock
from edge.config import Settings, load
from edge.config.packed import packed
from edge.errors import UpdateError
from edge.services.replay import replay
from edge.services.update_state import TABLES
from edge.store import open_store
from edge.store.schema import UNIT
from edge.store.store import DATABASE

STORE: Final = "unit"


class _Truth(BaseModel):
    """What passes in the clip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1]
    plates: tuple[str, ...]
    command: str


def known_tables() -> dict[str, int]:
    """Return the versions of tables that this version of edge reads and writes."""
    return {STORE: len(UNIT)}


def read_clip(settings: Settings, clock: Clock) -> tuple[str, ...]:
    """Return the plates of the clip, each read right by this unit's models.

    Only the models are the unit's: zones, thresholds and lists are for its own view.

    Raises:
        UpdateError: the clip is missing, or a plate in it was not read, or one too many was.
        EdgeError: a model failed.
    """
    folder = packed("selftest")
    try:
        truth = _Truth.model_validate_json((folder / "truth.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise UpdateError(f"{folder}: the self-test clip is missing: install edge anew") from error
    plain = load([]).settings
    clip = {"kind": "video", "address": str(folder / "clip.mp4")}
    # one thread each: two would wait for each other wherever the reading daemon has their core
    changed = {
        "source": plain.source.model_copy(update=clip),
        "detector": plain.detector.model_copy(update=_alone(settings.detector.card)),
        "reader": plain.reader.model_copy(update=_alone(settings.reader.card)),
    }
    found = replay(plain.model_copy(update=changed), clock.now(), clock)
    read = tuple(one.text for one in found.passes)
    if sorted(read) != sorted(truth.plates):
        raise UpdateError(
            f"edge {__version__} read {', '.join(read) or 'nothing'} in the self-test clip, where"
            f" {', '.join(truth.plates)} pass"
        )
    return read


def _alone(card: str) -> dict[str, object]:
    return {"card": card, "threads": 1}


def check_tables(folder: Path, store: Path) -> None:
    """Raise UpdateError where this version would write the store as the one kept cannot read it.

    Args:
        folder: the updater's, where the version that is kept wrote what it can read.
        store: of the unit; it is not opened here, for to open it is to change its tables.
    """
    if not (store / DATABASE).exists():
        return
    file = folder / TABLES
    try:
        readable: Mapping[str, int] = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise UpdateError(f"{file}: cannot be read: nobody knows what is safe ({error})") from error
    for name, version in known_tables().items():
        if version > readable.get(name, 0):
            raise UpdateError(
                f"edge {__version__} has version {version} of the {name}'s tables, and the version"
                f" in force reads {readable.get(name, 0)}: there would be no way back without"
                " losing alerts; install it by hand (scripts/install)"
            )


def check_outbox(settings: Settings, clock: Clock) -> None:
    """Raise UpdateError while an alert waits for its receipt, where somebody gives receipts."""
    stored = (Path(settings.store.folder) / DATABASE).exists()
    if not settings.delivery.receivers or not stored:
        return
    with open_store(settings.store, settings.unit.name, clock) as store:
        waiting = store.outbox.depth()
    if waiting:
        raise UpdateError(f"{waiting} alert messages wait for a receipt")
