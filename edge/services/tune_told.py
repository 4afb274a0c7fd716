"""What a comparison of settings tells: figures of both sides, and the passes that only one told.

Where the law profile masks, no text of others leaves the process that replayed.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from edge.evaluate.clip_truth import Car
from edge.evaluate.passes import Pass, score
from edge.services.glass_wire import HIDDEN
from edge.services.replay import Replayed
from edge.services.tune_clip import Compared


@dataclass(frozen=True, slots=True)
class Cover:
    """What may be told of a text.

    Attributes:
        own: texts of test plates, which are told whatever the law says.
    """

    masked: bool
    own: Collection[str] = ()

    def __call__(self, text: str) -> str:
        """Return *text*, or as many blocks."""
        return text if not self.masked or text in self.own else HIDDEN * len(text)


def told_compared(found: Compared, cover: Cover, cars: Sequence[Car] | None) -> dict[str, Any]:
    """Return old beside new.

    Args:
        cars: what is on the recording, where that is known.
    """
    return {
        "old": _side(found.old, cars),
        "new": _side(found.new, cars),
        "gained": _passes(found.new.passes, found.gained, cover),
        "lost": _passes(found.old.passes, found.lost, cover),
        "truth": cars is not None,
    }


def _side(one: Replayed, cars: Sequence[Car] | None) -> dict[str, Any]:
    side: dict[str, Any] = {
        "passes": len(one.passes),
        "reads": len(one.glimpses),
        "frames": one.frames,
        "frame_ms": round(one.frame_ms, 2),
        "cpu_ms": round(one.cpu_ms, 2),
    }
    if cars is not None:
        found = score(cars, one.passes, one.glimpses)
        side |= {
            "cars": found.cars,
            "captured": found.captured,
            "read": found.read,
            "false": len(found.false),
        }
    return side


def _passes(passes: Sequence[Pass], texts: Sequence[str], cover: Cover) -> list[dict[str, Any]]:
    """Return those of *passes* that have *texts*, each as often as it stands there."""
    left, rows = Counter(texts), []
    for one in passes:
        if left[one.text] > 0:
            left[one.text] -= 1
            rows.append(
                {
                    "text": cover(one.text),
                    "at_s": round(one.first_s, 1),
                    "reads": one.reads,
                    "p": round(one.confidence, 3),
                }
            )
    return sorted(rows, key=lambda row: float(row["at_s"]))
