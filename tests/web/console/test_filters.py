"""What filters hide, and that no alarm is hidden in silence."""

from dataclasses import replace

import pytest

from edge.errors import ConsoleError
from edge.records import Grade
from edge.web.console.cards import Card
from edge.web.console.filters import check, sift
from edge.web.console.showing import Away, Viewer, card
from edge.web.console.state import Filters
from edge.web.console.told import Told
from tests.web.console.told import alarm, graded, here, told


def _found(away_m: float | None = None) -> list[tuple[Told, Card]]:
    away = None if away_m is None else Away(away_m, 0.0)
    pair = [told(alarm()), replace(told(graded(Grade.VERIFY), sequence=2), touched=True)]
    return [(one, card([one], [], Viewer(), here(), away)) for one in pair]


def test_no_filter_hides_nothing() -> None:
    """The control: an empty set means everything."""
    shown = sift(Filters(), _found())
    assert (len(shown.cards), shown.hidden, shown.hidden_alarms) == (2, 0, 0)


@pytest.mark.parametrize(
    ("filters", "alarms"),
    [
        (Filters(grades=frozenset({"verify"})), 1),
        (Filters(grades=frozenset({"alarm"})), 0),
    ],
)
def test_hidden_alarms_are_counted(filters: Filters, alarms: int) -> None:
    """Whatever is hidden is counted, and the alarms among it on their own."""
    shown = sift(filters, _found())
    assert (len(shown.cards), shown.hidden, shown.hidden_alarms) == (1, 1, alarms)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(units=frozenset({"other-unit"})),
        Filters(categories=frozenset({"missing_person"})),
        Filters(within_m=500.0),
    ],
)
def test_units_categories_and_distance_hide(filters: Filters) -> None:
    """Each filter hides what is not in it."""
    shown = sift(filters, _found(away_m=501.0))
    assert (len(shown.cards), shown.hidden_alarms) == (0, 1)


def test_a_place_that_is_not_known_is_shown() -> None:
    """Without a position, nothing is hidden for its distance."""
    assert len(sift(Filters(within_m=500.0), _found()).cards) == 2


@pytest.mark.parametrize(
    "filters",
    [
        Filters(categories=frozenset({"everything"})),
        Filters(grades=frozenset({"none"})),
        Filters(within_m=0.0),
        Filters(within_m=float("nan")),
    ],
)
def test_filters_that_would_hide_everything_are_refused(filters: Filters) -> None:
    """A word that no alert can have is refused, with those that there are."""
    with pytest.raises(ConsoleError):
        check(filters)
