"""How long it takes to sign and seal an alert, and its bytes: ``python -m scripts.bench_seals``.

The least of many tries stands beside the median: what a machine with nothing else to do takes.
"""

import statistics
import time

from edge.keys.identity import make_identity
from edge.keys.roles import Role
from edge.messages import build_alert, open_letter, pack, seal_letter
from edge.records import AlertId
from tests.alerts import UNIT, an_alert
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, SINCE, UNTIL, keys_of

RECIPIENTS, TRIES = (2, 50, 500), 50


def main() -> None:
    """Print a line for each number of recipients."""
    alert, unit = an_alert(), keys_of(UNIT.name)
    words = build_alert(alert, AlertId(UNIT.name, "ab" * 16, 1), 0, START, UNIT, "bench")
    print(f"words {len(words)} bytes, picture {len(alert.crop_jpeg)} bytes")
    for count in RECIPIENTS:
        cars = [make_identity(f"car-{n}", Role.CONSOLE, UNIT.town) for n in range(count)]
        parties = [one.party(SINCE, UNTIL) for one in cars]
        sealing, opening = [], []
        for _ in range(TRIES):
            begun = time.perf_counter()
            letter = seal_letter("alert", words, alert.crop_jpeg, unit, parties)
            done = time.perf_counter()
            open_letter("alert", letter, cars[-1], ROSTER, Role.UNIT, ISSUED)
            sealing.append(1e3 * (done - begun))
            opening.append(1e3 * (time.perf_counter() - done))
        print(
            f"{count} recipients: sealed in {_told(sealing)}, opened in {_told(opening)}, "
            f"{len(pack(letter))} bytes on the wire"
        )


def _told(spent_ms: list[float]) -> str:
    return f"{statistics.median(spent_ms):.2f} ms (least {min(spent_ms):.2f})"


if __name__ == "__main__":
    main()
