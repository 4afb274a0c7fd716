"""How likely the car is the listed one, and not an unlisted one that looks like it.

Bayes' rule over every plate that the reads leave open. What is seen weighs each text ``t`` by
``q(t)``, the product of its slots. Before anything is seen, a passing car is one of the N entries
with probability ``s`` (``hotlist.listed_share``), each of them alike; else it bears one of the V
plates in use (``hotlist.plates_in_use``), each of them alike. An entry therefore is

    r = min(1, (s / N) / ((1 - s) / V))

times as common as any one unlisted plate: never more, for a short list does not make its cars
common. A partial entry is one car, too: its r is shared by the plates that it may mean, some 16 for
each unknown character (seven of them are V), and its q is the sum over these. So

    P(entry e | seen) = r q(e) / (sum of r q over entries + sum of w q over unlisted texts)

where ``w`` is 1, but 1/20 for a text that has no form of any jurisdiction; only texts of at least
``min_probability`` are looked at so closely, all others count in full as somebody's plate. Forms
rank here; no character is rewritten. Another car with the entry's very text, of another
jurisdiction, is left to the jurisdiction gate.
"""

from collections.abc import Iterable
from typing import Final

from edge.config.hotlist import HotlistSection
from edge.hotlist.partial import ONE
from edge.plates import syntax

_PER_PLACE: Final = 16
_NO_FORM: Final = 0.05  # weight of a text that is no jurisdiction's common form


def commonness(section: HotlistSection, entries: int) -> float:
    """Return how common one entry's car is beside one unlisted plate: *r* above, 0..1."""
    share = section.listed_share
    if share >= 1.0 or entries == 0:
        return 1.0
    return min(1.0, share / (1.0 - share) * section.plates_in_use / entries)


def meanings(form: str) -> int:
    """Return how many plates in use a listed plate of some length may mean; 1 without ``?``."""
    return int(_PER_PLACE ** form.count(ONE))


def weight(text: str) -> float:
    """Return how plausible *text* is as somebody's plate: *w* above."""
    return 1.0 if syntax.formats_of(text) else _NO_FORM


def unlisted(likely: Iterable[tuple[float, str]], listed: float) -> float:
    """Return the weight of all cars that are on no list.

    Args:
        likely: probability and text of each likely text that is on no list.
        listed: probability of all listed texts that are weighed apart.
    """
    looked_at, weighed = listed, 0.0
    for p, text in likely:
        looked_at += p
        weighed += weight(text) * p
    return weighed + max(0.0, 1.0 - looked_at)
