"""Where the car is, from gpsd: a thread of its own, which no answer of gpsd's can break.

gpsd speaks lines of JSON over TCP (gpsd_json(5)). It is asked for everything, and what it says of
time, place and velocity (class TPV) is checked field by field. It proves nothing of itself: whoever
can reach its port could be it, so what is no such line is refused, and so is a line without end.
Fixes are stamped by our own clock when they arrive, because a frame's moment is by that clock too.
"""

import socket
import threading
from dataclasses import replace
from math import hypot
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.clock import Clock, Moment
from edge.config.gps import GpsSection
from edge.errors import SourceLost
from edge.log import Log
from edge.records import Fix
from edge.sources.backoff import Backoff
from edge.sources.fixes import Fixes
from edge.sources.geo import on_circle

_WATCH = b'?WATCH={"enable":true,"json":true}\n'
_LINE_MAX = 32 * 1024  # gpsd's own limit is 10 kB
_CONNECT_S = 3.0
_LOOK_S = 0.1  # how soon a stop is noticed
_BREATH_S = 0.01  # between two pieces: who floods us gets 400 kB/s and no processor
_SILENT_S = 15.0  # a receiver speaks every second, with a fix or without
_STALE_S = 5.0
_log = Log("edge.gps")

Metres = Annotated[float, Field(ge=0.0, le=1e6)]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, extra="ignore")

    kind: str = Field(alias="class", max_length=32)


class _Report(_Line):
    """What we take from a TPV; gpsd leaves out what it does not know."""

    kind: Literal["TPV"] = Field(alias="class")
    mode: int = Field(ge=0, le=3)
    time: str = Field(default="", max_length=40)
    lat: float | None = Field(default=None, ge=-90.0, le=90.0)
    lon: float | None = Field(default=None, ge=-180.0, le=180.0)
    track: float | None = Field(default=None, ge=0.0, le=360.0)
    speed: float | None = Field(default=None, ge=0.0, le=500.0)
    eph: Metres | None = None
    epx: Metres | None = None
    epy: Metres | None = None

    def fix(self, at: Moment) -> Fix | None:
        """Return the place; None where the receiver has none."""
        if self.mode < 2 or self.lat is None or self.lon is None:
            return None
        heading = None if self.track is None else on_circle(self.track)
        return Fix(self.lat, self.lon, heading, self.speed, self._error_m(), at)

    def _error_m(self) -> float | None:
        if self.eph is None and self.epx is not None and self.epy is not None:
            return hypot(self.epx, self.epy)
        return self.eph


class Gps:
    """A car's receiver; it is asked again for ever, and its state is told, never raised."""

    def __init__(self, section: GpsSection, clock: Clock) -> None:
        self._section = section
        self._clock = clock
        self._fixes = Fixes(section.max_age_s, section.slow_mps)
        self._backoff = Backoff(section.retry_first_s, section.retry_max_s)
        self._problem = "gpsd has not answered yet"
        self._time = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gps", daemon=True)

    def start(self) -> None:
        """Begin to ask gpsd; to be called once."""
        self._thread.start()

    def stop(self) -> None:
        """End; a thread that waits for the name of a far host is left to itself."""
        self._stop.set()
        self._thread.join(_CONNECT_S + _LOOK_S)

    @property
    def problem(self) -> str:
        """Why the place of this moment is not known, in a sentence; empty when it is."""
        newest = self._fixes.newest
        if self._problem or newest is None:
            return self._problem or "the receiver has told no place yet"
        age_s = self._clock.now().since(newest.at)
        return f"the receiver has told no place for {age_s:.0f} s" if age_s > _STALE_S else ""

    def newest(self) -> Fix | None:
        """Return the last place that the receiver told, however old."""
        return self._fixes.newest

    def at(self, moment: Moment) -> Fix | None:
        """Return where the car was at *moment*, one of the last minute, and its own heading.

        None when no fix is near enough; see :meth:`edge.sources.fixes.Fixes.at`.
        """
        return self._fixes.at(moment)

    def camera_at(self, moment: Moment) -> Fix | str:
        """Return where the camera was and looked, or a sentence on why that is not known."""
        fix = self.at(moment)
        if fix is None:
            return self.problem or "the receiver told no place near the moment of capture"
        if fix.heading_deg is None:
            return fix
        looks = on_circle(fix.heading_deg + self._section.camera_offset_deg)
        return replace(fix, heading_deg=looks)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._visit()
            except SourceLost as error:
                wait_s = self._backoff.next()
                self._tell(str(error))
                self._stop.wait(wait_s)

    def _visit(self) -> None:
        """Listen until *stop* is set.

        Raises:
            SourceLost: gpsd is not there, has gone, or is not gpsd.
        """
        where = (self._section.host, self._section.port)
        try:
            with socket.create_connection(where, _CONNECT_S) as link:
                link.sendall(_WATCH)
                link.settimeout(_LOOK_S)
                self._listen(link)
        except (OSError, UnicodeError) as error:  # the latter is for a host that is no name
            why = getattr(error, "strerror", None) or "no answer in time, or no such name"
            raise SourceLost(f"gpsd at {where[0]}:{where[1]}: {why}; does it run?") from None

    def _listen(self, link: socket.socket) -> None:
        heard, rest = self._clock.now(), b""
        while not self._stop.wait(_BREATH_S):
            piece = _piece(link)
            now = self._clock.now()
            if piece:
                heard = now
            elif now.since(heard) > _SILENT_S:
                raise SourceLost(f"gpsd has said nothing for {_SILENT_S:.0f} s")
            *lines, rest = (rest + piece).split(b"\n")
            for line in filter(bytes.strip, lines):
                self._take(line, now)
            if len(rest) > _LINE_MAX:
                raise SourceLost(f"gpsd: a line without an end after {_LINE_MAX} bytes")

    def _take(self, line: bytes, now: Moment) -> None:
        try:
            if _Line.model_validate_json(line).kind != "TPV":
                return  # satellites, devices, its version
        except ValidationError:
            raise SourceLost("what answers at gpsd's port does not speak as gpsd does") from None
        self._backoff.reset()
        try:
            report = _Report.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(step) for step in first["loc"])
            self._tell(f"gpsd: {field}: {first['msg'].lower()}")
            return
        fix = report.fix(now)
        if fix is None:
            self._tell("the receiver has no fix: too few satellites are seen")
            return
        self._fixes.add(fix, again=bool(report.time) and report.time == self._time)
        self._time = report.time
        self._tell("")

    def _tell(self, problem: str) -> None:
        """Remember what is wrong; the journal gets a line for each change, never a place."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            _log.warning("the place is not known", why=problem)
        else:
            _log.info("the receiver tells places")


def _piece(link: socket.socket) -> bytes:
    """Return what has come, empty when nothing has within a while.

    Raises:
        SourceLost: the other end has hung up.
    """
    try:
        piece = link.recv(4096)
    except TimeoutError:
        return b""
    if not piece:
        raise SourceLost("gpsd has closed the connection")
    return piece
