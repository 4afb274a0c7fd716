"""How often the reader says where a plate is from, and how often that is true."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from edge.evaluate.bootstrap import by_plate
from edge.evaluate.calibration import THRESHOLDS
from edge.evaluate.marks import Mark, place_of

_SAME: Final = {"eu-gb": "uk"}  # the data's name and the reader's


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one plate: the likeliest code and its probability.

    Attributes:
        truth: by the label; a country alone (``us``, ``eu``) where no state is known.
    """

    file: str
    key: str
    source: str
    truth: str
    code: str
    probability: float

    @property
    def right(self) -> bool:
        """Whether state and country are right."""
        return self.code == self.truth

    @property
    def country_right(self) -> bool:
        """Whether the country, or at least the union of states, is right."""
        return place_of(self.code) == place_of(self.truth)


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said from a probability on.

    Attributes:
        spoke, total: plates of a code that the reader knows of which it spoke, of all such.
        right: how many of *spoke* are right; *low*, *high*: 95 % interval, plates resampled.
        country_right: of how many at least the country is right.
        strangers, stranger_total: plates from elsewhere that it gave a code all the same, of all
            such.
    """

    least: float
    spoke: int
    total: int
    right: int
    low: float
    high: float
    country_right: int
    strangers: int
    stranger_total: int


@dataclass(frozen=True, slots=True)
class OfCode:
    """Plates of one code: how many, of how many it spoke, how many of these were right."""

    code: str
    total: int
    spoke: int
    right: int
    mistaken_for: str


@dataclass(frozen=True, slots=True)
class Jurisdictions:
    """What the reader says of where plates are from.

    Attributes:
        least: the threshold of the policy, at which *codes* were counted.
        vague: plates of which the label has no state; they count in neither.
    """

    least: float
    voices: tuple[Voice, ...]
    codes: tuple[OfCode, ...]
    vague: int


def said(file: str, key: str, source: str, region: str, shares: Mapping[str, float]) -> Said:
    """Return the likeliest code for a plate, its probability 0 where unknown is likelier.

    Args:
        shares: probability by code, without that of unknown.
    """
    code = max(shares, key=lambda one: shares[one])
    unknown = 1.0 - sum(shares.values())
    heard = shares[code] if shares[code] >= unknown else 0.0
    return Said(file, key, source, _SAME.get(region, region), code, float(heard))


def jurisdictions(all_said: Sequence[Said], codes: Sequence[str], least: float) -> Jurisdictions:
    """Return how often and how rightly the reader speaks.

    Args:
        codes: those that the reader knows.
        least: the policy's threshold.
    """
    known = [one for one in all_said if one.truth in codes]
    strangers = [one for one in all_said if one.truth not in codes and not _vague(one, codes)]
    return Jurisdictions(
        least=least,
        voices=tuple(_voice(known, strangers, at) for at in sorted({*THRESHOLDS, least})),
        codes=tuple(_of_codes(known, least)),
        vague=len(all_said) - len(known) - len(strangers),
    )


def _vague(one: Said, codes: Sequence[str]) -> bool:
    return "-" not in one.truth and any(code.startswith(f"{one.truth}-") for code in codes)


def _voice(known: Sequence[Said], strangers: Sequence[Said], least: float) -> Voice:
    spoke = [one for one in known if one.probability >= least]
    marks = [Mark(one.file, one.key, one.right, one.source) for one in spoke]
    (low, high), _ = by_plate(marks)
    return Voice(
        least=least,
        spoke=len(spoke),
        total=len(known),
        right=sum(one.right for one in spoke),
        low=round(low, 4),
        high=round(high, 4),
        country_right=sum(one.country_right for one in spoke),
        strangers=sum(one.probability >= least for one in strangers),
        stranger_total=len(strangers),
    )


def _of_codes(known: Sequence[Said], least: float) -> list[OfCode]:
    totals = Counter(one.truth for one in known)
    found = []
    for code, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        spoke = [one for one in known if one.truth == code and one.probability >= least]
        wrong = Counter(one.code for one in spoke if not one.right)
        common = ", ".join(f"{other} {count}" for other, count in wrong.most_common(3))
        found.append(OfCode(code, total, len(spoke), sum(one.right for one in spoke), common))
    return found
