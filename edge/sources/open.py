"""From the section ``[source]`` to a source."""

from collections.abc import Sequence
from pathlib import Path

from edge.clock import Clock
from edge.config.source import SourceSection
from edge.errors import ConfigError
from edge.sources.base import Camera, Source
from edge.sources.live import LiveSource
from edge.sources.mailbox import Mailbox
from edge.sources.picamera import PiCamera
from edge.sources.pictures import PictureReel
from edge.sources.recorded import RecordedSource
from edge.sources.recording import VideoReel
from edge.sources.rtsp import RtspCamera
from edge.sources.v4l2 import V4l2Camera


def open_source(section: SourceSection, clock: Clock) -> Source:
    """Return the source that *section* describes; nothing is touched until its frames are asked.

    Raises:
        ConfigError: the address does not fit the kind.
    """
    match section.kind:
        case "video":
            return RecordedSource(VideoReel(Path(section.address)), section, clock)
        case "pictures":
            return open_pictures([Path(section.address)], section, clock)
    return LiveSource(_camera(section, clock), section, clock)


def open_pictures(paths: Sequence[Path], section: SourceSection, clock: Clock) -> RecordedSource:
    """Return a source that shows *paths*, files or folders, one after the other."""
    return RecordedSource(PictureReel(paths, section.fps), section, clock)


def open_mailbox(section: SourceSection, source: Source) -> Mailbox:
    """Return the mailbox that fits *source*: only an unpaced recording waits for the line."""
    return Mailbox(lossless=not source.live and not section.paced)


def _camera(section: SourceSection, clock: Clock) -> Camera:
    address = section.address
    match section.kind:
        case "rtsp":
            if not address.startswith(("rtsp://", "rtsps://")):
                raise ConfigError("source.address: an rtsp source wants rtsp://HOST/PATH")
            return RtspCamera(section, clock)
        case "v4l2":
            if not address.startswith("/"):
                raise ConfigError("source.address: a v4l2 source wants a path as /dev/video0")
            return V4l2Camera(section, clock)
    if not address.isdecimal():
        raise ConfigError("source.address: a picamera source wants the camera's number, as 0")
    return PiCamera(section, clock)
