"""Whom to tell how their chain stands, and when: receipts for rows, and questions for gaps."""

from dataclasses import dataclass
from typing import Final

from edge.clock import Moment
from edge.messages.fleet import Standing

AGAIN_S: Final = 1.0  # a sender that repeats itself is answered so often at most
ASK_S: Final = 10.0  # a gap without progress is asked for so often
OPEN_S: Final = 120.0  # and is told of when it has stood for so long
RETREAT: Final = 4  # questions in vain, after which rows that no head has proven are doubted


@dataclass(slots=True)
class _Asked:
    """What is known of one chain's questions."""

    standing: Standing
    told: Moment | None = None
    progress: Moment | None = None
    open: tuple[int, int] | None = None
    heard: bool = False
    vain: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A gap that has opened or closed; to be recorded."""

    act: str
    name: str
    epoch: str
    first: int
    last: int


class Asking:
    """Keeps how each chain stands since the start of the process."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], _Asked] = {}

    @property
    def gaps(self) -> tuple[str, ...]:
        """Return a sentence for each gap that has stood for a while."""
        return tuple(
            f"rows {one.open[0]} to {one.open[1]} of the chain of {name} are missing"
            for (name, _), one in sorted(self._asked.items())
            if one.open is not None
        )

    def note(self, standing: Standing, now: Moment) -> None:
        """Note how a chain stands, without a word to its sender."""
        one = self._asked.setdefault((standing.name, standing.epoch), _Asked(standing))
        if standing.changed or one.progress is None:
            one.progress, one.vain = now, 0
        one.heard = True
        one.standing = standing

    def answer(self, standing: Standing, now: Moment) -> bool:
        """Note how a chain stands after rows came; say whether its sender is told now."""
        self.note(standing, now)
        one = self._asked[standing.name, standing.epoch]
        due = standing.changed or one.told is None or now.since(one.told) >= AGAIN_S
        if due:
            one.told = now
        return due

    def due(self, now: Moment) -> list[tuple[Standing, bool]]:
        """Return the chains whose gap is to be asked for now.

        With each stands whether its sender was heard, and asked in vain so often that those rows
        may be to blame that no head has proven.
        """
        found = []
        for one in self._asked.values():
            if one.standing.gap is None or _within(one.progress, now) or _within(one.told, now):
                continue
            one.vain += one.heard
            one.told, one.heard = now, False
            found.append((one.standing, one.vain >= RETREAT))
        return found

    def changes(self, now: Moment) -> list[Change]:
        """Return the gaps that have stood for a while since the last call, and those closed."""
        found = []
        for (name, epoch), one in self._asked.items():
            gap = one.standing.gap
            stands = one.progress is not None and now.since(one.progress) >= OPEN_S
            if gap is not None and one.open is None and stands:
                one.open = gap
                found.append(Change("open", name, epoch, *gap))
            elif gap is None and one.open is not None:
                found.append(Change("closed", name, epoch, *one.open))
                one.open = None
        return found


def _within(since: Moment | None, now: Moment) -> bool:
    return since is not None and now.since(since) < ASK_S
