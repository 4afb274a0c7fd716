"""What came of one labelled plate, and what it counts under."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from edge.evaluate.halves import Half, half_of


@dataclass(frozen=True, slots=True)
class Mark:
    """One outcome.

    Attributes:
        file: the picture, as the CSV file names it; a plate of a scene has its number behind ``#``.
        key: plates of one key are one vehicle, seen several times: they are resampled together.
        right: whether it went well, whatever is asked.
        place: country or state's country (``us``, ``eu``, ``br``); empty where it is not known.
        confidence: what the reader gives for the text, 0..1.
        measures: by name (width, tilt, light), what was measured of the plate.
    """

    file: str
    key: str
    right: bool
    source: str
    place: str = ""
    confidence: float = 1.0
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def half(self) -> Half:
        """The half of the dev data that its key lies in."""
        return half_of(self.key)


def place_of(region: str) -> str:
    """Return the place of a region: ``us`` of ``us-ny``."""
    return region.split("-", 1)[0]


def grouped(
    marks: Iterable[Mark], group: Callable[[Mark], str], order: Sequence[str] = ()
) -> dict[str, list[Mark]]:
    """Return the marks by group, in *order*, then the largest first; without the nameless one."""
    groups: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        groups[group(mark)].append(mark)
    groups.pop("", None)
    ranks = {name: rank for rank, name in enumerate(order)}
    ranked = sorted(
        groups.items(), key=lambda item: (ranks.get(item[0], len(ranks)), -len(item[1]), item[0])
    )
    return dict(ranked)
