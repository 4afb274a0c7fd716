"""Network cameras over RTSP."""

from collections.abc import Iterator

from edge.clock import Clock
from edge.config.redact import redact
from edge.config.source import SourceSection
from edge.errors import PictureError, SourceLost
from edge.log import Log
from edge.sources.base import Shot
from edge.sources.exposure import Exposure
from edge.sources.ffmpeg import Video, VideoPicture, VideoRefused
from edge.sources.stamps import StreamStamps

_OPTIONS = {
    "rtsp_transport": "tcp",  # lost UDP packets smear exactly the moving plates
    "allowed_media_types": "video",  # sound must not count as a sign of life
    "flags": "low_delay",
    "analyzeduration": "300000",  # us; the default waits 2 s to guess the frame rate
    "fpsprobesize": "0",
}
_UNDECODED_S = 20.0  # some cameras send a whole picture only every ten seconds
_OPENING_S = 10.0  # several questions and answers, each with its own time-out

log = Log("edge.sources")


class RtspCamera:
    """One stream of a network camera, decoded on this machine.

    ``source.width``, ``height`` and ``fps`` are the camera's own business and not asked of it.
    """

    def __init__(self, section: SourceSection, clock: Clock) -> None:
        self._section = section
        self._clock = clock
        self._video: Video | None = None
        self._pictures: Iterator[VideoPicture | PictureError | None] = iter(())
        self._stamps = StreamStamps(clock)
        self._damaged = 0
        self._told = False

    @property
    def name(self) -> str:
        """The address without user, password and tokens."""
        return redact(self._section.address)

    @property
    def limit_s(self) -> float:
        """Longer than the time-outs that FFmpeg keeps by itself; for a name look-up that hangs."""
        return self._section.stall_s + max(_OPENING_S, _UNDECODED_S) + 5.0

    @property
    def damaged(self) -> int:
        """Pictures left out so far because they could not be decoded."""
        return self._damaged

    def expose(self, exposure: Exposure) -> None:
        """Warn: a network camera's exposure is set on its own page."""
        if exposure != Exposure() and not self._told:
            self._told = True
            log.warning("source.shutter_us and gain: set them on the network camera's own page")

    def open(self) -> None:
        """Connect and ask for the stream.

        Raises:
            SourceLost: with the camera's reason, and what to look at.
        """
        stall_s = self._section.stall_s
        self.expose(Exposure(self._section.shutter_us, self._section.gain))
        video = Video(
            self._section.address,
            options={**_OPTIONS, "timeout": str(round(stall_s * 1e6))},
            timeouts_s=(stall_s + _OPENING_S, stall_s),
            threading="SLICE",
        )
        try:
            video.open()
        except VideoRefused as error:
            raise SourceLost(_advice(error)) from None
        self._video = video
        self._pictures = video.pictures()
        self._stamps = StreamStamps(self._clock)

    def read(self) -> Shot:
        """Return the next picture, stamped by the stream's clock.

        Raises:
            SourceLost: the camera fell silent, ended the stream or sends nothing decodable.
        """
        begun = self._clock.now()
        try:
            for picture in self._pictures:
                if isinstance(picture, VideoPicture):
                    return Shot(picture.image, self._stamps.moment(picture.pts_ns))
                self._damaged += picture is not None
                if self._clock.now().since(begun) > max(_UNDECODED_S, self._section.stall_s):
                    raise SourceLost("the camera sends data, but no picture that can be decoded")
        except VideoRefused as error:
            raise SourceLost(f"the stream broke off: {error.reason}") from None
        raise SourceLost("the camera ended the stream")

    def close(self) -> None:
        """Hang up."""
        video, self._video = self._video, None
        self._pictures = iter(())
        if video is not None:
            video.close()


def _advice(error: VideoRefused) -> str:
    if error.status == 401:
        return "the camera refuses user or password: check both in source.address"
    if error.status == 404:
        return "the camera has no such stream (404): check the path in source.address"
    if error.reason.startswith("invalid data"):
        return "something accepts the connection, but does not answer as an RTSP camera"
    return f"cannot be reached ({error.reason}): is it on, is the address right?"
