"""Other settings while the line runs: read beside it, taken between two frames.

SIGHUP, a new tuning file or a trial of one ask for it. What a running line cannot take is told in
health; only a trial ends the process for it, so that systemd begins it anew. Bad files change
nothing.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.config import Loaded, Settings, load
from edge.config.base import Section
from edge.config.schema import restarted_by
from edge.errors import ConfigError, EdgeError, StoreFull
from edge.log import Log
from edge.messages.acts_unit import Tuned
from edge.services import fingerprint
from edge.services.law import check_law
from edge.services.recorder import Recorder
from edge.services.trial import Asked, Trial, TrialFolder

_LOOK_S: Final = 0.5
_log: Final = Log("edge.reload")


class Reload:
    """Only the line's thread calls it.

    Args:
        files: of the settings, as the process was given them.
        settings: those that it began with.
        trials: None where there is no tuning file.
        take: gives the line its new settings; what needs a restart is as before in them.
        asked: set by SIGHUP.
        problem: what was wrong with the settings at the start.
    """

    def __init__(
        self,
        *,
        files: Sequence[Path] | None,
        settings: Settings,
        trials: TrialFolder | None,
        take: Callable[[Settings], None],
        recorder: Recorder,
        asked: threading.Event,
        clock: Clock,
        problem: str = "",
    ) -> None:
        self._files = files
        self._settings = settings
        self._trials = trials
        self._take = take
        self._recorder = recorder
        self._asked = asked
        self._clock = clock
        self._defaults = fingerprint.told(load([]).settings)
        self._stamp = trials.stamp if trials else None
        self._looked: Moment | None = None
        self._reader: threading.Thread | None = None
        self._read: Loaded | BaseException | None = None
        self.digest = fingerprint.mark(fingerprint.told(settings))
        self.problem = problem
        self.restart = False

    def start(self) -> None:
        """Record what became of a trial that was over before the settings were read."""
        self._settle()

    def stop(self) -> None:
        """Wait until no file is being read."""
        if self._reader is not None:
            self._reader.join()

    def step(self) -> None:
        """Look whether anything is asked for, and take what has been read."""
        if self._reader is not None:
            if not self._reader.is_alive():
                self._reader.join()
                self._reader = None
                self._done()
            return
        if self._wanted():
            self._asked.clear()
            self._reader = threading.Thread(target=self._parse, name="settings")
            self._reader.start()

    def _wanted(self) -> bool:
        now = self._clock.now()
        due = self._looked is None or now.since(self._looked) >= _LOOK_S
        if due and self._trials is not None:
            self._looked = now
            self._abandoned(self._trials)
            stamp, self._stamp = self._stamp, self._trials.stamp
            if stamp != self._stamp:
                return True
        return self._asked.is_set()

    def _abandoned(self, trials: TrialFolder) -> None:
        """Undo a trial whose runner has died."""
        if not self._stamp or not self._stamp[1][0]:
            return  # there was no marker half a second ago; the next look sees a new one
        trial = self._trial(trials)
        if trial is not None and not trial.undone and not trials.run_by_somebody:
            try:
                trials.undo(trial, "whoever tried them is gone")
            except (OSError, ConfigError) as error:
                self._complain(f"the settings under trial cannot be undone: {error}")

    def _trial(self, trials: TrialFolder) -> Trial | None:
        try:
            return trials.trial()
        except ConfigError as error:
            self._complain(str(error))
            return None

    def _parse(self) -> None:
        """Read and check beside the line; the result waits for it."""
        try:
            loaded = load(self._files)
            check_law(loaded.settings, loaded.origins)
            self._read = loaded
        except Exception as error:  # noqa: BLE001 - raised in the line's thread
            self._read = error

    def _done(self) -> None:
        read, self._read = self._read, None
        if isinstance(read, EdgeError):
            self._complain(f"the settings before hold: {read}")
        elif isinstance(read, Loaded):
            self._exchange(read.settings)
        elif read is not None:
            raise read

    def _exchange(self, new: Settings) -> None:
        waiting = restarted_by(self._settings, new)
        if waiting and self._trials is not None and self._trial(self._trials) is not None:
            _log.info("begins anew with other settings", changed=" ".join(waiting))
            self.restart = True
            return
        effective = reloaded(self._settings, new)
        if effective != self._settings:
            try:
                self.digest = self._recorder.settings(fingerprint.told(effective), self._defaults)
            except StoreFull as error:
                self._complain(f"the settings before hold, for others cannot be recorded: {error}")
                return
            self._take(effective)
            self._settings = effective
            _log.info("other settings are in force", digest=self.digest[:12])
        self.problem = f"restart edge-watch for {', '.join(waiting)}" if waiting else ""
        if waiting:
            _log.warning("some settings need a restart", changed=" ".join(waiting))
        self._settle()

    def _settle(self) -> None:
        """Note that a trial's settings are in force here; record the end of one undone."""
        trial = self._trial(self._trials) if self._trials else None
        if trial is None or self._trials is None:
            return
        if not trial.undone:
            self._trials.take()
            return
        self._recorder.tell("tuned", told_undone(trial))
        self._trials.settled(trial)
        _log.warning("a trial of settings is undone", version=trial.number, why=trial.undone)

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            _log.warning("settings are not taken", why=problem)
        self.problem = problem


def told_undone(trial: Trial) -> Tuned:
    """Return the act of a trial that was undone."""
    return Tuned(
        act="undone", version=trial.number, before=trial.back, who=trial.who, why=trial.undone
    )


def reloaded(before: Settings, after: Settings) -> Settings:
    """Return *before* with what a running line can take of *after*."""
    sections = {}
    for name in type(before).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        sections[name] = _section(old, new) if isinstance(old, Section) else old
    return before.model_copy(update=sections)


def _section(old: Section, new: Section) -> Section:
    if "*" in old.RELOADED:
        return new
    return old.model_copy(update={name: getattr(new, name) for name in old.RELOADED})


def open_reload(
    asked: Asked | None,
    settings: Settings,
    take: Callable[[Settings], None],
    recorder: Recorder,
    clock: Clock,
) -> Reload:
    """Return what takes other settings, with the end of an earlier trial on the record.

    Args:
        asked: None where nothing can ask for others.
    """
    asked = asked or Asked([], None, threading.Event())
    reload = Reload(
        files=asked.files,
        settings=settings,
        trials=asked.trials,
        take=take,
        recorder=recorder,
        asked=asked.event,
        clock=clock,
        problem=asked.problem,
    )
    reload.start()
    return reload
