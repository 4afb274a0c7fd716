"""Cars that pass, and what a reader with a given confusion says of them: chance, not chosen cases.

The same traffic and table of confusion as ``edge hotlist forecast`` reckons with, but one car after
the other, for the real matcher and the real gates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.config.settings import Settings
from edge.hotlist.builder import Builder
from edge.hotlist.forecast_reader import Confusion
from edge.hotlist.index import POOLED, Hotlist, Pool, Row
from edge.hotlist.matcher import Matcher
from edge.plates import serials, syntax
from edge.plates.alphabet import BLANK, CHARACTERS, CLASSES, SLOTS, decode
from edge.policy.gates import judge
from edge.records import Grade, ListVersion, Sighting
from tests.fakes import START
from tests.hotlist.lists import sighting_of

SAID = 0.95
DAY = 86_400


@dataclass(frozen=True)
class Car:
    """A car's plate and where it is from."""

    plate: str
    place: str


class Traffic:
    """Cars by how common their places are; each serial of a place is as likely as any other."""

    def __init__(self, rng: np.random.Generator, shares: Mapping[str, float]) -> None:
        self._rng = rng
        self._places = list(shares)
        self._chances = np.array(list(shares.values())) / sum(shares.values())
        self._shapes = {}
        for place in self._places:
            shapes = serials.shapes(place)
            sizes = np.array([size for _, size in shapes], float)
            self._shapes[place] = ([shape for shape, _ in shapes], np.cumsum(sizes / sizes.sum()))

    def cars(self, count: int) -> Iterator[Car]:
        """Yield so many cars."""
        for number in self._rng.choice(len(self._places), count, p=self._chances):
            place = self._places[number]
            shapes, ends = self._shapes[place]
            shape = shapes[min(int(np.searchsorted(ends, self._rng.random())), len(shapes) - 1)]
            signs = [serials.signs(part) for part in shape]
            picks = self._rng.random(len(signs))
            plate = "".join(s[int(p * len(s))] for s, p in zip(signs, picks, strict=True))
            yield Car(plate, place)


class Reader:
    """Says of a car what a reader with a confusion would."""

    def __init__(self, rng: np.random.Generator, table: Confusion) -> None:
        self._rng = rng
        self._table = table
        self._wrong = table.wrong()
        self._wrong_ends = np.cumsum(self._wrong, axis=1)
        self._rival_ends = np.cumsum(table.rivals(), axis=1)

    def slots(self, plate: str) -> NDArray[np.float32]:
        """Return fused slots."""
        table = self._table
        plate = plate[:SLOTS]  # a longer one shows no more
        slots = np.full((SLOTS, CLASSES), (1.0 - table.clear) / BLANK)
        slots[len(plate) :, BLANK] = table.clear
        chances = self._rng.random((len(plate), 2))
        for place, sign in enumerate(plate):
            true, (state, pick) = CHARACTERS.index(sign), chances[place]
            if state < table.doubtful:
                u = float(np.sqrt(self._rng.random()))
                rival = int(np.searchsorted(self._rival_ends[true], pick))
                slots[place] = 1e-5
                slots[place, true], slots[place, min(rival, BLANK - 1)] = u, 1.0 - u
                continue
            wrong = int(np.searchsorted(self._wrong_ends[true], state - table.doubtful))
            slots[place, true if wrong >= BLANK else wrong] = table.clear
        return slots.astype(np.float32)

    def place(self, place: str, places: list[str]) -> dict[str, float]:
        """Return what the reader says of where the plate is from; empty for nothing."""
        if self._rng.random() >= self._table.place_said:
            return {}
        if self._rng.random() >= self._table.place_right:
            others = [one for one in places if one != place]
            place = others[int(self._rng.integers(len(others)))]
        return {place: SAID}


def random_list(
    rng: np.random.Generator, entries: int, home: str, home_share: float, unsaid: float = 0.0
) -> Hotlist:
    """Return a list of random plates, *home_share* of them of the home place.

    Args:
        unsaid: share of entries without a jurisdiction.
    """
    builder = Builder()
    pools = {name: Pool(str) for name in POOLED}
    empty = {name: pools[name][""] for name in POOLED}
    entered = int(START.utc_ns / 1e9) - 30 * DAY
    cars = Traffic(rng, syntax.shares(home, 1.0 - home_share)).cars(entries)
    for number, car in enumerate(car for car in cars if len(car.plate) <= SLOTS):
        said = "" if rng.random() < unsaid else car.place
        row = {**empty, "jurisdiction": pools["jurisdiction"][said], "entry_id": f"E{number}"}
        row |= {"plate": car.plate, "category": 0, "caution": "", "reason": "stolen"}
        row |= {"entered": entered, "expires": entered + 365 * DAY}
        builder.add(Row(**row), number + 1)  # type: ignore[arg-type]
    issued = START.later(-3600.0)
    version = ListVersion("random", _utc(issued), len(builder))
    return builder.build(version, pools)


@dataclass
class Counts:
    """What became of the cars.

    Attributes:
        reads: cars.
        told, alarm: with a hit of any grade, of grade alarm.
        exact, exact_anywhere: whose likeliest text, with its likeliest place or without, is listed.
    """

    reads: int = 0
    told: int = 0
    alarm: int = 0
    exact: int = 0
    exact_anywhere: int = 0


class Replay:
    """Holds simulated cars against a list by the real matcher and the real gates."""

    def __init__(
        self, hotlist: Hotlist, settings: Settings, home: str, table: Confusion, seed: int
    ) -> None:
        self._hotlist = hotlist
        self._policy = settings.policy
        self._home = home
        self._matcher = Matcher(settings.hotlist)
        rng = np.random.default_rng(seed)
        shares = syntax.shares(home, settings.policy.foreign_share)
        self._traffic = Traffic(rng, shares)
        self._places = list(shares)
        self._reader = Reader(rng, table)
        self._like = sighting_of("KKK555")

    def innocent(self, count: int) -> Counts:
        """Count over cars of which none is a listed one."""
        counts = Counts()
        while counts.reads < count:
            for car in self._traffic.cars(count - counts.reads):
                listed = {entry.jurisdiction for entry in self._hotlist.entries(car.plate)}
                if car.place not in listed:
                    self._pass(car, counts)
        return counts

    def listed(self, rng: np.random.Generator, count: int) -> Counts:
        """Count over passes of listed home cars."""
        counts = Counts()
        code = self._hotlist.pools["jurisdiction"].index(self._home)
        rows = np.flatnonzero(self._hotlist.rows["jurisdiction"] == code)
        for row in rng.choice(rows, count):
            self._pass(Car(self._hotlist.plate(int(row)), self._home), counts)
        return counts

    def _pass(self, car: Car, counts: Counts) -> None:
        slots = self._reader.slots(car.plate)
        seen = self._reader.place(car.place, self._places)
        sighting = _seen(self._like, slots, seen)
        counts.reads += 1
        hits = self._matcher.match(sighting, self._hotlist, START)
        if hits:
            grades = {
                judge(hit, self._policy, self._home, START, clock_trusted=True).grade
                for hit in hits
            }
            counts.told += 1
            counts.alarm += Grade.ALARM in grades
        entries = self._hotlist.entries(sighting.text) if sighting.text else ()
        if entries:
            counts.exact_anywhere += 1
            ranked = syntax.rank(sighting.text, self._home, self._policy.foreign_share, seen)
            likeliest = next(iter(seen), next(iter(ranked)))
            counts.exact += any(entry.jurisdiction in ("", likeliest) for entry in entries)


def _seen(like: Sighting, slots: NDArray[np.float32], seen: dict[str, float]) -> Sighting:
    text = decode(slots)
    return replace(like, slots=slots, text=text, raw_text=text, jurisdiction=seen)


def _utc(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment.utc_ns / 1e9, UTC)
