"""What is known at town hall of units and their chains: for the archive, its page and its exports.

Pure facts, without a database behind them; who keeps them is :mod:`edge.archive`.
"""

from dataclasses import dataclass

from edge.messages.health import RemoteHealth
from edge.messages.links import Break


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one chain is held, to be told to its sender.

    Attributes:
        number, hash: the last row held without a gap; 0 and empty for none.
        proven: up to here the sender's own signed heads vouch for the rows.
        gap: first and last of the rows that its newest head knows and we do not hold.
        broken: where the sender's signed words contradict each other.
        changed: rows were added, or a question has come up.
    """

    name: str
    epoch: str
    number: int
    hash: str
    proven: int
    gap: tuple[int, int] | None = None
    broken: Break | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class ChainState:
    """One sender's chain as it is held.

    Attributes:
        branch: 0, and more for each time that it was rewritten; the newest counts.
        head: the newest row that the sender has signed.
        at: what the last row held says of its time.
        broken_at: when that was found, RFC 3339.
    """

    name: str
    epoch: str
    branch: int
    number: int
    hash: str
    proven: int
    head: int
    at: str
    broken: Break | None
    broken_at: str
    changed_ns: int

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last row that are missing; None when none is."""
        return (self.number + 1, self.head) if self.head > self.number else None


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a party last said of itself, and how its chain stands.

    Attributes:
        heard_ns: when anything last came from it, UTC by our clock.
        online: as its status says; None when it said nothing.
        last_frame_ns: when its camera last gave a frame, UTC by our clock; None when not known.
        list_age_s: of its hotlist, when it last said so; None without a list.
        software: its version.
        problems: sentences of its health.
        remote: who is on its tuning page through the broker; None where it is not known.
        chain: of its newest store; None while no row has come.
    """

    name: str
    heard_ns: int
    online: bool | None
    last_frame_ns: int | None
    list_version: str
    list_age_s: float | None
    software: str
    roster: int | None
    outbox: int | None
    problems: tuple[str, ...]
    chain: ChainState | None
    remote: RemoteHealth | None = None
