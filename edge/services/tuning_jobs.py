"""What the technician's page does beside the view, one thing at a time: a comparison or a trial."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from edge.errors import ConfigError, EdgeError
from edge.log import Log

_JOIN_S: Final = 5.0
_log: Final = Log("edge.tuning")

JobKind = Literal["compare", "save"]


@dataclass(frozen=True, slots=True)
class Job:
    """One of them.

    Attributes:
        sentence: what goes on.
        share: of it that is done, 0 to 1; None where nobody knows.
        result: None until it has ended well.
        problem: why it did not.
    """

    number: int
    kind: JobKind
    running: bool = True
    sentence: str = ""
    share: float | None = None
    result: Mapping[str, Any] | None = None
    problem: str = ""


class Progress:
    """A job's own hand on what is told of it, and the word that it is to stop."""

    def __init__(self, tell: Callable[[str, float | None], None]) -> None:
        self._tell = tell
        self._stops: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self.stopped = False

    def tell(self, sentence: str, share: float | None = None) -> None:
        """Say what goes on."""
        self._tell(sentence, share)

    def on_stop(self, act: Callable[[], None]) -> None:
        """Have *act* called, from any thread, when the job is to stop; at once if it is by now."""
        with self._lock:
            self._stops.append(act)
            stopped = self.stopped
        if stopped:
            act()

    def stop(self) -> None:
        """Stop."""
        with self._lock:
            self.stopped = True
            stops = list(self._stops)
        for act in stops:
            act()


Work = Callable[[Progress], Mapping[str, Any]]


class Jobs:
    """At most one job at a time, in a thread of its own.

    The thread does not keep the process: what ends with it is undone, as after a power cut.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._progress: Progress | None = None
        self._thread: threading.Thread | None = None

    def begin(self, kind: JobKind, work: Work) -> int:
        """Begin *work*; return the job's number.

        Raises:
            ConfigError: another goes on.
        """
        with self._lock:
            if self._job is not None and self._job.running:
                raise ConfigError("something else goes on; wait until it is over, or stop it")
            number = self._job.number + 1 if self._job else 1
            self._job = Job(number, kind)
            self._progress = Progress(self._told(number))
            words = (number, work, self._progress)
            self._thread = threading.Thread(target=self._run, args=words, name=kind, daemon=True)
            self._thread.start()
        return number

    def told(self) -> dict[str, Any] | None:
        """Return the newest job as the page shows it; None before the first."""
        with self._lock:
            return asdict(self._job) if self._job else None

    def stop(self, kind: JobKind = "compare") -> None:
        """Stop the job if it is of *kind*."""
        with self._lock:
            found = self._job is not None and self._job.running and self._job.kind == kind
            progress = self._progress if found else None
        if progress is not None:
            progress.stop()

    def forget(self) -> None:
        """Stop a comparison, and keep nothing of the newest job; a trial goes on."""
        self.stop()
        with self._lock:
            thread = self._thread
            trial = self._job is not None and self._job.kind == "save" and self._job.running
        if trial or thread is None:
            return
        thread.join(_JOIN_S)
        with self._lock:
            if self._job is not None and not self._job.running:
                self._job = Job(self._job.number, self._job.kind, running=False)

    def _run(self, number: int, work: Work, progress: Progress) -> None:
        end: dict[str, Any]
        try:
            end = {"result": dict(work(progress))}
        except EdgeError as error:
            end = {"problem": "It was stopped." if progress.stopped else str(error)}
        except Exception as error:
            _log.error("a job of the page failed", number=number, why=repr(error))
            self._end(number, {"problem": "It failed, and the journal has why."})
            raise
        self._end(number, end)

    def _end(self, number: int, end: Mapping[str, Any]) -> None:
        with self._lock:
            if self._job is not None and self._job.number == number:
                self._job = replace(self._job, running=False, share=None, **end)

    def _told(self, number: int) -> Callable[[str, float | None], None]:
        def tell(sentence: str, share: float | None) -> None:
            with self._lock:
                if self._job is not None and self._job.number == number and self._job.running:
                    self._job = replace(self._job, sentence=sentence, share=share)

        return tell
