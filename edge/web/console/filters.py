"""What an officer does not want to see in this shift; alarms that are hidden are counted."""

from collections.abc import Sequence
from typing import NamedTuple

from edge.errors import ConsoleError
from edge.records import Category, Grade
from edge.web.console.cards import Card, Tone
from edge.web.console.state import Filters
from edge.web.console.told import Told

_GRADES = frozenset({Grade.ALARM.value, Grade.VERIFY.value})
_CATEGORIES = frozenset(one.value for one in Category) - {Category.TEST.value}


class Shown(NamedTuple):
    """What is left.

    Attributes:
        hidden: how many cards the filters took away; *hidden_alarms*: those that stand as alarms.
    """

    cards: tuple[Card, ...]
    hidden: int
    hidden_alarms: int


def keeps(filters: Filters, told: Told, distance_m: float | None) -> bool:
    """Say whether an alert passes; what cannot be judged does."""
    payload = told.message.payload
    wanted = (
        (filters.categories, payload.entry.category),
        (filters.units, told.message.unit),
        (filters.grades, payload.grade.value),
    )
    if any(chosen and value not in chosen for chosen, value in wanted):
        return False
    return filters.within_m is None or distance_m is None or distance_m <= filters.within_m


def sift(filters: Filters, found: Sequence[tuple[Told, Card]]) -> Shown:
    """Return the cards that pass, in their order, and how many do not."""
    kept = [card for told, card in found if keeps(filters, told, card.distance_m)]
    left = {card.number for card in kept}
    hidden = [card for _, card in found if card.number not in left]
    alarms = sum(1 for card in hidden if card.tone is Tone.ALARM)
    return Shown(tuple(kept), len(hidden), alarms)


def check(filters: Filters) -> None:
    """Refuse filters that name what there is not: they would hide everything.

    Raises:
        ConsoleError: a category or grade is unknown, or the distance is none.
    """
    for chosen, known in ((filters.categories, _CATEGORIES), (filters.grades, _GRADES)):
        if strange := sorted(chosen - known):
            raise ConsoleError(
                f"{strange[0][:40]!r} cannot be filtered by; choose of {', '.join(sorted(known))}"
            )
    if filters.within_m is not None and not 0 < filters.within_m < 1e7:
        raise ConsoleError("a distance to filter by is more than 0 m and at most 10,000 km")
