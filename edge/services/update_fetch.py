"""Fetches releases from the town's web server and lays them where the updater finds them.

A process of its own, with a network and nothing else: it holds no key, sees no store, and writes
one folder, which the updater only reads. What it brings is not believed by that.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge import __version__
from edge.clock import Clock, SystemClock
from edge.config import Settings
from edge.config.update import DAY_MIN, minutes, within
from edge.delivery.release_server import Manners, ReleaseServer
from edge.delivery.tls import TlsFiles, client_context
from edge.disk import sync
from edge.errors import DeliveryError, EdgeError, UpdateError, WebRefused
from edge.log import Log
from edge.policy import fetching
from edge.policy.fetching import Fetched
from edge.policy.update_index import INDEX, Listed, read_index, wanted
from edge.policy.updates import Host
from edge.policy.updating import State
from edge.services.machine import architecture, python_line
from edge.services.tryboot import Tryboot
from edge.services.update_fetched import FetchedFolder, number_of
from edge.services.update_state import read_state

_MB: Final = 1_000_000
_GOES: Final = 100  # at one file in one run, each of which brought it further
_REST_S: Final = 10.0  # between two of them
_log: Final = Log("edge.fetch")


def run_fetch(settings: Settings, stop: threading.Event, *, at_once: bool = False) -> None:
    """Fetch what this unit wants, if the time has come.

    Raises:
        UpdateError: it was not to be had; what was here stays, and what has come of it too.
    """
    clock = SystemClock(settings.clock.trust)
    problem = Fetcher(settings, clock, _log.info, stop.is_set).run(at_once=at_once)
    if problem:
        raise UpdateError(f"releases are not fetched: {problem}")


class Fetcher:
    """The releases of one unit.

    Args:
        told: called with each line for the journal or the terminal.
        ended: asked while a file comes; it goes on another time.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        told: Callable[[str], None],
        ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self._section = settings.update
        self._unit = settings.unit
        self._clock = clock
        self._told = told
        self._ended = ended
        self._fetched = FetchedFolder(Path(settings.update.folder))
        self._server = server_of(settings, clock, self._enough)
        self._at_once = False

    def run(self, *, at_once: bool = False) -> str:
        """Ask the server if its time has come, load what this unit wants; return what went wrong.

        Args:
            at_once: whether or not its time has come.

        Raises:
            UpdateError: the folder cannot be written.
        """
        off = not (self._section.fetch_url and self._section.enabled)
        if off and not self._fetched.folder.exists():
            return ""
        self._at_once = at_once
        with self._fetched.alone():
            updater = read_state(Path(self._section.folder))
            if off:
                self._fetched.forget()
                return ""
            if updater is not None:
                known = {updater.digest, updater.current, *updater.failed} - {""}
                self._fetched.drop_taken(known)
            return self._step(updater)

    def _step(self, updater: State | None) -> str:
        """Ask, or put it off."""
        before = self._remembered()
        state = self._planned(before)
        if not self._at_once and self._too_early(state):
            if state != before:
                self._fetched.write(state)
            return ""
        self._fetched.write(state)
        state = self._ask(updater)
        self._fetched.write(state)
        return state.problem

    def _planned(self, state: Fetched) -> Fetched:
        if not self._open_hours():  # it is put off when they begin, or all would come then
            return state if state.due else state.model_copy(update={"due": self._seconds()})
        first, last = minutes(self._section.fetch_window)
        window_s = ((last - first) % DAY_MIN or DAY_MIN) * 60.0
        every_s = self._section.fetch_every_s
        return fetching.planned(state, self._seconds(), every_s, window_s, self._place)

    def _too_early(self, state: Fetched) -> bool:
        return self._seconds() < state.due or not self._open_hours()

    def _open_hours(self) -> bool:
        local = datetime.fromtimestamp(self._seconds(), UTC).astimezone()
        return within(self._section.fetch_window, local.hour * 60 + local.minute)

    def _ask(self, updater: State | None) -> Fetched:
        """Return what is remembered after asking, well or badly."""
        try:
            offered = self._fetch(updater)
        except WebRefused as error:
            return self._failed(str(error), fetching.wait_asked(error.retry_after, self._seconds()))
        except EdgeError as error:
            return self._failed(str(error))
        except OSError as error:  # of our disk: those of the network have become errors of ours
            self._fetched.drop_parts()
            why = f"{error.filename or self._fetched.folder}: {error.strerror or error}"
            return self._failed(f"{why}; what had come was deleted")
        state = self._remembered()
        if offered != state.offered or state.problem:
            self._told(offered)
        return fetching.went_well(state, self._seconds(), offered, self._section.fetch_every_s)

    def _failed(self, why: str, wait_s: int = 0) -> Fetched:
        state, every_s = self._remembered(), self._section.fetch_every_s
        return fetching.went_wrong(state, self._seconds(), why, every_s, self._place, wait_s)

    def _fetch(self, updater: State | None) -> str:
        """Return what came of it, in a sentence."""
        if updater is None:
            raise UpdateError("where an update stood is not known any more: nothing is fetched")
        index = read_index(self._server.index(), self._section.fetch_url + INDEX)
        self._note(reached=self._seconds())
        one, why = wanted(index, self._host(updater), updater.digest)
        if one is None:
            self._fetched.keep_only()
            return f"nothing is fetched: {why}"
        place = self._fetched.folder / one.file
        if number_of(place) != one.number:
            self._load(one, place)
        self._fetched.keep_only(place)
        return f"{one.title} is here, for the updater to take"

    def _load(self, one: Listed, place: Path) -> None:
        state, part = self._remembered(), self._fetched.part(one)
        if state.wrong == one.sha256 and state.wrongs >= fetching.WRONG and not self._at_once:
            raise UpdateError(
                f"{one.title}: {state.wrongs} times the server had another file than its index"
                " says: not loaded again until the index names another ('edge update index')"
            )
        self._fetched.drop_parts(part)
        self._room_for(one, part)
        self._told(f"{one.title} is fetched: {one.size / _MB:.1f} MB")
        self._receive(one, part, state.mark if state.loading == one.sha256 else "")
        if number_of(part) != one.number:
            part.unlink()
            self._note_wrong(one)
            raise UpdateError(
                f"{one.title}: is another release than the index says; it was deleted"
            )
        part.chmod(0o644)
        part.replace(place)
        sync(self._fetched.folder)

    def _receive(self, one: Listed, part: Path, mark: str) -> None:
        """Load a file, going on after each cut for as long as that brings it further."""

        def begun(said: str) -> None:
            nonlocal mark
            mark = said
            self._note(loading=one.sha256, mark=said)

        for _ in range(_GOES):
            before = _size(part)
            try:
                return self._server.load(one, part, mark, begun)
            except UpdateError:
                self._note_wrong(one)
                raise
            except WebRefused:
                raise
            except DeliveryError:
                if self._enough() or _size(part) <= before:
                    raise
            self._clock.sleep(_REST_S)
        raise DeliveryError(f"{one.title}: was cut {_GOES} times; it goes on where it ended")

    def _room_for(self, one: Listed, part: Path) -> None:
        if one.size > self._section.fetch_limit_mb * _MB:
            raise UpdateError(
                f"{one.title}: has {one.size / _MB:.1f} MB, and update.fetch_limit_mb is"
                f" {self._section.fetch_limit_mb:.0f}"
            )
        leave = self._section.fetch_leave_mb * _MB
        missing = one.size - _size(part) + leave - self._fetched.free()
        if missing > 0:
            self._fetched.drop_parts()
            raise UpdateError(
                f"{one.title}: {missing / _MB:.1f} MB more must be free on the disk of"
                f" {self._fetched.folder} (update.fetch_leave_mb stays free)"
            )

    def _enough(self) -> str:
        """Return why loading ends here; it goes on another time."""
        if self._ended():
            return "edge run fetch ends"
        if self._fetched.free() < self._section.fetch_leave_mb * _MB:
            return "the disk is nearly full"
        if not self._at_once and not self._open_hours():
            return "the hours of update.fetch_window are over"
        return ""

    def _host(self, updater: State) -> Host:
        return Host(
            town=self._unit.town,
            arch=architecture(),
            python=python_line(),
            version=__version__,
            newest=updater.newest,
            kept=updater.current,
            failed=tuple(updater.failed),
            sides=Tryboot().named() is not None,
        )

    def _note_wrong(self, one: Listed) -> None:
        state = self._remembered()
        times = state.wrongs + 1 if state.wrong == one.sha256 else 1
        self._note(wrong=one.sha256, wrongs=times)

    def _note(self, **changes: object) -> None:
        self._fetched.write(self._remembered().model_copy(update=changes))

    def _remembered(self) -> Fetched:
        """Return what is known; what was lost with a damaged file is asked anew."""
        return self._fetched.read() or Fetched()

    def _seconds(self) -> int:
        return self._clock.now().utc_ns // 1_000_000_000

    @property
    def _place(self) -> float:
        return fetching.share(self._unit.town, self._unit.name)


def server_of(settings: Settings, clock: Clock, enough: Callable[[], str]) -> ReleaseServer:
    """Return the server that the settings name.

    Args:
        enough: as :class:`edge.delivery.release_server.Manners` has it.
    """
    section = settings.update
    files = TlsFiles("update.fetch_", section.fetch_ca_file, "", "")
    manners = Manners(section.fetch_kbit_s, enough)
    return ReleaseServer(section.fetch_url, lambda: client_context(files), clock, manners)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
