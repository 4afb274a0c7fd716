"""What other cuts of the same plate would gain: margins, corners, further crops combined.

    python -m models.measure.ideas --count 3000

On the dev plates as stored, on the dev pictures end to end (found once, cut in many ways), and on
rendered plates. Whatever is chosen is chosen on one half; figures are of the other.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.evaluate.halves import Half, half_of
from edge.evaluate.metrics import Share, shows
from edge.evaluate.truth import load_pictures
from edge.plates import alphabet
from edge.sources.pictures import read_picture
from edge.vision.cards import load_card
from edge.vision.detector import Detector
from edge.vision.doubt import combined
from edge.vision.session import Session
from models.measure import dev
from models.measure.rendered import Cut, cut_out, further_cuts, rendered
from models.measure.statistics import Truths
from models.measure.tables import rate, table

_MARGINS: Final = (-0.02, 0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12)
_DOUBTS: Final = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 1.01)
Cutter = Callable[[Cut], list[NDArray[np.uint8]]]
Says = Callable[[int, str], bool]


@dataclass(slots=True, eq=False)
class Bench:
    """Plates that can be cut in many ways; each cut is read once.

    Attributes:
        chosen: which plates are to choose on.
        margin: the margin of the first cut.
        answers: slots by cut, what has been read so far.
    """

    name: str
    reader: dev.Reader
    cutter: Cutter
    says: Says
    chosen: Truths
    margin: float
    answers: dict[Cut, NDArray[np.float32]]

    def slots(self, cut: Cut) -> NDArray[np.float32]:
        """Return what the reader says of all plates cut so."""
        if cut not in self.answers:
            self.answers[cut] = dev.read(self.reader, self.cutter(cut))
        return self.answers[cut]

    def right(self, slots: NDArray[np.float32]) -> Truths:
        """Return which plates are read right."""
        texts = [alphabet.decode(one) for one in slots]
        return np.array([self.says(number, text) for number, text in enumerate(texts)], bool)


def _apart(margin: float, across: float, down: float) -> tuple[Cut, Cut]:
    return Cut(margin, across, down), Cut(margin, -across, -down)


def jitters(margin: float) -> dict[str, tuple[Cut, ...]]:
    """Return sets of further crops, each to be combined with the first one."""
    sizes = (Cut(margin + 0.04), Cut(margin - 0.03))
    return {
        "1 more, 5 pixels off": _apart(margin, 4.8, -1.92)[:1],
        "1 more, margin + .04": sizes[:1],
        "2 more, half a pixel off": _apart(margin, 0.5, 0.35),
        "2 more, 2 pixels off": _apart(margin, 2.0, -1.0),
        "2 more, 3 pixels off": _apart(margin, 3.0, -1.5),
        "2 more, 5 pixels off (the product's)": further_cuts(margin),
        "2 more, 7 pixels off": _apart(margin, 7.0, -2.5),
        "2 more, margins + .04, - .03": sizes,
        "4 more, 3 pixels off and both margins": (*_apart(margin, 3.0, -1.5), *sizes),
    }


def doubts(bench: Bench, least: float) -> str:
    """Return a table of the product's looking again over how sure spares a plate from it."""
    first = bench.slots(Cut(bench.margin))
    looks = [bench.slots(cut) for cut in further_cuts(bench.margin)]
    mean = combined(np.stack([first, *looks]))
    sure, rows = dev.sure(first), []
    for doubt in _DOUBTS:
        slots = np.where((sure < doubt)[:, None, None], mean, first)
        right, now = bench.right(slots), dev.sure(slots)
        over = now >= least
        rows.append(
            [f"{doubt:g}", _share(right[bench.chosen]), _share(right[~bench.chosen]),
             f"{np.square(now - right).mean():.4f}", f"{over.mean():.3f}",
             rate(Share(int((over & ~right).sum()), int(over.sum()))),
             f"{len(looks) * (sure < doubt).mean():.2f}"]
        )  # fmt: skip
    head = ("again under", "exact, choose", "exact, report", "Brier", f"over {least}",
            "wrong over it", "more reads")  # fmt: skip
    return table(head, rows)


def further_crops(bench: Bench) -> str:
    """Return a table: combined always, and only where the first crop is unsure."""
    first = bench.slots(Cut(bench.margin))
    sure, right, fit = dev.sure(first), bench.right(first), bench.chosen
    rows: list[list[object]] = [["the first crop alone", _share(right[~fit]), "", "", "0"]]
    for name, cuts in jitters(bench.margin).items():
        always = bench.right(combined(np.stack([first, *map(bench.slots, cuts)])))
        gains = [np.where(sure < doubt, always, right)[fit].mean() for doubt in _DOUBTS]
        doubt = _DOUBTS[int(np.argmax(gains))]  # the first of equals: the cheapest
        unsure = np.where(sure < doubt, always, right)
        cost = len(cuts) * float((sure[~fit] < doubt).mean())
        rows.append(
            [name, _share(always[~fit]), f"{doubt:g}", _change(right[~fit], unsure[~fit]),
             f"{cost:.2f}"]
        )  # fmt: skip
    head = ("crops", "exact, always combined", "unsure under", "exact, when unsure", "more reads")
    return table(head, rows)


def margins(bench: Bench) -> str:
    """Return a table of whole plates right over the margin, corners against the box about them."""
    rows = []
    for margin in _MARGINS:
        corners = bench.right(bench.slots(Cut(margin)))
        box = bench.right(bench.slots(Cut(margin, box=True)))
        rows.append(
            [f"{margin:g}", _share(corners[bench.chosen]), _share(corners[~bench.chosen]),
             _share(box[bench.chosen]), _share(box[~bench.chosen])]
        )  # fmt: skip
    return table(("margin", "corners, choose", "report", "box, choose", "report"), rows)


def _share(right: Truths) -> str:
    return f"{right.mean():.4f}"


def _change(before: Truths, after: Truths) -> str:
    mended, broken = int((after & ~before).sum()), int((before & ~after).sum())
    return f"{after.mean():.4f} (+{mended} -{broken})"


def stored(data: Path, reader: dev.Reader) -> Bench:
    """Return the readable dev plates as stored; what lies beyond repeats their borders."""
    plates = [one for one in dev.load_dev(data) if one.readable]

    def cutter(cut: Cut) -> list[NDArray[np.uint8]]:
        return [cut_out(one.image, dev.whole(one.image), cut, reader.size) for one in plates]

    chosen = np.array([one.half is Half.CHOOSE for one in plates])
    return Bench(
        "dev plates as stored", reader, cutter,
        lambda number, text: plates[number].says(text), chosen, 0.0, {},
    )  # fmt: skip


def found(data: Path, reader: dev.Reader, card: str, margin: float) -> Bench:
    """Return the plates that the product's detector finds in the dev pictures; missed ones fail."""
    section = load([]).settings.detector
    detector = Detector(Session(load_card(card), 1), section)
    detector.start()
    shown = []
    for picture in load_pictures(data):
        image = read_picture(picture.path)
        near = [d for d in detector.detect(image) if shows(d.box, picture.box)]
        if near:
            shown.append((picture, image, near[0].corners))

    def cutter(cut: Cut) -> list[NDArray[np.uint8]]:
        return [cut_out(image, corners, cut, reader.size) for _, image, corners in shown]

    chosen = np.array([half_of(one.text) is Half.CHOOSE for one, _, _ in shown])
    name = f"dev pictures, {len(shown)} of {len(load_pictures(data))} found"
    return Bench(
        name, reader, cutter, lambda number, text: shown[number][0].text == text, chosen, margin, {}
    )


def drawn(count: int, reader: dev.Reader, margin: float, processes: int) -> Bench:
    """Return rendered plates, every cut of :func:`margins` and :func:`jitters` made at once."""
    cuts = {Cut(margin), *(cut for some in jitters(margin).values() for cut in some)}
    cuts |= {Cut(one, box=box) for one in _MARGINS for box in (False, True)}
    ordered = sorted(cuts, key=lambda cut: (cut.margin, cut.dx, cut.dy, cut.box))
    texts: list[str] = []
    parts: list[list[NDArray[np.float32]]] = [[] for _ in ordered]
    for one in rendered(count, 15, reader.size, ordered, processes=processes):
        texts.append(one.text)
        for part, said in zip(parts, dev.read(reader, list(one.views)), strict=True):
            part.append(said)
    answers = {cut: np.stack(part) for cut, part in zip(ordered, parts, strict=True)}
    chosen = np.arange(count) % 2 == 0
    return Bench(
        f"{count} rendered plates", reader, lambda _: [],
        lambda number, text: texts[number] == text, chosen, margin, answers,
    )  # fmt: skip


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--count", type=int, default=3000, help="of rendered plates; 0 for none")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--detector", default="detector", help="a card's path or name")
    parser.add_argument("--reader", default="reader", help="a card's path or name")
    said = parser.parse_args()
    settings, reader = load([]).settings, dev.open_reader(said.reader)
    margin, least = settings.reader.margin, settings.policy.alarm_probability
    benches = [stored(said.data, reader), found(said.data, reader, said.detector, margin)]
    if said.count:
        benches.append(drawn(said.count, reader, margin, said.processes))
    for bench in benches:
        print(f"\n## {bench.name}: further crops combined\n\n{further_crops(bench)}")
        print(f"\n## {bench.name}: looked at again\n\n{doubts(bench, least)}")
        print(f"\n## {bench.name}: margins, and corners against boxes\n\n{margins(bench)}")


if __name__ == "__main__":
    main()
