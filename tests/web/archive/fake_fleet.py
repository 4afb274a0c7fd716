"""A town's archive for tests of its pages: lines by hand, every act remembered."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edge.archive.report.count import count
from edge.archive.report.page import page, style
from edge.errors import ReportError, StoreError
from edge.keys.roles import Role
from edge.web.archive.contract import (
    ActLine,
    ChainLine,
    Entered,
    Exported,
    Fleet,
    UnitLine,
    Visitor,
)

AT = "2026-11-23T04:05:00.000Z"
EPOCH = "720823f63e1ef63dab90c7314b2aae1a"
HASH = "2f04edeab4af1e80d81e947f9f2f50706b3457ea4b1f33d5076fc76c5ca12d50"


def chain(**changed: Any) -> ChainLine:
    """Return a chain that is whole."""
    whole = ChainLine(epoch=EPOCH, number=4_812, head=HASH, published=4_812)
    return replace(whole, **changed)


def unit(name: str, **changed: Any) -> UnitLine:
    """Return a unit that is well."""
    well = UnitLine(
        name=name,
        kind="unit",
        online=True,
        last_frame="2026-11-23T04:04:58.000Z",
        last_heard="2026-11-23T04:04:51.000Z",
        software="0.6.1",
        list_name="town-71-bcb807ac0ea1",
        list_age_s=11_200.0,
        problems=(),
        outbox=0,
        paused_until="",
        retention="Reads that hit nothing: not at all. Hits: 30 days. Profile: strict.",
        chains=(chain(),),
    )
    return replace(well, **changed)


def station(name: str, kind: str = "console", **changed: Any) -> UnitLine:
    """Return a console that is well."""
    none = {"last_frame": "", "list_name": "", "list_age_s": None, "retention": ""}
    return unit(
        name, **{"kind": kind, **none, "chains": (chain(number=376, published=376),), **changed}
    )


def town() -> tuple[UnitLine, ...]:
    """Return a fleet with most of what can go wrong."""
    broken = "at row 2 071: another row stands where its sender signed for one"
    old = chain(epoch="ab" * 16, number=9_120, published=9_120, present=False)
    return (
        unit("main-street", chains=(chain(broken=broken), old)),
        unit(
            "route-5",
            online=False,
            last_frame="2026-11-22T21:12:00.000Z",
            last_heard="2026-11-22T21:12:04.000Z",
            problems=("No frame has come for 40 s: the camera delivers nothing.",),
            outbox=3,
            chains=(chain(number=4_700, published=4_740, gap="rows 4 701 to 4 740 have not come"),),
        ),
        unit(
            "river-road",
            visitor="tess, technician, is on its tuning page through the broker",
            paused_until="2026-11-25T08:00:00.000Z",
            last_frame="2026-11-22T18:00:00.000Z",
        ),
        unit("bridge-2"),
        station("car-12"),
        station("dispatch"),
        station("archive", "archive", last_heard=AT),
    )


class FakeDoor:
    """A supervisor and an auditor; passwords are the name and a word."""

    def __init__(self) -> None:
        self.roles = {"ada": Role.AUDITOR, "sue": Role.SUPERVISOR}
        self._open: dict[str, Visitor] = {}

    def names(self) -> Sequence[str]:
        return tuple(self.roles)

    def log_in(self, name: str, password: str) -> Entered:
        if name not in self.roles or password != f"{name} secret":
            return Entered(refused="Name and password do not belong together.")
        token = f"token-of-a-session-{len(self._open):04d}"
        self._open[token] = Visitor(name, self.roles[name], token)
        return Entered(token=token)

    def visitor(self, token: str, *, active: bool = True) -> Visitor | None:  # noqa: ARG002
        return self._open.get(token)

    def log_out(self, token: str) -> None:
        self._open.pop(token, None)


class FakeFleet:
    """What the archive holds, as a test says."""

    def __init__(self, units: Sequence[UnitLine] | None = None) -> None:
        self.told = Fleet(1, "windsor", AT, trusted=True, units=())
        self.told = replace(self.told, units=tuple(town() if units is None else units))
        self.rows = [
            ActLine(n, f"2026-11-2{n % 3}T04:00:00.000Z", "hour", HASH, (("reads", str(n)),))
            for n in range(1, 121)
        ]
        self.exports: list[str] = []
        self.full = False
        self._changed = threading.Condition()

    def set(self, **changed: Any) -> None:
        """Change the fleet, and tell whoever waits."""
        with self._changed:
            self.told = replace(self.told, version=self.told.version + 1, **changed)
            self._changed.notify_all()

    def fleet(self) -> Fleet:
        return self.told

    def unit(self, name: str) -> UnitLine | None:
        return next((one for one in self.told.units if one.name == name), None)

    def acts(self, name: str, epoch: str, before: int, limit: int) -> Sequence[ActLine]:  # noqa: ARG002
        found = [row for row in self.rows if not before or row.number < before]
        return found[::-1][:limit]

    def report(self, since: str, until: str) -> str:
        if since >= until:
            raise ReportError("A report begins before it ends.")
        made = count((), f"{since}T00:00:00.000Z", f"{until}T00:00:00.000Z", town="windsor")
        return page(made, linked=True)

    def style(self) -> bytes:
        return style()

    def export(self, visitor: Visitor) -> Exported:
        if self.full:
            raise StoreError("the disk is full")
        self.exports.append(visitor.name)
        return Exported("/var/lib/edge/archive/exports/2026-11-23", 19, 1_204_511)

    def wait(self, version: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self.told.version != version, timeout_s)
            return self.told.version
