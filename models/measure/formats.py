"""Whether formats that rank would help: a read's likeliest texts, weighed by what plates exist.

    python -m models.measure.formats

Ranking only: a text must be among those that the reader itself holds possible. "home" is the place
of the label, as a unit at home there would have it; "any" knows nothing of the place. The rendered
plates are a street in Connecticut; their serials come from much the same lists of formats, so what
they say of a gain is too good.
"""

import argparse
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.plates import alphabet, syntax
from models.measure import dev
from models.measure.rendered import Cut, rendered
from models.measure.tables import table
from models.synth.formats import US

_TOP: Final = 12
_STRENGTHS: Final = (0.5, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A read, what stands on the plate, and where plates of that place come from."""

    slots: NDArray[np.float32]
    says: Callable[[str], bool]
    shares: Mapping[str, float]


def likeliest(slots: NDArray[np.float32], top: int = _TOP) -> list[tuple[str, float]]:
    """Return the *top* likeliest texts and their log-probabilities, best first."""
    beams: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for slot in np.log(np.maximum(slots.astype(np.float64), 1e-9)):
        best = np.argsort(-slot)[:4]
        beams = heapq.nlargest(
            top, [(sum_ + float(slot[one]), (*said, int(one))) for sum_, said in beams
                  for one in best]
        )  # fmt: skip
    texts: dict[str, float] = {}
    for sum_, said in beams:
        text = "".join(alphabet.CHARACTERS[one] for one in said if one != alphabet.BLANK)
        texts.setdefault(text, sum_)
    return list(texts.items())


def fit(text: str, shares: Mapping[str, float]) -> float:
    """Return how usual the form of *text* is where plates are from *shares*."""
    return sum(share * (1.0 if syntax.fits(text, code) else 0.05) for code, share in shares.items())


def ranked(slots: NDArray[np.float32], shares: Mapping[str, float], strength: float) -> str:
    """Return the likeliest text once its form counts, with *strength* 0 for not at all."""
    texts = likeliest(slots)
    return max(texts, key=lambda one: one[1] + strength * np.log(fit(one[0], shares)))[0]


def home_of(region: str) -> str:
    """Return the jurisdiction of a label's region; empty where it names no known one."""
    return region if region in syntax.JURISDICTIONS else ""


def shares_of(home: str, near: str, foreign: float) -> dict[str, float]:
    """Return the share of each jurisdiction: *home*, and the others of *near* ("us-", "eu-")."""
    others = [code for code in syntax.JURISDICTIONS if code.startswith(near) and code != home]
    others = others or sorted(syntax.JURISDICTIONS - {home})
    spread = (foreign if home else 1.0) / len(others)
    shares = dict.fromkeys(others, spread)
    if home:
        shares[home] = 1.0 - foreign
    return shares


def compare(name: str, cases: Sequence[Case], strengths: Sequence[float]) -> list[list[object]]:
    """Return one row for the plain reads and one for each strength."""
    before = [one.says(alphabet.decode(one.slots)) for one in cases]
    rows: list[list[object]] = [[name, "as read", len(cases), f"{np.mean(before):.4f}", "", ""]]
    for strength in strengths:
        after = [one.says(ranked(one.slots, one.shares, strength)) for one in cases]
        pairs = list(zip(before, after, strict=True))
        mended, broken = sum(b > a for a, b in pairs), sum(a > b for a, b in pairs)
        rows.append(
            [name, f"strength {strength}", len(cases), f"{np.mean(after):.4f}", mended, broken]
        )
    return rows


def stored(data: Path, reader: dev.Reader, foreign: float) -> dict[str, list[Case]]:
    """Return the readable dev plates by place, with and without a known home."""
    plates = [one for one in dev.load_dev(data) if one.readable]
    slots = dev.read(reader, [dev.view(reader, p.image, dev.whole(p.image), 0.0) for p in plates])
    cases: dict[str, list[Case]] = {}
    for place, near in (("us", "us-"), ("eu", "eu-"), ("br", "br")):
        mine = [(p, s) for p, s in zip(plates, slots, strict=True) if p.place == place]
        for words, known in (("any", False), ("home", True)):
            cases[f"{place}, {words}"] = [
                Case(s, p.says, shares_of(home_of(p.plate.region) if known else "", near, foreign))
                for p, s in mine
            ]
    return cases


def street(count: int, reader: dev.Reader, foreign: float, margin: float) -> list[Case]:
    """Return rendered plates as they pass in Connecticut."""
    rng = np.random.default_rng(5)
    others = [code for code in US if code != "us-ct"]
    places = ["us-ct"] * round(100 * (1 - foreign)) + list(rng.choice(others, round(100 * foreign)))
    shares = shares_of("us-ct", "us-", foreign)
    made = list(rendered(count, 23, reader.size, (Cut(margin),), 0.3, 1, places))
    slots = dev.read(reader, [one.views[0] for one in made])
    return [Case(s, one.text.__eq__, shares) for s, one in zip(slots, made, strict=True)]


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--reader", default="reader", help="a card's path or name")
    parser.add_argument("--count", type=int, default=2000, help="of rendered plates; 0 for none")
    said = parser.parse_args()
    settings, reader = load([]).settings, dev.open_reader(said.reader)
    foreign = settings.policy.foreign_share
    groups = stored(said.data, reader, foreign)
    if said.count:
        groups["rendered, home us-ct"] = street(said.count, reader, foreign, settings.reader.margin)
    rows = [row for name, cases in groups.items() for row in compare(name, cases, _STRENGTHS)]
    print(table(("plates", "ranked", "how many", "exact", "mended", "broken"), rows))


if __name__ == "__main__":
    main()
