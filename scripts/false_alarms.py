"""How many innocent cars would alarm, and how many listed ones do, by the real matcher and policy.

    python -m scripts.false_alarms --reads 1000000 --entries 500000

Plates are rendered, read by the shipped reader and fused as the line does, from clean to hardly
readable. What it said of each character is kept; simulated cars are put together from such rows,
each car's all of one quality, so that errors come as they come in pictures. The hard case: every
car and every entry has three letters and four digits, in New York as in ten other states, so no
text tells where a plate is from. Cars are of the home state but for the policy's share of foreign
ones; so are entries to --listed-home. An innocent car is one whose text and state together are not
listed.
"""

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.hotlist.matcher import Matcher
from edge.plates.alphabet import BLANK, CHARACTERS, SLOTS, decode
from edge.policy.gates import judge
from edge.records import Grade, Sighting
from tests.fakes import START
from tests.policy.scenarios.pictures import share_within, sighting

HOME = "us-ny"
PLACES = (HOME, *(f"us-{state}" for state in "az ga mi ms nc oh pa tx va wa".split()))
QUALITIES = (1.0, 3.0, 6.0, 9.0, 12.0)  # times fewer pixels than a plate 320 pixels wide
RANK = {Grade.NONE: 0, Grade.VERIFY: 1, Grade.ALARM: 2}


@dataclass(frozen=True)
class Rows:
    """What the reader said at one quality: per class of character, and of places by state."""

    slots: dict[int, NDArray[np.float32]]
    places: dict[str, list[dict[str, float]]]


def gather(seed: int, passes: int) -> list[Rows]:
    """Read *passes* rendered plates of each state at each quality."""
    found = []
    for level, coarser in enumerate(QUALITIES):
        slots: dict[int, list[NDArray[np.float32]]] = defaultdict(list)
        places: dict[str, list[dict[str, float]]] = defaultdict(list)
        right = whole = 0
        for n, place in enumerate(list(PLACES) * passes):
            rng = np.random.default_rng([seed, level, n])
            text = serial(rng)
            seen = sighting(text, place, seed + 7919 * n + level, coarser=coarser)
            places[place].append({c: p for c, p in seen.jurisdiction.items() if p > 1e-4})
            whole += len(seen.text) == len(text)
            right += seen.text == text
            if len(seen.text) == len(text):  # others have their characters in other slots
                classes = [CHARACTERS.index(c) for c in text]
                for slot, number in zip(seen.slots, classes + [BLANK] * SLOTS, strict=False):
                    slots[number].append(slot)
        count = len(PLACES) * passes
        print(f"quality {coarser:4.1f}: {right} of {count} read right, {whole} of right length")
        found.append(Rows({k: np.stack(v) for k, v in slots.items()}, places))
    return found


def serial(rng: np.random.Generator) -> str:
    """Return three letters and four digits."""
    letters = "".join(CHARACTERS[10 + int(n)] for n in rng.integers(26, size=3))
    return f"{letters}{int(rng.integers(10_000)):04d}"


def plates(rng: np.random.Generator, home_share: float) -> Iterator[tuple[str, str]]:
    """Return text and state of one car after the other."""
    others = PLACES[1:]
    while True:
        place = HOME if rng.random() < home_share else others[int(rng.integers(len(others)))]
        yield serial(rng), place


def write_list(path: Path, rng: np.random.Generator, entries: int, home: float) -> Hotlist:
    """Write a list of *entries* different plates and load it."""
    listed: dict[tuple[str, str], None] = {}
    for plate in plates(rng, home):
        listed[plate] = None
        if len(listed) == entries:
            break
    with path.open("w", encoding="ascii") as file:
        file.write("# issued: 2026-01-01T05:00:00Z\n")
        file.write("entry_id,plate,jurisdiction,category,reason,owner,entered,expires\n")
        for n, (text, place) in enumerate(listed):
            file.write(f"E{n},{text},{place},stolen_vehicle,stolen,PD,2025-12-30,2026-12-30\n")
    return load_csv(path, entries)


def seen_as(
    rng: np.random.Generator, rows: list[Rows], text: str, place: str, like: Sighting
) -> Sighting:
    """Return a pass of a car, put together from what the reader said of its characters."""
    level = rows[int(rng.integers(len(rows)))]
    classes = [CHARACTERS.index(c) for c in text] + [BLANK] * (SLOTS - len(text))
    pools = [
        next(r.slots[one] for r in (level, *rows) if one in r.slots)  # few passes miss rare ones
        for one in classes
    ]
    slots = np.stack([pool[int(rng.integers(len(pool)))] for pool in pools])
    heads = level.places[place]
    read = decode(slots)
    return replace(
        like,
        slots=slots,
        text=read,
        raw_text=read,
        jurisdiction=heads[int(rng.integers(len(heads)))],
    )


@dataclass
class Road:
    """Cars, and the real matcher and policy that judge them."""

    rows: list[Rows]
    hotlist: Hotlist
    rng: np.random.Generator

    def __post_init__(self) -> None:
        settings = load([]).settings
        self.policy, self.matcher = settings.policy, Matcher(settings.hotlist)
        self.like = sighting("AB12345", HOME, 1)

    def grade(self, text: str, place: str) -> tuple[Grade, bool]:
        """Return the best grade of one car, and whether it was read as a listed text."""
        seen = seen_as(self.rng, self.rows, text, place, self.like)
        hits = self.matcher.match(seen, self.hotlist, START)
        graded = [judge(h, self.policy, HOME, START, clock_trusted=True).grade for h in hits]
        best = max(graded, key=RANK.__getitem__, default=Grade.NONE)
        return best, any(hit.exact for hit in hits)

    def innocent(self, reads: int) -> Counter[str]:
        """Return what became of *reads* cars that are not listed."""
        told: Counter[str] = Counter()
        for text, place in plates(self.rng, 1.0 - self.policy.foreign_share):
            entries = self.hotlist.entries(text)
            if any(entry.jurisdiction == place for entry in entries):
                continue  # it is the listed car
            best, is_exact = self.grade(text, place)
            told[best] += 1
            told["same text"] += bool(entries)
            told["read so"] += is_exact
            told["cars"] += 1
            if told["cars"] == reads:
                return told
        raise AssertionError("cars never end")

    def listed(self, count: int) -> tuple[int, int]:
        """Return how many of up to *count* listed home cars alarm, and of how many."""
        rows = range(len(self.hotlist))
        home = [n for n in rows if self.hotlist.value("jurisdiction", n) == HOME]
        chosen = self.rng.choice(home, min(count, len(home)), replace=False)
        grades = [self.grade(self.hotlist.plate(int(n)), HOME)[0] for n in chosen]
        return grades.count(Grade.ALARM), len(chosen)


def main() -> int:
    """Print what became of the cars."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reads", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--true-hits", type=int, default=2_000)
    parser.add_argument("--passes", type=int, default=60, help="of each state at each quality")
    parser.add_argument("--listed-home", type=float, default=0.2, help="share of entries")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = gather(options.seed, options.passes)
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        hotlist = write_list(path, rng, options.entries, options.listed_home)
    road = Road(rows, hotlist, rng)
    told = road.innocent(options.reads)
    million = 1e6 / told["cars"]
    print(f"{told['cars']} innocent reads against {len(hotlist)} entries, a million of them gives")
    print(f"  {told['same text'] * million:8.0f} whose true text is listed, place ignored")
    print(f"  {told['read so'] * million:8.0f} read as a listed text, place ignored")
    print(f"  {told[Grade.VERIFY] * million:8.0f} verify")
    low, high = share_within(told[Grade.ALARM], told["cars"])
    print(f"  {told[Grade.ALARM] * million:8.1f} alarm, 95 %: {low * 1e6:.1f} to {high * 1e6:.1f}")
    right, count = road.listed(options.true_hits)
    low, high = share_within(right, count)
    print(f"{right} of {count} listed home cars alarm: 95 %: {low:.3f} to {high:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
