"""How often one look-alike character is taken for the other, at all and in a sure read.

    python -m models.measure.lookalikes --count 20000

Plates are rendered with look-alikes on purpose, damaged as the renderer damages them, cut at
corners that are off as the detector's are, and read as the line reads them, doubtful ones from
three crops. A sure read is one over ``policy.alarm_probability``; it is a single frame's, while an
alarm needs two or more.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from edge.config import load
from edge.evaluate.metrics import Share, alignment
from edge.plates import alphabet
from edge.vision.doubt import combined
from models.measure import dev
from models.measure.rendered import Cut, Rendered, further_cuts, rendered
from models.measure.tables import rate, table

PAIRS: Final = "27 37 2Z 7Z 0O 0D 0Q OQ 1I 5S 6G 8B".split()
_BATCH: Final = 256


@dataclass(slots=True)
class Tally:
    """Counts over the plates seen so far.

    Attributes:
        plates, sure: how many, and how many read over the threshold.
        wrong, sure_wrong: whole plates read wrong.
        there, there_sure: how often each character stands on a plate, and on a plate surely read.
        swaps, swaps_sure: (true, read) pairs of unequal characters.
    """

    plates: int = 0
    sure: int = 0
    wrong: int = 0
    sure_wrong: int = 0
    there: Counter[str] = field(default_factory=Counter)
    there_sure: Counter[str] = field(default_factory=Counter)
    swaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    swaps_sure: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, truth: str, read: str, *, sure: bool) -> None:
        """Count one plate."""
        self.plates += 1
        self.sure += sure
        self.wrong += truth != read
        self.sure_wrong += sure and truth != read
        self.there.update(truth)
        unequal = [pair for pair in alignment(truth, read) if pair[0] != pair[1]]
        self.swaps.update(unequal)
        if sure:
            self.there_sure.update(truth)
            self.swaps_sure.update(unequal)

    def of_pair(self, pair: str) -> tuple[Share, Share]:
        """Return how often one of *pair* was taken for the other, at all and in sure reads."""
        return _swapped(self.swaps, self.there, pair), _swapped(
            self.swaps_sure, self.there_sure, pair
        )


def _swapped(swaps: Counter[tuple[str, str]], there: Counter[str], pair: str) -> Share:
    one, other = pair
    return Share(swaps[one, other] + swaps[other, one], there[one] + there[other])


def count(plates: Iterable[Rendered], reader: dev.Reader, below: float, least: float) -> Tally:
    """Return the counts over *plates*, each with the first view and the further ones.

    Args:
        below: plates that the first view leaves less sure than this are looked at again.
        least: confidence from which on a read is sure.
    """
    tally, coming = Tally(), iter(plates)
    while batch := list(islice(coming, _BATCH)):
        slots = dev.read(reader, [one.views[0] for one in batch])
        for number in np.flatnonzero(dev.sure(slots) < below):
            again = dev.read(reader, list(batch[number].views[1:]))
            slots[number] = combined(np.stack([slots[number], *again]))
        for one, said, sure in zip(batch, slots, dev.sure(slots), strict=True):
            tally.add(one.text, alphabet.decode(said), sure=bool(sure >= least))
    return tally


def report(tally: Tally, least: float, pairs: Sequence[str] = PAIRS) -> None:
    """Print the tables."""
    print(f"{tally.plates} rendered plates; over {least}: {tally.sure / tally.plates:.3f}")
    print(f"wrong whole plates: {rate(Share(tally.wrong, tally.plates))}")
    print(f"wrong over {least}: {rate(Share(tally.sure_wrong, tally.sure))}\n")
    rows = []
    for pair in pairs:
        anyhow, sure = tally.of_pair(pair)
        rows.append([f"{pair[0]}/{pair[1]}", rate(anyhow), rate(sure)])
    print(table(("pair", "taken for each other, of these characters", f"over {least}"), rows))
    listed = {tuple(sorted(pair)) for pair in pairs}
    others = [
        f"{true or '-'}>{read or '-'} {number}"
        for (true, read), number in tally.swaps_sure.most_common(40)
        if tuple(sorted((true, read))) not in listed
    ]
    print(f"\nmost frequent others over {least}: {', '.join(others[:12]) or 'none'}")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--lookalikes", type=float, default=0.6, help="share of such characters")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--reader", default="reader", help="a card's path, or a shipped one's name")
    said = parser.parse_args()
    settings = load([]).settings
    reader, least = dev.open_reader(said.reader), settings.policy.alarm_probability
    section = settings.reader
    cuts = (Cut(section.margin), *further_cuts(section.margin))
    plates = rendered(said.count, said.seed, reader.size, cuts, said.lookalikes, said.processes)
    report(count(plates, reader, section.look_again_below, least), least)


if __name__ == "__main__":
    main()
