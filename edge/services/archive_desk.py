"""What the archive's page shows: the fleet as the store and the roster know it."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from edge.archive import browse
from edge.archive.export import Period
from edge.archive.report.count import count
from edge.archive.report.page import page, style
from edge.archive.store import ArchiveStore
from edge.clock import Clock
from edge.errors import ReportError
from edge.keys.roles import Role
from edge.messages.fleet import ChainState, UnitState
from edge.messages.wire import rfc3339
from edge.services.archive_export import export
from edge.services.keyring import Keyring
from edge.services.report import StoredChains
from edge.web.archive.contract import (
    ActLine,
    ChainLine,
    Exported,
    Fleet,
    Tone,
    UnitLine,
    Visitor,
)

EXPORTS: Final = "exports"
_SHOWN: Final = frozenset({Role.UNIT, Role.CONSOLE, Role.ARCHIVE})
_GRAVITY: Final = {Tone.BAD: 0, Tone.WATCH: 1, Tone.GOOD: 2}
_LOOK_S: Final = 0.25
_KEEPS: Final = {
    "law.profile": "profile {}",
    "reads.keep_s": "reads that hit nothing for {} s",
    "store.keep_sent_s": "alerts with their receipt for {} s",
}
_DEFAULT: Final = "profile strict; reads that hit nothing not at all"


class Loop(Protocol):
    """What the page wants to know of the archive's loop."""

    @property
    def version(self) -> int:
        """A number that grows with each change that a page would show."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, as sentences."""


class ArchiveDesk:
    """See :class:`edge.web.archive.contract.FleetDesk`.

    Args:
        folder: the archive's; exports go into a folder of it.
        keys: the folder with root and roster.
    """

    def __init__(
        self,
        store: ArchiveStore,
        keyring: Keyring,
        loop: Loop,
        folder: Path,
        keys: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._loop = loop
        self._folder = folder
        self._keys = keys
        self._clock = clock
        self._closed = threading.Event()

    def fleet(self) -> Fleet:
        """Return units, consoles and the archive itself, the worst first."""
        version = self._loop.version  # before what it stands for
        units = sorted(self._units(), key=lambda one: (_GRAVITY[one.tone], one.kind, one.name))
        return Fleet(
            version=version,
            town=self._keyring.identity.town,
            at=self._now(),
            trusted=self._clock.trusted(),
            problems=self._loop.problems,
            units=tuple(units),
        )

    def unit(self, name: str) -> UnitLine | None:
        """Return one of them; None when there is none of that name."""
        return next((one for one in self._units() if one.name == name), None)

    def acts(self, name: str, epoch: str, before: int, limit: int) -> Sequence[ActLine]:
        """Return rows of a chain, the newest first."""
        rows = browse.page(self._store.db, name, epoch, before, limit)
        return [ActLine(one.number, one.at, one.kind, one.hash, one.told) for one in rows]

    def report(self, since: str, until: str) -> str:
        """Return the public report of some days as HTML with a linked style.

        Raises:
            ReportError: the days are none.
        """
        begin, end = _midnight(since), _midnight(until)
        if end <= begin:
            raise ReportError("A report begins before it ends.")
        chains = StoredChains(self._store).open()
        held = list(chains.held())
        town = self._keyring.identity.town
        found = count(chains.acts(), begin, end, town=town, held=held)
        return page(found, made=self._now(), linked=True)

    def style(self) -> bytes:
        """Return the report's style sheet."""
        return style()

    def export(self, visitor: Visitor) -> Exported:
        """Write everything in open formats with a signed manifest; recorded.

        Raises:
            ConfigError: it cannot be written.
            StoreError: it cannot be recorded; nothing was written.
        """
        named = self._now()[:19].replace(":", "")
        folder = self._folder / EXPORTS / named
        why = f"asked for on the page by {visitor.name}"
        identity = self._keyring.identity
        made = export(self._store, identity, self._keys, folder, Period(), self._clock, why)
        return Exported(str(made.folder), made.files, made.bytes)

    def wait(self, version: int, timeout_s: float) -> int:
        """Return the present version once it differs from *version*, or after *timeout_s*."""
        waited = 0.0
        while self._loop.version == version and waited < timeout_s:
            if self._closed.wait(_LOOK_S):
                break
            waited += _LOOK_S
        return self._loop.version

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()

    def _units(self) -> Iterator[UnitLine]:
        """Yield whoever is on the roster or was ever heard."""
        said = {one.name: one for one in self._store.units()}
        chains: dict[str, list[ChainState]] = {}
        for state in self._store.chains():
            chains.setdefault(state.name, []).append(state)
        roster = self._keyring.rosters.roster
        known = {one.name: one.role for one in roster.parties if one.role in _SHOWN}
        paused, kept = self._pauses(), self._kept()
        for name in sorted(known | dict.fromkeys([*said, *chains], Role.UNIT)):
            kind = str(known.get(name, "left the roster"))
            line = _line(name, kind, said.get(name), chains.get(name, []))
            if name == self._keyring.identity.name:
                line = _own(line, self._now())
            yield _with(line, paused.get(name, ""), kept.get(name, "") if kind == "unit" else "")

    def _pauses(self) -> dict[str, str]:
        """Return until when units are paused."""
        found: dict[str, dict[str, str]] = {}
        for row in self._store.acts(["pause"]):
            if row.payload is None:
                continue
            act, number = row.payload.get("act"), str(row.payload.get("number"))
            held = found.setdefault(row.name, {})
            if act == "begun":
                held[number] = str(row.payload.get("until", ""))
            elif act in ("lifted", "lapsed"):
                held.pop(number, None)
        now = self._now()
        return {
            name: max(until)
            for name, held in found.items()
            if (until := [one for one in held.values() if one > now])
        }

    def _kept(self) -> dict[str, str]:
        """Return what each unit's chain tells of how long it keeps what."""
        settings: dict[str, dict[str, str]] = {}
        for row in self._store.acts(["settings"]):
            told = settings.setdefault(row.name, {})
            for pair in (row.payload or {}).get("changed", []):
                if isinstance(pair, list) and len(pair) == 2 and pair[0] in _KEEPS:
                    told[str(pair[0])] = str(pair[1])
        return {name: _keeps(told) for name, told in settings.items()}

    def _now(self) -> str:
        return _iso(self._clock.now().utc_ns)


def _keeps(told: Mapping[str, str]) -> str:
    if not told:
        return _DEFAULT
    words = (
        _KEEPS[name].format(browse.shown("profile", told[name])) for name in _KEEPS if name in told
    )
    return "; ".join(words)


def _line(name: str, kind: str, said: UnitState | None, chains: Sequence[ChainState]) -> UnitLine:
    newest = max(chains, key=lambda one: one.changed_ns, default=None)
    remote = said.remote if said else None
    return UnitLine(
        name=name,
        kind=kind,
        online=said.online if said else None,
        last_frame=_iso(said.last_frame_ns) if said and said.last_frame_ns else "",
        last_heard=_iso(said.heard_ns) if said else "",
        software=said.software if said else "",
        list_name=said.list_version if said else "",
        list_age_s=said.list_age_s if said else None,
        problems=said.problems if said else (),
        outbox=said.outbox if said else None,
        paused_until="",
        retention="",
        chains=tuple(_chain(one, present=one is newest) for one in chains),
        visitor=remote.sentence if remote and remote.who else "",
        remote=remote.sentence if remote else "",
    )


def _own(line: UnitLine, now: str) -> UnitLine:
    return replace(line, online=True, last_heard=now, outbox=None)


def _with(line: UnitLine, paused_until: str, retention: str) -> UnitLine:
    return replace(line, paused_until=paused_until, retention=retention)


def _chain(one: ChainState, *, present: bool) -> ChainLine:
    gap = f"rows {one.gap[0]} to {one.gap[1]} have not come" if one.gap else ""
    broken = f"at row {one.broken.number}: {one.broken.reason}" if one.broken else ""
    return ChainLine(one.epoch, one.number, one.hash, one.head, gap, broken, present)


def _midnight(day: str) -> str:
    try:
        return rfc3339(datetime.fromisoformat(day).replace(tzinfo=UTC))
    except ValueError:
        raise ReportError(f"{day!r} is no date.") from None


def _iso(utc_ns: int) -> str:
    return rfc3339(datetime.fromtimestamp(utc_ns / 1e9, UTC))
