"""How many innocent cars a list will stop, before it goes live.

For every listed plate: how likely is it that a passing car that is not the listed one is taken for
it? Either its plate, read right, is the same text of another jurisdiction (*collision*), or it is
another text, read as this one (*misread*), or the entry knows its plate in part (*wildcard*). No
car is simulated: entries of one pattern and jurisdiction have the same chances but for their
characters, and these are summed by a histogram. Cars come by :func:`edge.plates.syntax.shares`,
their plates by :mod:`edge.plates.serials`, the reader's errors by
:mod:`edge.hotlist.forecast_reader`. Two errors in one plate are left out, some 3 % of the misreads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.config.hotlist import HotlistSection
from edge.config.policy import PolicySection
from edge.hotlist import rarity
from edge.hotlist.forecast_groups import Group, groups, partial_plates
from edge.hotlist.forecast_reader import Confusion, Passes
from edge.hotlist.index import Hotlist
from edge.hotlist.partial import lengths
from edge.plates import serials, syntax
from edge.plates.alphabet import SLOTS

_CONTESTED: Final = 0.02  # as the text gate weighs rivals
_SAID: Final = 0.95  # what a reader that names a place gives it
_DIGITS: Final = slice(0, 10)
_LETTERS: Final = slice(10, 36)


@dataclass(frozen=True, slots=True)
class Rate:
    """False alerts for each passing car, by their cause."""

    collision: float = 0.0
    misread: float = 0.0
    wildcard: float = 0.0

    @property
    def total(self) -> float:
        """All causes together."""
        return self.collision + self.misread + self.wildcard


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a list will do.

    Attributes:
        alarm: alerts of grade ``alarm``, by the thresholds of the settings.
        told: alerts of any grade.
        exact: what matching the likeliest text and place would give.
        exact_anywhere: the likeliest text alone.
        true_alarm, true_told: share of passes of listed home cars that alarm, or are told at all.
    """

    entries: int
    alarm: Rate
    told: Rate
    exact: Rate
    exact_anywhere: Rate
    true_alarm: float
    true_told: float


def forecast(
    hotlist: Hotlist,
    hotlist_section: HotlistSection,
    policy: PolicySection,
    home: str,
    table: Confusion,
    now: datetime,
) -> Forecast:
    """Return the rates for one car; expired entries do not count."""
    now_s = int(now.timestamp())
    work = _Work(hotlist_section, policy, home, table, len(hotlist))
    found = list(groups(hotlist, now_s))
    sums = np.sum([work.rates(group) for group in found] or [np.zeros(8)], axis=0)
    wild = sum(work.covered(plate) for plate in partial_plates(hotlist, now_s))
    told, alarm, exact, anywhere = (Rate(*sums[n : n + 2]) for n in range(0, 8, 2))
    return Forecast(
        entries=len(hotlist),
        alarm=alarm,
        told=Rate(told.collision, told.misread, wild),
        exact=exact,
        exact_anywhere=anywhere,
        true_alarm=work.true_hits(found, alarms=True),
        true_told=work.true_hits(found, alarms=False),
    )


class _Place(NamedTuple):
    """Chances that a plate is taken to be from where the entry says.

    Attributes:
        passes_same, passes_else: the jurisdiction gate, for cars from there and from elsewhere.
        likeliest_same, likeliest_else: the likeliest place is the stated one.
    """

    passes_same: float
    passes_else: float
    likeliest_same: float
    likeliest_else: float


class _Work:
    """The numbers that all groups share."""

    def __init__(
        self,
        section: HotlistSection,
        policy: PolicySection,
        home: str,
        table: Confusion,
        entries: int,
    ) -> None:
        self._section = section
        self._policy = policy
        self._home = home
        self._table = table
        self._shares = syntax.shares(home, policy.foreign_share)
        self._wrong = table.wrong()
        self._rivals = table.rivals()
        self._r = rarity.commonness(section, entries)
        self._common = lru_cache(maxsize=65_536)(self._commonness)
        self._densities = lru_cache(maxsize=65_536)(self._density)

    def covered(self, plate: str) -> float:
        """Return the share of all cars that a partial plate covers."""
        return sum(serials.anywhere(form, self._shares) for form in lengths(plate))

    def rates(self, group: Group) -> NDArray[np.float64]:
        """Return collisions and misreads: told, alarm, exact, exact anywhere."""
        place = self._place(group)
        passes = self._passes(group)
        length = len(group.pattern)
        _, other = self._densities(group.pattern, group.stated)
        alive = 1.0 - group.twins / group.entries
        alarm = self._alarm_right(group, passes) * alive * place.passes_else
        told = passes.at_least(length, self._section.min_probability)
        read = passes.likeliest(length)
        right = other * group.entries * np.array([told, alarm, read * place.likeliest_else, read])
        misread = self._misreads(group, passes, place, alive)
        rates: NDArray[np.float64] = np.stack([right, misread], axis=1).reshape(-1)
        return rates

    def true_hits(self, found: Iterable[Group], *, alarms: bool) -> float:
        """Return the share of passes of listed home cars that alarm, or are told at all."""
        told = total = 0.0
        for group in found:
            if group.stated != self._home:
                continue
            passes = self._passes(group)
            chance = passes.at_least(len(group.pattern), self._section.min_probability)
            if alarms:
                chance = self._alarm_right(group, passes) * self._place(group).passes_same
                chance *= 1.0 - group.twins / group.entries
            told += chance * group.entries
            total += group.entries
        return told / total if total else 0.0

    def _passes(self, group: Group) -> Passes:
        """Return the chances of a pass of the group's mean plate."""
        wrong = float((group.characters @ self._wrong.sum(axis=1)).sum() / group.characters.sum())
        return Passes(self._table, wrong, SLOTS)

    def _alarm_right(self, group: Group, passes: Passes) -> float:
        """Return the chance that the text gate passes a plate of the group that is the entry's."""
        length = len(group.pattern)
        if self._least(passes.base, weight=1.0) > 1.0:
            return 0.0
        chance = passes.all_settled(length)
        one_doubt = passes.all_settled(length - 1) * self._table.doubtful
        for place, counts in enumerate(group.characters):
            rivals = (counts / group.entries) @ self._rivals
            for kind, them in (("9", _DIGITS), ("A", _LETTERS)):
                least = self._settles(group.pattern, _with(group.pattern, place, kind), passes.base)
                chance += one_doubt * float(rivals[them].sum()) * (1.0 - least**2)
        return chance

    def _misreads(
        self, group: Group, passes: Passes, place: _Place, alive: float
    ) -> NDArray[np.float64]:
        """Return how many misread cars are told, alarm, match exactly, and exactly anywhere."""
        others = len(group.pattern) - 1
        least = self._section.min_probability
        told = passes.at_least(others, least), passes.rival_at_least(others, least)
        settled, read = passes.all_settled(others), passes.likeliest(others)
        sure = float(self._least(passes.base, weight=1.0) <= 1.0)
        rates = np.zeros(4)
        for at, counts in enumerate(group.characters):
            for kind, them in (("9", _DIGITS), ("A", _LETTERS)):
                true = _with(group.pattern, at, kind)
                same, other = self._densities(true, group.stated)
                if same + other == 0.0:
                    continue
                wrong = float((self._wrong[them] @ counts).sum())
                doubt = float((self._rivals[them] @ counts).sum()) * self._table.doubtful
                rest = 1.0 - self._settles(group.pattern, true, passes.base)
                alarm = settled * (wrong * sure + doubt * rest**2) * alive
                exact = read * (wrong + doubt * 0.25)
                rates += np.array(
                    [
                        (same + other) * (wrong * told[0] + doubt * told[1]),
                        alarm * (same * place.passes_same + other * place.passes_else),
                        exact * (same * place.likeliest_same + other * place.likeliest_else),
                        exact * (same + other),
                    ]
                )
        return rates

    def _settles(self, pattern: str, rival: str, base: float) -> float:
        """Return the share from which on a character with one rival lets the text gate pass."""
        common, of_rival = self._common(pattern), self._common(rival)
        k = of_rival / common if common else 1.0
        weighed = (1.0 - _CONTESTED) * k / (_CONTESTED + (1.0 - _CONTESTED) * k)
        uncontested = 1.0 - self._section.contested_character
        weight = rarity.weight(_text(rival))
        return min(1.0, max(min(weighed, uncontested), self._least(base, weight)))

    def _least(self, base: float, weight: float) -> float:
        """Return the share of a character at which text and posterior reach their thresholds.

        Above 1 where even a text without any doubt does not.
        """
        text = self._policy.alarm_probability / base
        a = self._policy.alarm_posterior
        car = a * (weight * base + 1.0 - base) / (base * (self._r * (1.0 - a) + a * weight))
        return max(text, car)

    def _place(self, group: Group) -> _Place:
        if not group.stated:
            return _Place(0.0, 0.0, 1.0, 1.0)
        silent = self._ranked(group, {})
        said = self._ranked(group, {group.stated: _SAID})
        least = self._policy.jurisdiction_probability
        speaks, right = self._table.place_said, self._table.place_right
        by_error = (1.0 - right) / max(1, len(self._shares) - 1)
        gate = (1.0 - speaks) * (silent.get(group.stated, 0.0) >= least)
        gate_said = speaks * (said.get(group.stated, 0.0) >= least)
        first = (1.0 - speaks) * (next(iter(silent)) == group.stated)
        return _Place(
            passes_same=gate + right * gate_said,
            passes_else=gate + by_error * gate_said,
            likeliest_same=first + speaks * right,
            likeliest_else=first + speaks * by_error,
        )

    def _ranked(self, group: Group, seen: Mapping[str, float]) -> dict[str, float]:
        return syntax.rank(
            _text(group.pattern), self._home, self._policy.foreign_share, seen or None
        )

    def _commonness(self, pattern: str) -> float:
        return syntax.commonness(_text(pattern), self._home, self._policy.foreign_share)

    def _density(self, pattern: str, stated: str) -> tuple[float, float]:
        """Return how likely a car has one text of a pattern: from the place stated, and not."""
        parts = {
            code: share * serials.density(pattern, code) for code, share in self._shares.items()
        }
        same = parts.get(stated, 0.0)
        return same, sum(parts.values()) - same


def _with(pattern: str, place: int, kind: str) -> str:
    return pattern[:place] + kind + pattern[place + 1 :]


def _text(pattern: str) -> str:
    """Return a text of a pattern, with letters that no form prescribes."""
    return pattern.replace("A", "K").replace("9", "5")
