"""``edge-search``: answers searches at the unit; a process of its own, without any network.

Deliver lays the searches into a folder and takes the answers out of the store. This process alone
holds the keys of kept reads, where the law lets any be kept.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment, SystemClock
from edge.config import Settings
from edge.errors import StoreError
from edge.keys.held import leave_no_dump
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.wire import clip
from edge.services.grants import FOLDER, GrantFolder, GrantKeeper
from edge.services.keyring import open_keyring
from edge.services.law import check_law
from edge.services.lifetime import on_record
from edge.services.notify import Notifier, open_notifier
from edge.services.reads_find import KeptReads
from edge.services.reads_keys import KeyHolder
from edge.services.reads_start import open_holder, signers
from edge.services.recorder import Recorder
from edge.services.search_desk import SearchDesk
from edge.services.search_folder import Word, write_word
from edge.store import open_store

PROCESS: Final = "search"
_WAIT_S: Final = 0.5
_TELL_S: Final = 5.0
_log: Final = Log("edge.search")


def run_search(settings: Settings, stop: threading.Event, clock: Clock | None = None) -> None:
    """Answer searches until *stop* is set.

    Raises:
        ConfigError: keys are missing or wrong, or settings go beyond the law.
        StoreError: the store or the folder cannot be written.
    """
    leave_no_dump()  # it holds keys, and plates
    law = check_law(settings)
    clock = clock or SystemClock(settings.clock.trust)
    notifier, unit = open_notifier(clock), settings.unit
    keys = Path(settings.keys.folder)
    keyring = open_keyring(keys, clock, {Role.UNIT}, unit.name, unit.town)
    grants = GrantKeeper(GrantFolder(keys / FOLDER), keyring.rosters, clock)
    with ExitStack() as opened:
        opened.enter_context(alone(Path(settings.search.folder)))
        store = opened.enter_context(open_store(settings.store, unit.name, clock))
        recorder = opened.enter_context(on_record(PROCESS, settings, store, keyring.rosters, clock))
        holder = open_holder(settings, keyring, store.record, clock)
        if holder is not None:
            holder.start()
            opened.callback(holder.stop)
        desk = SearchDesk(
            section=settings.search,
            unit=unit,
            foreign_share=settings.policy.foreign_share,
            law=law,
            keyring=keyring,
            grants=grants,
            store=store,
            reads=KeptReads(holder, lambda: signers(keyring)) if holder is not None else None,
            clock=clock,
            breathe=notifier.watchdog,
        )
        runtime = Path(settings.runtime.folder)
        SearchLoop(desk, holder, runtime, notifier, recorder, clock).run(stop)
    _log.info("stopped")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make the folder of searches if it is missing, and let nobody else take them up meanwhile.

    Raises:
        StoreError: it cannot be made, or another process takes them up.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        door = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)  # the lock ends with the process
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be used: {error.strerror}; see search.folder"
        ) from error
    try:
        _lock(door, folder)
        yield
    finally:
        os.close(door)


def _lock(door: int, folder: Path) -> None:
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreError(
            f"{folder}: another process answers searches here; end it first (systemctl stop"
            " edge-search)"
        ) from error


class SearchLoop:
    """The one thread of the process.

    Args:
        holder: of the keys of kept reads, which lives in a thread of its own.
        runtime: folder on tmpfs, for the process' word to deliver.
    """

    def __init__(
        self,
        desk: SearchDesk,
        holder: KeyHolder | None,
        runtime: Path,
        notifier: Notifier,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._holder = holder
        self._runtime = runtime
        self._notifier = notifier
        self._recorder = recorder
        self._clock = clock
        self._told: Moment | None = None
        self._problem = ""
        self._silent = False

    def run(self, stop: threading.Event) -> None:
        """Step until *stop* is set."""
        self._notifier.ready()
        while not stop.is_set():
            settled = self._desk.step()
            self._tell()
            self._recorder.settle()
            self._notifier.watchdog()
            if not settled:
                stop.wait(_WAIT_S)
        self._notifier.stopping()

    def _tell(self) -> None:
        keys = self._holder.problem if self._holder else ""
        now, problem = self._clock.now(), self._desk.problem or keys
        if problem != self._problem:
            self._problem = problem
            self._told = None
            _log.warning("searches", why=problem or "they are answered again")
        if self._told is not None and now.since(self._told) < _TELL_S:
            return
        self._told = now
        tally = self._desk.tally
        self._notifier.status(problem or f"{tally.answered} answered, {tally.refused} refused")
        word = Word(
            made_monotonic_ns=now.monotonic_ns,
            answered=tally.answered,
            refused=tally.refused,
            problem=clip(problem, 400),
        )
        try:
            write_word(word, self._runtime)
        except OSError as error:
            if not self._silent:
                _log.warning("deliver is not told how it goes", why=error)
            self._silent = True
