"""A trial of settings, on the disk: what ends it badly ends with the version before in force.

The marker is there before the new file is, and goes when the new version is confirmed, or when the
one before is in force again. Whoever runs the trial holds a lock for as long, which dies with the
process: a trial that nobody runs is undone by the daemon, at its start or within a second.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.config import Loaded, load
from edge.config.load import SITE_FILE
from edge.disk import put, sync
from edge.errors import ConfigError
from edge.log import Log
from edge.services.tuning_history import History

FILE: Final = "tuning.toml"
_FOLDER: Final = "tuning.history"
_MARKER: Final = "trial.json"
_TAKEN: Final = "taken"
_RUN: Final = "trial.lock"
_WRITE: Final = "write.lock"
_log: Final = Log("edge.trial")


class Trial(BaseModel):
    """What is being tried.

    Attributes:
        number: of the version; *back* is the one before.
        digest: of the settings that the daemon has then.
        undone: why the version before is in force again; empty while it is tried.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: int
    back: int
    digest: str
    who: str
    why: str
    undone: str = ""


class TrialFolder:
    """The tuning file, its history and the trial under way.

    Args:
        file: ``tuning.toml``; what else there is lies in a folder beside it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.folder = file.parent / _FOLDER
        self.history = History(self.folder)

    @property
    def stamp(self) -> tuple[tuple[int, int, int], ...]:
        """What changes with the tuning file, and with the marker."""
        return _stamp(self.file), _stamp(self.folder / _MARKER)

    @property
    def taken(self) -> bool:
        """The daemon has had the settings under trial."""
        return (self.folder / _TAKEN).exists()

    def text(self) -> str:
        """Return what stands in the tuning file; empty where there is none."""
        try:
            return self.file.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.file}: cannot be read: {error}") from error

    def trial(self) -> Trial | None:
        """Return the trial that is not over; None where there is none.

        Raises:
            ConfigError: the marker is there, and no marker.
        """
        file = self.folder / _MARKER
        try:
            return Trial.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise ConfigError(
                f"{file}: cannot be read, so nobody knows whether {self.file} was confirmed: "
                f"`edge tune history`, then delete it ({type(error).__name__})"
            ) from error

    @property
    def run_by_somebody(self) -> bool:
        """The process that runs the trial lives."""
        try:
            with self._locked(_RUN, wait=False):
                return False
        except BlockingIOError:
            return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the trials for as long as the block lasts.

        Raises:
            ConfigError: somebody else does.
        """
        self.history.open()
        try:
            with self._locked(_RUN, wait=False):
                yield
        except BlockingIOError as error:
            raise ConfigError("other settings are being tried; wait until that is over") from error

    def begin(self, trial: Trial, text: str) -> None:
        """Mark that *text* will be tried; nothing is in force by that."""
        with self._locked(_WRITE):
            (self.folder / _TAKEN).unlink(missing_ok=True)
            self._mark(trial)
            self.history.keep(trial.number, text)

    def place(self, trial: Trial) -> None:
        """Put the version under trial into force."""
        with self._locked(_WRITE):
            put(self.file, self.history.text(trial.number).encode())

    def take(self) -> None:
        """Note that the daemon has the settings: should it begin once more, they failed."""
        with self._locked(_WRITE):
            if not self.taken:
                put(self.folder / _TAKEN, b"")

    def confirm(self, trial: Trial) -> bool:
        """End the trial well; False where it was undone meanwhile."""
        with self._locked(_WRITE):
            if self.trial() != trial:
                return False
            self._clear()
            return True

    def undo(self, trial: Trial, why: str) -> Trial:
        """Put the version before into force again; a cut in between is mended by another call."""
        with self._locked(_WRITE):
            now = self.trial()
            if now is None or now.number != trial.number:
                return trial
            undone = now if now.undone else now.model_copy(update={"undone": why})
            self._mark(undone)
            put(self.file, self.history.text(undone.back).encode())
            self.history.undo(undone.number)
            return undone

    def settled(self, trial: Trial) -> None:
        """Forget a trial that was undone and recorded."""
        with self._locked(_WRITE):
            now = self.trial()
            if now is not None and now.number == trial.number and now.undone:
                self._clear()

    def _mark(self, trial: Trial) -> None:
        put(self.folder / _MARKER, trial.model_dump_json().encode())

    def _clear(self) -> None:
        (self.folder / _MARKER).unlink()
        (self.folder / _TAKEN).unlink(missing_ok=True)
        sync(self.folder)

    @contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        door = os.open(self.folder / name, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(door, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield
        finally:
            os.close(door)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where other settings come from while the daemon runs.

    Attributes:
        files: of the settings, as the process was given them.
        trials: None where none of them is a tuning file.
        event: set when the files are to be read again.
        problem: why the tuning file was left out at the start; empty where it was not.
    """

    files: list[Path] | None
    trials: TrialFolder | None
    event: threading.Event
    problem: str = ""


def tuning_file(files: list[Path] | None, usual: Path) -> Path | None:
    """Return which of the settings' files is the tuning file; None where none of them is.

    Args:
        files: as given on the command line; None for the usual ones.
    """
    if files is None:
        return usual
    return next((file for file in reversed(files) if file.name == FILE), None)


def settle_at_start(folder: TrialFolder) -> Literal["tried", "undone", ""]:
    """Decide, before the daemon reads its settings, whether a trial goes on or is over.

    No fault of a trial keeps the daemon from its start: it tells of it, and in health.

    Returns:
        What became of it; empty without a trial.
    """
    try:
        return _settle(folder)
    except (ConfigError, OSError) as error:
        _log.error("a trial of settings cannot be ended", why=error)
        return ""


def load_sound(asked: Asked) -> tuple[Loaded, Asked]:
    """Return the settings, without the tuning file if they are only sound without.

    Raises:
        ConfigError: the site's own file is wrong.
    """
    try:
        return load(asked.files), asked
    except ConfigError as error:
        if asked.trials is None:
            raise
        usual = [SITE_FILE] if SITE_FILE.exists() else []
        files = usual if asked.files is None else asked.files
        loaded = load([file for file in files if file != asked.trials.file])
        problem = f"the tuning file is left out: {error}"
        _log.error(problem)
        return loaded, replace(asked, problem=problem)


def _settle(folder: TrialFolder) -> Literal["tried", "undone", ""]:
    trial = folder.trial()
    if trial is None:
        return ""
    if not trial.undone and not folder.taken and folder.run_by_somebody:
        folder.take()
        return "tried"
    why = "the daemon ended with them" if folder.taken else "whoever tried them is gone"
    folder.undo(trial, why)
    return "undone"


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_ino, found.st_size
