"""What the archive's page may ask for: two protocols, held by a test against the code.

Nothing that is told here has a plate in it, and nothing can be changed by it but who is logged in;
an export is the one act, and it is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from edge.keys.roles import Role


class Tone(StrEnum):
    """How a line is to be shown: at ease, as something to look at, or as something wrong."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in; the page needs no keys of theirs.

    Attributes:
        mark: names the session in the records; not the token.
    """

    name: str
    role: Role
    mark: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What a log-in brought.

    Attributes:
        token: for the browser's cookie; empty when refused.
        refused: why, as a sentence; the same for a wrong name and a wrong password.
        wait_s: the next try is not looked at before.
    """

    token: str = field(default="", repr=False)
    refused: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One store's chain, as far as it is held.

    Attributes:
        number: the newest row that is held without a gap; *head* is its hash.
        published: the newest row that its sender signed for; 0 when it has signed for none.
        gap: rows that are missing, as a sentence; empty for none.
        broken: where and how it does not hold, or that two of it came; empty while it holds.
        present: the chain that its sender writes now; older ones end with a lost store.
    """

    epoch: str
    number: int
    head: str
    published: int
    gap: str = ""
    broken: str = ""
    present: bool = True

    @property
    def tone(self) -> Tone:
        """How it stands."""
        if self.broken:
            return Tone.BAD
        return Tone.WATCH if self.gap or self.number < self.published else Tone.GOOD


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit or console of the town.

    Attributes:
        kind: ``unit``, ``console`` or ``archive``.
        online: by the broker; None where it is not known.
        last_frame: when its camera last gave a frame, RFC 3339; empty when never, or no camera.
        last_heard: when anything last came from it.
        list_name, list_age_s: the hotlist in force; None where it is not known.
        problems: health's sentences.
        outbox: letters that wait for a receipt there; None where it is not known.
        paused_until: RFC 3339; empty while it is not paused.
        retention: how long what is kept there, as a sentence; empty where it is not known.
        visitor: who is on its tuning page through the broker, as a sentence; empty for nobody.
        remote: that, or whether anybody may come in; empty where it is not known.
    """

    name: str
    kind: str
    online: bool | None
    last_frame: str
    last_heard: str
    software: str
    list_name: str
    list_age_s: float | None
    problems: tuple[str, ...]
    outbox: int | None
    paused_until: str
    retention: str
    chains: tuple[ChainLine, ...]
    visitor: str = ""
    remote: str = ""

    @property
    def tone(self) -> Tone:
        """The worst of what is told of it."""
        tones = {chain.tone for chain in self.chains}
        if Tone.BAD in tones or not self.chains:
            return Tone.BAD
        if self.online is False or self.problems or Tone.WATCH in tones:
            return Tone.WATCH
        return Tone.GOOD


@dataclass(frozen=True, slots=True)
class Fleet:
    """The whole town at one moment.

    Attributes:
        at: RFC 3339; trusted says whether the archive's own clock can be believed.
        problems: of the archive itself, as sentences; its broker's among them.
    """

    version: int
    town: str
    at: str
    trusted: bool
    units: tuple[UnitLine, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActLine:
    """One row of a chain as the page shows it.

    Attributes:
        told: names and values of its payload; None when that was erased, or is not the archive's
            to open.
    """

    number: int
    at: str
    kind: str
    hash: str
    told: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that lies in a folder of the archive's machine."""

    folder: str
    files: int
    bytes: int


class FleetDesk(Protocol):
    """What the archive holds; every method may be called from any thread.

    Acts raise ``edge.errors.StoreError`` when they cannot be recorded: then nothing was done.
    """

    def fleet(self) -> Fleet:
        """Return units, consoles and the archive itself, the worst first."""

    def unit(self, name: str) -> UnitLine | None:
        """Return one of them; None when there is none of that name."""

    def acts(self, name: str, epoch: str, before: int, limit: int) -> Sequence[ActLine]:
        """Return up to *limit* rows below number *before* (0: from the end), the newest first."""

    def report(self, since: str, until: str) -> str:
        """Return the public report of days, ``2026-11-01`` to the day before *until*, as HTML.

        Its style is linked as ``/static/report.css``.

        Raises:
            EdgeError: the days are none, or it cannot be counted; a sentence.
        """

    def style(self) -> bytes:
        """Return the report's style sheet."""

    def export(self, visitor: Visitor) -> Exported:
        """Write everything in open formats with a signed manifest; recorded."""

    def wait(self, version: int, timeout_s: float) -> int:
        """Return the present version once it differs from *version*, or after *timeout_s*."""


class Door(Protocol):
    """Who may look; knows sessions by their tokens' hashes alone."""

    def names(self) -> Sequence[str]:
        """Return those who have keys on this machine."""

    def log_in(self, name: str, password: str) -> Entered:
        """Check a password and begin a session; takes a part of a second, call it from a thread."""

    def visitor(self, token: str, *, active: bool = True) -> Visitor | None:
        """Return who has this cookie; None when the session ended or timed out.

        Args:
            active: somebody did something; False for what a page asks by itself.
        """

    def log_out(self, token: str) -> None:
        """End the session; recorded."""
