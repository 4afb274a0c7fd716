"""What a console puts on its own chain by itself; log-ins, views and outcomes do so where they are.

A console's disk has no reserve: acts of this kind wait for room, and officers' acts that cannot be
recorded do not happen.
"""

from typing import Final

from edge.clock import Clock
from edge.config.load import load
from edge.config.settings import Settings
from edge.errors import StoreError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.acts_town import OrderAct
from edge.services import fingerprint
from edge.services.news import ClockNews, RosterNews
from edge.services.orders import Taken
from edge.services.past import Past
from edge.services.recorder import Recorder
from edge.store.console import ConsoleStore

PROCESS: Final = "console"
_log: Final = Log("edge.record")


class ConsoleRecord:
    """One console's record; only the thread that keeps its time calls it."""

    def __init__(
        self, recorder: Recorder, past: Past, clock: ClockNews, roster: RosterNews
    ) -> None:
        self._recorder = recorder
        self._past = past
        self._clock = clock
        self._roster = roster

    @property
    def problem(self) -> str:
        """What is wrong with the record; empty when nothing is."""
        return "; ".join(one for one in (self._past.problem, self._recorder.problem) if one)

    def step(self) -> None:
        """Record what changed, and look at a few rows of the past."""
        self._clock.step()
        self._roster.step()
        self._past.step()
        self._recorder.settle()

    def order(self, taken: Taken) -> None:
        """Record what became of an order."""
        told = {"number": taken.number, "kinds": taken.kinds, "sentence": taken.sentence}
        act = OrderAct.model_validate({**told, "taken": taken.taken})
        self._recorder.tell("order", act)

    def end(self) -> None:
        """Record the end."""
        try:
            self._recorder.ended("")
        except StoreError as error:
            _log.warning("the end of the console is not on the record", why=error)


def open_console_record(
    settings: Settings, store: ConsoleStore, rosters: RosterKeeper, clock: Clock
) -> ConsoleRecord:
    """Return the record of a console that begins, with its settings and its start on it.

    Raises:
        StoreFull: the settings changed, and that cannot be recorded: it does not start.
    """
    head = store.audit.head()
    recorder = Recorder(PROCESS, store, clock)
    mark = recorder.settings(fingerprint.told(settings), fingerprint.told(load([]).settings))
    recorder.started(mark, rosters.roster.sequence, fresh=head is None)
    return ConsoleRecord(
        recorder,
        Past(store.audit, store.proofs, store.epoch, recorder),
        ClockNews(recorder, clock, head.at if head else ""),
        RosterNews(rosters, recorder),
    )
