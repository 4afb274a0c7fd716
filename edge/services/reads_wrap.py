"""Kept reads over a reboot: each slot's key lies wrapped beside its file, and the archive unwraps.

The wrapping key is the archive's, made ahead for this unit; its private half dies there when the
slot's would have. After a reboot the holder asks for those that still live. Until the archive has
answered nothing opens; what it does not give back is dead, and goes. Without keys ahead (nobody
heard the archive for days) a slot's key is not kept at all: its reads end with the next reboot.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.clock import Clock
from edge.config.reads import ReadsSection
from edge.disk import put
from edge.errors import KeysError, StoreError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.held import wipe
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.keys.signed import from_bytes
from edge.keys.wrapped import unwrap, wrap
from edge.log import Log
from edge.messages.acts_base import When
from edge.messages.keys import (
    ASK_LIMIT,
    GIVE,
    MOST_AHEAD,
    MOST_BACK,
    AheadAsk,
    AheadGive,
    BackAsk,
    BackGive,
    about,
    read_give,
    sign_ask,
)
from edge.services.reads_keys import Live, Restored
from edge.services.reads_slots import FOLDER, Uptime, slot_s, uptime

ASKS: Final = "asks"  # in runtime.folder/reads: for deliver to publish
GIVEN: Final = "given"  # there too: what watch took out of orders
SUFFIX: Final = ".key"
_EVERY_NS: Final = 15_000_000_000  # between two asks of a kind that nobody has answered
_MS: Final = 1_000_000
_log: Final = Log("edge.reads.wrap")


class _Kept(canonical.Row):
    """What lies beside a slot's file.

    Attributes:
        wrap: id of the wrapping key; *public* is its public half, *box* the slot's key wrapped.
        until_ns: UTC when the slot dies, as a hint; 0 where the clock was not believed.
    """

    v: Literal[1]
    wrap: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    public: str
    box: str
    hour: When
    until_ns: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A wrapping key for a slot that begins at *from_ns* or later."""

    key: SealingKey
    from_ns: int


@dataclass(slots=True)
class _Asked:
    """An ask that waits for its answer."""

    nonce: str
    at_ns: int
    ephemeral: OpeningKey | None = None
    ids: tuple[str, ...] = ()


class Wrapper:
    """Keeps slots' keys wrapped, and brings them back: the ``Keeper`` of a key holder.

    Attributes:
        problem: why reads would not survive a reboot now; empty when they would.
    """

    def __init__(
        self,
        section: ReadsSection,
        runtime: Path,
        own: Identity,
        rosters: RosterKeeper,
        clock: Clock,
        now_ns: Uptime | None = None,
    ) -> None:
        self._keep_ns = round(section.keep_s * 1e9)
        self._slot_ns = round(slot_s(section.keep_s) * 1e9)
        self._folder = Path(section.folder)
        self._asks = runtime / FOLDER / ASKS
        self._given = runtime / FOLDER / GIVEN
        self._own = own
        self._rosters = rosters
        self._clock = clock
        self._now_ns = now_ns or uptime(clock)
        self._began_ns: int | None = None
        self._ahead: list[_Ahead] = []
        self._old: dict[str, _Kept] = {}  # slots of an earlier run, by id
        self._back: list[Restored] = []
        self._asked: dict[str, _Asked] = {}
        self._without = False
        self._renewed = False
        self.problem = ""

    def save(self, live: Live, raw: bytes) -> None:
        """Put *raw* beside its slot's file, wrapped; without a wrapping key it is only wiped."""
        fit = [one for one in self._ahead if one.from_ns <= live.slot.since_ns]
        slot = live.slot.key.id
        if not fit:
            self.problem = "reads kept now end with the next reboot: the archive has given no key"
            self._without = True
            wipe(raw)
            return
        one = fit[-1]  # the latest: it dies last, and not after the slot
        self._ahead = [other for other in self._ahead if other.from_ns > one.from_ns]
        until_ns = live.born_ns + self._keep_ns if live.born_ns is not None else 0
        row = _Kept(
            v=1,
            wrap=one.key.id,
            public=canonical.to_text(one.key.raw),
            box=canonical.to_text(wrap(raw, one.key, slot.encode())),
            hour=live.hour,
            until_ns=until_ns,
        )
        wipe(raw)
        try:
            put(self._folder / f"{slot}{SUFFIX}", canonical.write(row))
        except OSError as error:
            self.problem = f"reads kept now end with the next reboot: {error}"
            return
        self.problem = ""

    def restored(self) -> list[Restored]:
        """Return the keys that came back since the last call."""
        self._begin()
        self._take()
        back, self._back = self._back, []
        return back

    def awaited(self) -> frozenset[str]:
        """Return the slots, by id, whose key may yet come back."""
        self._begin()
        return frozenset(self._old)

    def renewed(self) -> bool:
        """Say, once, that keys came after a slot had to go without: another should begin."""
        renewed, self._renewed = self._renewed, False
        return renewed

    def forget(self, slot: str) -> None:
        """Delete what was kept of a slot's key."""
        self._old.pop(slot, None)
        try:
            (self._folder / f"{slot}{SUFFIX}").unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be deleted: {error.strerror}") from error

    def step(self) -> None:
        """Give up what is over, and ask for what is wanted."""
        self._begin()
        for slot in [one for one, kept in self._old.items() if self._over(kept)]:
            self.forget(slot)
        if len(self._ahead) < MOST_AHEAD // 2 and self._due("ahead"):
            self._ask_ahead()
        if self._old and self._due("back"):
            self._ask_back()

    def _begin(self) -> None:
        """Find, once, what an earlier run has left."""
        if self._began_ns is not None:
            return
        self._began_ns = self._now_ns()
        for folder in (self._asks, self._given):
            try:
                folder.mkdir(mode=0o770, parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"{folder}: cannot be made: {error.strerror}") from error
        for file in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                self._old[file.stem] = canonical.read(_Kept, file.read_bytes(), str(file))
            except KeysError as error:  # torn by a power cut: its slot's key is gone
                _log.warning("a wrapped key is left out", why=error)
                self.forget(file.stem)
            except OSError as error:
                raise StoreError(f"{file}: cannot be read: {error.strerror}") from error

    def _over(self, kept: _Kept) -> bool:
        """Say whether a slot of an earlier run is past its limit by any clock that we have."""
        if self._now_ns() - (self._began_ns or 0) >= self._keep_ns:
            return True
        return (
            bool(kept.until_ns)
            and self._clock.trusted()
            and self._clock.now().utc_ns >= kept.until_ns
        )

    def _due(self, act: str) -> bool:
        asked = self._asked.get(act)
        return asked is None or self._now_ns() - asked.at_ns >= _EVERY_NS

    def _ask_ahead(self) -> None:
        nonce = secrets.token_hex(16)
        ask = AheadAsk(
            v=1,
            act="ahead",
            nonce=nonce,
            slot_ms=self._slot_ns // _MS,
            keep_ms=self._keep_ns // _MS,
            count=MOST_AHEAD,
        )
        self._asked["ahead"] = _Asked(nonce, self._now_ns())
        self._lay("ahead", sign_ask(ask, self._own))

    def _ask_back(self) -> None:
        nonce, ephemeral = secrets.token_hex(16), OpeningKey.make()
        slots = sorted(self._old)[:MOST_BACK]
        ids = sorted({self._old[one].wrap for one in slots})
        ask = BackAsk(
            v=1,
            act="back",
            nonce=nonce,
            ids=ids,
            ephemeral=canonical.to_text(ephemeral.public.raw),
        )
        self._asked["back"] = _Asked(nonce, self._now_ns(), ephemeral, tuple(ids))
        self._lay("back", sign_ask(ask, self._own))

    def _lay(self, act: str, blob: bytes) -> None:
        try:
            put(self._asks / f"{act}.ask", blob, settle=False)
        except OSError as error:
            raise StoreError(f"{self._asks}: cannot be written: {error.strerror}") from error

    def _take(self) -> None:
        """Take up what the archive has given, as far as we asked for it."""
        for file in sorted(self._given.glob("*.given")):
            try:
                blob = file.read_bytes()
                file.unlink()
            except OSError as error:
                raise StoreError(f"{file}: cannot be taken: {error.strerror}") from error
            try:
                self._believe(blob)
            except KeysError as error:
                _log.warning("what came as wrapping keys is refused", why=error)

    def _believe(self, blob: bytes) -> None:
        signed = from_bytes(blob, "wrapping keys", GIVE)
        self._rosters.roster.check(signed, Role.ARCHIVE, self._rosters.at())
        give = read_give(signed)
        asked = self._asked.get(give.act)
        if asked is None or (give.unit, give.nonce) != (self._own.name, asked.nonce):
            raise KeysError("wrapping keys: nobody here has asked for these")
        takes: dict[str, Callable[[], None]] = {
            "ahead": lambda: self._take_ahead(give) if isinstance(give, AheadGive) else None,
            "back": lambda: self._take_back(give, asked) if isinstance(give, BackGive) else None,
        }
        takes[give.act]()

    def _take_ahead(self, give: AheadGive) -> None:
        now_ns = self._now_ns()
        self._ahead = [
            _Ahead(
                SealingKey(canonical.from_text(one.key, "a wrapping key")),
                now_ns + one.after_ms * _MS,
            )
            for one in give.keys
        ]
        self._ahead.sort(key=lambda one: one.from_ns)
        self._renewed, self._without = self._without, False
        self.problem = ""

    def _take_back(self, give: BackGive, asked: _Asked) -> None:
        ephemeral = asked.ephemeral
        if ephemeral is None:
            return
        del self._asked["back"]
        spent_ns = self._now_ns() - asked.at_ns
        came = {one.id: one for one in give.keys}
        for slot, kept in list(self._old.items()):
            if kept.wrap not in asked.ids:
                continue
            one = came.get(kept.wrap)
            left_ns = one.left_ms * _MS - spent_ns if one is not None else 0
            if one is None or left_ns <= 0:
                self.forget(slot)  # dead there: the sweep deletes its reads
                continue
            box = canonical.from_text(one.key, "a wrapping key")
            told = about(self._own.name, kept.wrap, asked.nonce)
            key = unwrap(box, ephemeral.public, ephemeral.agree, told)
            self._back.append(self._opened(slot, kept, key, left_ns))
            del self._old[slot]
        wipe(ephemeral.raw)

    def _opened(self, slot: str, kept: _Kept, key: bytes, left_ns: int) -> Restored:
        wrapping = OpeningKey(key)
        box = canonical.from_text(kept.box, "a wrapped key")
        raw = unwrap(box, wrapping.public, wrapping.agree, slot.encode())
        wipe(key)
        return Restored(raw, min(left_ns, self._keep_ns), kept.hour)


GIVEN_LIMIT: Final = 4 * ASK_LIMIT
