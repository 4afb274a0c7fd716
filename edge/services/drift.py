"""The watch over the view: learns it in the first day, compares ever after, tells before reads go.

What is stored is 24 pictures of 160x90, each the median of fifteen looks, and the strength of edges
by cell: no plate and no car is in them. ``edge certify`` begins anew.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import KeysError
from edge.keys.files import read_public, write
from edge.log import Log
from edge.messages.acts import Act
from edge.messages.acts_unit import Drift as DriftAct
from edge.records import Frame, Pixels
from edge.vision.drift import CELLS, SIZE, Look, compare, look, view
from edge.vision.drifting import Drifting

FILE: Final = "view.npz"  # in store.folder
_LEAST: Final = 64  # pixels of a side: in a smaller picture there is no view to compare
_LOOKS: Final = 15
_FIRST: Final = 5  # after a start the first view is there sooner
_HOUR_NS: Final = 3_600_000_000_000
_MENDS: Final = {
    "moved": "the camera has moved {}: aim it again, then edge certify",
    "defocused": "the camera has lost its focus, {}: focus it, clean the window",
    "dirty": "the window is dirty, {}: clean it",
    "dark": "the view is dark, {}: look at the lamp and the exposure",
}
_log: Final = Log("edge.drift")


class ViewWatch:
    """Shown each frame by watch's line; looks at one a minute.

    Args:
        file: of the views of the first day; made anew where it is missing or damaged.
        tell: puts an act on the chain.
    """

    def __init__(
        self, file: Path, every_s: float, clock: Clock, tell: Callable[[str, Act], None]
    ) -> None:
        self._file = file
        self._every_s = every_s
        self._clock = clock
        self._tell = tell
        self._drifting = Drifting()
        self._day: dict[int, Look] = {}
        self._looks: list[Look] = []
        self._wanted = _FIRST
        self._looked: Moment | None = None
        self._unsaved = ""

    @property
    def problem(self) -> str:
        """What is wrong with the view, for health; empty when nothing is."""
        told = [_MENDS[what].format(how) for what, how in self._drifting.standing.items()]
        return "; ".join([*told, self._unsaved] if self._unsaved else told)

    @property
    def hours(self) -> int:
        """Of how many hours of a day the view is known."""
        return len(self._day)

    def open(self) -> None:
        """Take the views of the first day from the disk."""
        if not self._file.exists():
            return
        try:
            self._day = read_views(read_public(self._file))
        except (KeysError, ValueError) as error:
            _log.warning("the view of the first day is lost and is learned anew", why=error)

    def see(self, frame: Frame) -> None:
        """Look at *frame*, if it is time to."""
        now = frame.captured
        if self._looked is not None and now.since(self._looked) < self._every_s:
            return
        if not self._clock.trusted():
            return  # nobody knows the hour
        self._looked = now
        if min(frame.image.shape[:2]) < _LEAST:
            return  # a recording's odd picture: no camera's view
        self._looks.append(look(_grey(frame.image)))
        if len(self._looks) < self._wanted:
            return
        seen, self._looks = view(self._looks), []
        first, self._wanted = self._wanted < _LOOKS, _LOOKS
        self._judge(seen, now.utc_ns // _HOUR_NS % 24, first=first)

    def _judge(self, seen: Look, hour: int, *, first: bool) -> None:
        if self._day and not self._unsaved and not self._file.exists():
            self._begin_anew()
        then = self._day.get(hour)
        if then is None:
            if not first:
                self._learn(seen, hour)
            return
        for one in self._drifting.take(compare(seen, then, self._day)):
            _log.warning("the view has changed", what=one.what, measure=one.measure, over=one.over)
            self._tell("drift", DriftAct(what=one.what, measure=one.measure, over=one.over))

    def _begin_anew(self) -> None:
        """Forget the first day: the unit was certified anew, and the view is as it should be."""
        for what in self._drifting.standing:
            self._tell("drift", DriftAct(what=what, measure="commissioned anew", over=True))
        self._drifting, self._day = Drifting(), {}

    def _learn(self, seen: Look, hour: int) -> None:
        self._day[hour] = seen
        self._unsaved = ""
        try:
            write(self._file, write_views(self._day))
        except KeysError as error:
            self._unsaved = f"the view of the first day cannot be kept: {error}"


def open_view_watch(
    settings: Settings, clock: Clock, tell: Callable[[str, Act], None]
) -> ViewWatch | None:
    """Return the watch over the view; None for a car's camera, or where it is switched off."""
    if not settings.drift.enabled or settings.gps.enabled:
        return None
    file = Path(settings.store.folder) / FILE
    watch = ViewWatch(file, settings.drift.every_s, clock, tell)
    watch.open()
    return watch


def write_views(day: dict[int, Look]) -> bytes:
    """Return views by hour as one file."""
    arrays = {
        f"{name}{hour}": getattr(one, name)
        for hour, one in day.items()
        for name in ("luma", "fine", "coarse")
    }
    body = io.BytesIO()
    np.savez_compressed(body, **arrays)
    return body.getvalue()


def read_views(body: bytes) -> dict[int, Look]:
    """Return the views in a file's bytes.

    Raises:
        ValueError: they are damaged.
    """
    shapes = {"luma": (SIZE[1], SIZE[0]), "fine": CELLS[::-1], "coarse": CELLS[::-1]}
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            hours = [int(name[4:]) for name in arrays.files if name.startswith("luma")]
            day = {
                hour: Look(*(arrays[f"{name}{hour}"] for name in shapes)) for hour in sorted(hours)
            }
    except (OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"is no file of views: {error}") from error
    for one in day.values():
        if any(getattr(one, name).shape != shape for name, shape in shapes.items()):
            raise ValueError("holds views of another size")
    return day


def _grey(image: Pixels) -> Pixels:
    if image.ndim == 2:
        return image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
