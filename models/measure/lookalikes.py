"""How often one look-alike character is taken for the other, at all and in a sure read.

    python -m models.measure.lookalikes --count 20000

Plates are rendered with look-alikes on purpose, damaged as the renderer damages them, and cut at
corners that are off as the detector's are. A sure read is one over ``policy.alarm_probability``; a
single read, while an alarm needs at least two.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from edge.config import load
from edge.evaluate.metrics import Share, alignment
from edge.plates import alphabet
from models.measure import dev
from models.measure.rendered import Cut, Rendered, rendered
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


def count(plates: Iterable[Rendered], reader: dev.Reader, least: float) -> Tally:
    """Return the counts over *plates*, of which each has one view."""
    tally, coming = Tally(), iter(plates)
    while batch := list(islice(coming, _BATCH)):
        slots = dev.read(reader, [one.views[0] for one in batch])
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
    cut = Cut(settings.reader.margin)
    plates = rendered(said.count, said.seed, reader.size, (cut,), said.lookalikes, said.processes)
    report(count(plates, reader, least), least)


if __name__ == "__main__":
    main()
