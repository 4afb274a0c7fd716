"""The only door to FFmpeg (PyAV): video from files and from the network.

FFmpeg's own messages carry the address with its password, so none is passed on: errors here are
made of the bare reason, and the library's log stays off, as PyAV leaves it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from edge.errors import PictureError, SourceError
from edge.records import Pixels

_NS = 1_000_000_000
_FALLBACK_RATE = Fraction(25)


class VideoRefused(SourceError):
    """A video cannot be opened or read on.

    Attributes:
        reason: FFmpeg's own words, without the address.
        status: 401 or 404 where a server said so, 0 otherwise.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True, eq=False)
class VideoPicture:
    """One decoded picture.

    Attributes:
        image: ``(H, W, 3)`` uint8, BGR, C-contiguous, owned by the receiver.
        pts_ns: presentation time in the stream's own clock; None where the stream has none.
    """

    image: Pixels
    pts_ns: int | None


class Video:
    """The first video stream of a file or an address; open it, and close it when done.

    Args:
        address: file name or URL.
        options: FFmpeg's options for the container.
        timeouts_s: longest silence while opening and while reading; None for files.
        threading: ``SLICE`` gives each picture at once; ``AUTO`` is faster and some pictures late.
    """

    def __init__(
        self,
        address: str,
        options: Mapping[str, str] | None = None,
        timeouts_s: tuple[float, float] | None = None,
        threading: Literal["SLICE", "AUTO"] = "AUTO",
    ) -> None:
        self._address = address
        self._options = dict(options or {})
        self._timeouts_s = timeouts_s
        self._threading = threading
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._reformatter = VideoReformatter()

    def open(self) -> None:
        """Open the address and find its video stream.

        Raises:
            VideoRefused: it cannot be opened, or there is no video in it.
        """
        try:
            container = av.open(self._address, options=self._options, timeout=self._timeouts_s)
        except (av.FFmpegError, ValueError) as error:
            raise _refused(error) from None
        self._container = container
        if not container.streams.video:
            self.close()
            raise VideoRefused("there is no video in it")
        self._stream = container.streams.video[0]
        self._stream.thread_type = self._threading

    def close(self) -> None:
        """Let go of file or connection; harmless when nothing is open."""
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            container.close()

    @property
    def promised(self) -> int:
        """How many pictures the file says that it holds; 0 where it does not say."""
        return self._open_stream().frames

    @property
    def interval_ns(self) -> int:
        """The usual time from picture to picture."""
        rate = self._open_stream().average_rate or _FALLBACK_RATE
        return round(_NS / rate)

    def pictures(self) -> Iterator[VideoPicture | PictureError | None]:
        """Hand out the pictures in the order in which they are shown.

        A damaged picture comes as the error that describes it, so that one bad picture does not
        end the iteration; None comes for data that completed no picture, so that the caller can
        look at the clock.

        Raises:
            VideoRefused: the stream broke off; for a file, what follows cannot be read.
        """
        for packet in self._packets():
            try:
                decoded = packet.decode()
            except av.FFmpegError as error:
                yield PictureError(f"a picture cannot be decoded ({error.strerror})")
                continue
            if not decoded:
                yield None
            for frame in decoded:
                if isinstance(frame, VideoFrame):
                    yield self._picture(frame)

    def _packets(self) -> "Iterator[Packet[VideoStream]]":
        stream = self._open_stream()
        container = self._container
        assert container is not None
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, ValueError) as error:
                raise _refused(error) from None
            if packet is None:
                return
            yield packet

    def _picture(self, frame: VideoFrame) -> VideoPicture | PictureError:
        if frame.is_corrupt:
            return PictureError("a picture is damaged: data is missing")
        pts_ns = None
        if frame.pts is not None and frame.time_base is not None:
            pts_ns = round(frame.pts * frame.time_base * _NS)
        bgr = self._reformatter.reformat(frame, format="bgr24").to_ndarray()
        # rows are padded where the width is no multiple of FFmpeg's alignment
        return VideoPicture(np.ascontiguousarray(bgr), pts_ns)

    def _open_stream(self) -> VideoStream:
        if self._stream is None:
            raise VideoRefused("it is not open")
        return self._stream


def write_video(file: Path, size: tuple[int, int], pictures: Iterable[tuple[int, Pixels]]) -> None:
    """Write pictures of one size as Motion JPEG in Matroska, each at its own time.

    Args:
        size: width and height, pixels.
        pictures: milliseconds since the first, and ``(H, W, 3)`` uint8, BGR; times rise.

    Raises:
        SourceError: the file cannot be written.
    """
    try:
        with av.open(str(file), "w", format="matroska") as container:
            stream = container.add_stream("mjpeg", rate=_FALLBACK_RATE)
            stream.width, stream.height, stream.pix_fmt = *size, "yuvj420p"
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.codec_context.options = {"qmin": "2", "qmax": "3"}
            for at_ms, image in pictures:
                frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
                frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"{file}: cannot be written: {str(reason).lower()}") from error


def _refused(error: Exception) -> VideoRefused:
    """Return the reason alone; the text of FFmpeg's error repeats the address and password."""
    if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        return VideoRefused("user or password is refused", 401)
    if isinstance(error, av.HTTPNotFoundError):
        return VideoRefused("there is no such stream (404)", 404)
    if isinstance(error, av.ExitError | TimeoutError):
        return VideoRefused("it fell silent")
    if isinstance(error, av.FFmpegError):
        return VideoRefused(str(error.strerror).lower())
    return VideoRefused("the address cannot be understood")
