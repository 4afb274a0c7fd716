"""A unit that keeps reads, for tests: key holder, keeper and search, on a clock that tests move."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.clock import Moment
from edge.config import load
from edge.config.reads import ReadsSection
from edge.errors import StoreFull
from edge.keys.identity import Identity, make_identity
from edge.keys.roles import Role
from edge.messages.acts import check_act
from edge.records import Direction, KeptRead, Sighting
from edge.services.reads import ReadKeeper
from edge.services.reads_find import KeptReads
from edge.services.reads_keys import Keeper, KeyHolder
from tests.fakes import START, FakeClock
from tests.tracking.reads import read_of

YEAR_S = 366 * 86_400.0


def section(folder: Path, keep_s: float, **more: Any) -> ReadsSection:
    told = {"keep_s": keep_s, "folder": str(folder / "reads"), **more}
    return load([]).settings.reads.model_copy(update=told)


def sighting(text: str, at: Moment, place: str = "us-ct") -> Sighting:
    """Return an ended pass that was last seen at *at*."""
    read = replace(read_of(text, at_s=0.0), captured=at, detected=at)
    return Sighting(
        track=1,
        slots=np.zeros((10, 37), np.float32),
        text=text,
        raw_text=text,
        confidence=0.97,
        reads=5,
        first_seen=at.later(-1.0),
        last_seen=at,
        last_detected=at,
        fused=at,
        best=read,
        direction=Direction.APPROACHING,
        jurisdiction={place: 0.9, "us-ma": 0.1},
        ended=True,
    )


class Begins:
    """Matches every text, or those that begin as given."""

    def __init__(self, begin: str = "") -> None:
        self.begin = begin

    def matches(self, text: str) -> bool:
        return text.startswith(self.begin)


@dataclass
class Pole:
    """One unit.

    Attributes:
        rows: acts on its chain, in order.
        full: nothing can be recorded.
    """

    folder: Path
    keep_s: float = 180.0
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    own: Identity = field(default_factory=lambda: make_identity("pole-1", Role.UNIT, "windsor"))
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    full: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def section(self) -> ReadsSection:
        return section(self.folder, self.keep_s, **self.more)

    @property
    def runtime(self) -> Path:
        return self.folder / "run"

    @property
    def reads(self) -> Path:
        return Path(self.section.folder)

    def now_ns(self) -> int:
        return self.clock.moment.monotonic_ns

    def record(self, kind: str, payload: Mapping[str, Any]) -> None:
        if self.full:
            raise StoreFull("the disk is full")
        assert kind == "reads"
        check_act(kind, payload)
        self.rows.append((payload["act"], payload["hour"], payload["count"]))

    def acts(self, act: str) -> list[int]:
        return [count for one, _, count in self.rows if one == act]

    def holder(self, keeper: Keeper | None = None) -> KeyHolder:
        return KeyHolder(
            self.section, self.runtime, self.own, self.record, self.clock, self.now_ns, keeper
        )

    def keeper(self, reserve_mb: int = 0) -> ReadKeeper:
        return ReadKeeper(self.section, reserve_mb, self.runtime, self.own, self.clock, self.now_ns)

    def kept(self, holder: KeyHolder) -> KeptReads:
        return KeptReads(holder, lambda: {self.own.signing.public})

    def find(self, holder: KeyHolder, begin: str = "") -> list[KeptRead]:
        far = YEAR_S * 100
        return list(self.kept(holder).find(Begins(begin), START.later(-far), START.later(far)))

    def texts(self, holder: KeyHolder) -> list[str]:
        return [one.text for one in self.find(holder)]

    def see(self, keeper: ReadKeeper, *texts: str) -> None:
        """Let cars pass now, and seal what was read of them."""
        for text in texts:
            keeper.keep(sighting(text, self.clock.now()))
        keeper.flush()

    def jump(self, seconds: float) -> None:
        """Set the clock, as somebody does who has the time from elsewhere."""
        moment = self.clock.moment
        self.clock.moment = Moment(moment.utc_ns + round(seconds * 1e9), moment.monotonic_ns)

    def on_disk(self) -> bytes:
        """Return all that stands in the unit's folders, names included."""
        found = b""
        for where, _, files in os.walk(self.folder):
            for name in files:
                found += name.encode() + (Path(where) / name).read_bytes()
        return found
