"""Video files."""

from collections.abc import Iterator
from pathlib import Path

from edge.errors import PictureError, SourceError
from edge.log import Log
from edge.sources.ffmpeg import Video, VideoPicture, VideoRefused
from edge.sources.recorded import Take

log = Log("edge.sources")


class VideoReel:
    """A video file, each picture at the time that the file gives it.

    Variable frame rates are kept. Where a time is missing or runs backwards, the usual interval
    stands in. Sizes are those of the picture as stored; a rotation mark is not obeyed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length_ns = 0

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self._path)

    @property
    def length_ns(self) -> int:
        """How long the last play was, its last picture's own time included."""
        return self._length_ns

    def play(self) -> Iterator[Take]:
        """Hand out the file's pictures.

        Raises:
            SourceError: it cannot be opened or holds no video. A file that breaks off gives what
                it has, and a warning.
        """
        # no playlist in disguise may fetch from elsewhere, and 12:30.mp4 is no protocol
        video = Video(f"file:{self._path}", options={"protocol_whitelist": "file"})
        try:
            video.open()
        except VideoRefused as error:
            raise SourceError(
                f"{self.name}: {error.reason}. Is it a complete video file?"
            ) from None
        try:
            yield from self._takes(video)
        finally:
            video.close()

    def _takes(self, video: Video) -> Iterator[Take]:
        timeline = Timeline(video.interval_ns)
        count = 0
        try:
            for picture in video.pictures():
                if isinstance(picture, VideoPicture):
                    yield Take(timeline.place(picture.pts_ns), picture.image)
                elif isinstance(picture, PictureError):
                    yield Take(timeline.place(None), picture)
                count += picture is not None
                self._length_ns = timeline.end_ns
        except VideoRefused as error:
            log.warning("the video breaks off", reason=error.reason, file=self.name, pictures=count)
            return
        if count < video.promised:
            log.warning(
                "the video ends early", file=self.name, pictures=count, promised=video.promised
            )


class Timeline:
    """Times since the first picture, rising whatever the file says."""

    def __init__(self, interval_ns: int) -> None:
        self._interval_ns = interval_ns
        self._begin_ns: int | None = None
        self._last_ns: int | None = None

    @property
    def end_ns(self) -> int:
        """When the last picture's time is over."""
        return 0 if self._last_ns is None else self._last_ns + self._interval_ns

    def place(self, pts_ns: int | None) -> int:
        """Return the offset of a picture with the presentation time *pts_ns*."""
        offset_ns = self.end_ns
        if pts_ns is not None:
            if self._begin_ns is None:
                self._begin_ns = pts_ns - offset_ns
            told_ns = pts_ns - self._begin_ns
            if self._last_ns is None or told_ns > self._last_ns:
                offset_ns = told_ns
            self._begin_ns = pts_ns - offset_ns  # after a jump back, go on from there
        self._last_ns = offset_ns
        return offset_ns
