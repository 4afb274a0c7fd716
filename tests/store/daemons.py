"""Daemons to be killed: a process that forks writers and deliverers on demand, quickly.

Run as ``python -m tests.store.daemons``. Each line of standard input, ``ROLE FOLDER SEED COUNT``,
forks one child, whose number is answered (``pid 17``); children report what is safe on the disk
(``stored 5 0 DIGEST``), and the end of each is told (``ended 17 -9``).
"""

import os
import random
import sys
import traceback
from functools import partial
from itertools import count
from pathlib import Path

from edge.clock import SystemClock
from edge.errors import EdgeError
from edge.messages.envelope import digest
from edge.messages.receipt import ReceiptMessage
from edge.store import Store, db, open_store
from tests.alerts import UNIT, a_jpeg, an_alert, store_section
from tests.store.letters import a_receipt, plain

CLOCK = SystemClock("always")


def tell(*words: object) -> None:
    """Write one line at once: a killed process must not take it with it."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def watch(store: Store, chance: random.Random, most: int) -> None:
    """Commit *most* alerts, a third of them revisions, and report each."""
    known = []
    for number in range(most):
        revises = chance.choice(known) if known and chance.random() < 0.3 else None
        jpeg = a_jpeg(size=chance.choice([200, 6000, 40_000]), seed=number)
        marks: list[tuple[int, str]] = []

        def build(alert, alert_id, revision, stored, marks=marks):
            letter = plain(alert, alert_id, revision, stored)
            marks.append((revision, digest(letter.body)))
            return letter

        alert = an_alert(at=CLOCK.now(), crop_jpeg=jpeg, revises=revises)
        alert_id = store.commit_alert(alert, build)
        known.append(alert_id)
        tell("stored", alert_id.sequence, *marks[-1])


def deliver(store: Store, chance: random.Random, most: int, *, hasty: bool = False) -> None:
    """Send and acknowledge until *most* rows were received by this store's record.

    Args:
        hasty: confirm to the broker before the commit, for the control.
    """
    for turn in count():
        if store.audit.count("receipt") >= most:
            return
        rows = store.outbox.pending(CLOCK.now(), chance.choice([1, 5, 20]))
        store.outbox.sent(rows, CLOCK.now(), 0.001)
        burst = [a_receipt(row, at=CLOCK.now()) for row in rows if chance.random() < 0.8]
        if hasty:
            _confirm(burst)
            CLOCK.sleep(0.01)
        if not all(store.outbox.acknowledge(burst, ["archive"], CLOCK.now())):
            raise AssertionError("a good receipt was refused")
        if not hasty:
            _confirm(burst)
        if turn % 10 == 0:
            store.erase(CLOCK.now())


def _confirm(burst: list[ReceiptMessage]) -> None:
    """Tell the broker that it may forget these receipts."""
    for one in burst:
        tell("settled", one.payload.sequence, one.payload.revision)


DELIVERERS = {"deliver": deliver, "sloppy": deliver, "hasty": partial(deliver, hasty=True)}


def _child(role: str, folder: str, seed: int, most: int) -> int:
    if role in {"OFF", "NORMAL", "sloppy"}:  # the careless, for the control of the power cuts
        db.PRAGMAS["synchronous"] = "OFF" if role == "sloppy" else role
    delivers = DELIVERERS.get(role)
    limits = {"keep_sent_s": 0.0, "budget_mb": 1} if delivers else {"keep_sent_s": 1e9}
    section = store_section(Path(folder), **limits)
    try:
        with open_store(section, UNIT.name, CLOCK) as store:
            (delivers or watch)(store, random.Random(seed), most)
    except EdgeError as error:
        tell("error", type(error).__name__, str(error).replace("\n", " "))
        return 1
    tell("done")
    return 0


def main() -> None:
    """Fork children as standard input says, one at a time, until it ends."""
    for line in iter(sys.stdin.readline, ""):
        role, folder, seed, most = line.split()
        child = os.fork()
        if child == 0:
            code = 3
            try:
                code = _child(role, folder, int(seed), int(most))
            finally:
                if code == 3:
                    traceback.print_exc()
                os._exit(code)
        tell("pid", child)
        _, status = os.waitpid(child, 0)
        tell("ended", child, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
