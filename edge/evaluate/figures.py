"""One number of an evaluation, with what it is of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from edge.evaluate.metrics import Share

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        part: ``detector``, ``reader`` or ``pictures`` (end to end).
        group: ``all``, or the source or region that it is of.
        low, high: its 95 % interval; None where it has none.
        hits, total: what a share is made of; None for other numbers.
    """

    part: str
    group: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    total: int | None = None


def of_share(part: str, group: str, name: str, share: Share) -> Figure:
    """Return a share as a figure, rounded to what its numbers bear."""
    value, (low, high) = round(share.value, 4), share.interval
    interval = round(low, 4), round(high, 4)
    return Figure(part, group, name, value, *interval, share.hits, share.total)


def of_groups(part: str, name: str, groups: Mapping[str, Share]) -> list[Figure]:
    """Return one figure a group, the largest group first."""
    ranked = sorted(groups.items(), key=lambda item: (-item[1].total, item[0]))
    return [of_share(part, group, name, share) for group, share in ranked]


class Watch(Protocol):
    """Hands out items one by one, perhaps with a bar on a terminal."""

    def __call__(self, what: str, items: Sequence[Item]) -> Iterable[Item]:
        """Return *items*, watched under the title *what*."""


def unwatched(what: str, items: Sequence[Item]) -> Iterable[Item]:  # noqa: ARG001 - no bar, no title
    """Return *items* as they are."""
    return items
