"""Where rendered plates are from: how often the reader says it, and how often it is then right.

    python -m models.measure.places --count 3000

On photographs ``edge evaluate`` tells the same. Rendered plates have every state in equal numbers;
of the dev photographs nine American ones in ten are from New York.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge.config import load
from edge.evaluate.metrics import Share
from edge.vision.reader import Reader
from models.measure import dev
from models.measure.rendered import Cut, Rendered, rendered
from models.measure.tables import table, within
from models.synth.formats import US

# the states that a unit in Connecticut sees most
NEAR: Final = tuple(f"us-{code}" for code in "ct ny ma ri nj nh vt me pa fl".split())


@dataclass(slots=True)
class Voice:
    """How often a place was there, was said, and was said rightly."""

    there: int = 0
    said: int = 0
    right: int = 0

    def row(self, name: str) -> list[object]:
        """Return the row of a table."""
        right = within(Share(self.right, self.said)) if self.said else "-"
        return [name, self.there, within(Share(self.said, self.there)), right]


def listen(plates: Iterable[Rendered], reader: Reader, least: float) -> dict[str, Voice]:
    """Return what *reader* said of the place of each plate, by where it is from.

    Args:
        least: probability from which on it counts as said.
    """
    voices: defaultdict[str, Voice] = defaultdict(Voice)
    for plate in plates:
        (places,) = reader.read([plate.views[0]]).jurisdictions
        best = max(places, key=lambda code: places[code], default="")
        voice = voices[plate.jurisdiction]
        voice.there += 1
        if best and places[best] >= least:
            voice.said += 1
            voice.right += best == plate.jurisdiction
    return dict(voices)


def together(voices: Iterable[Voice]) -> Voice:
    """Return the sum."""
    total = Voice()
    for one in voices:
        total.there += one.there
        total.said += one.said
        total.right += one.right
    return total


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="of each group")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--reader", default="reader", help="a card's path, or a shipped one's name")
    said = parser.parse_args()
    settings = load([]).settings
    least = settings.policy.jurisdiction_probability
    reader, cuts = dev.open_reader(said.reader), (Cut(settings.reader.margin),)
    rows = []
    others = tuple(code for code in US if code not in NEAR)
    for name, places in (("the near ten", NEAR), ("the other states", others), ("world", ())):
        plates = rendered(said.count, said.seed, reader.size, cuts, 0.15, said.processes, places)
        voices = listen(plates, reader, least)
        if name == "world":
            voices = {code: one for code, one in voices.items() if code not in US}
        rows.append(together(voices.values()).row(name))
        if places is NEAR:
            rows += [voices[code].row(code) for code in NEAR if code in voices]
    print(table(("place", "plates", f"said (at {least})", "right of these"), rows))


if __name__ == "__main__":
    main()
