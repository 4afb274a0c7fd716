"""Give a running line other settings, between two frames: models, tracks and words told stay."""

from collections.abc import Callable

from edge import log
from edge.config import Settings
from edge.pipeline import Line
from edge.policy.decide import Decider
from edge.services.glass import Glass
from edge.services.metering import Exposer
from edge.sources.base import Source
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.tracking.tracker import Tracker
from edge.vision.gate import Gate
from edge.vision.picture import PictureReader
from edge.vision.zones import Zones


def retuner(
    line: Line, source: Source, exposer: Exposer | None, glass: Glass
) -> Callable[[Settings], None]:
    """Return what takes settings over into *line*, camera and view; the line's thread calls it."""

    def take(settings: Settings) -> None:
        def stages(gate: Gate, pictures: PictureReader, tracker: Tracker, decider: Decider) -> None:
            zones = Zones(settings.zones)
            gate.retune(settings.gate, zones)
            pictures.retune(settings.detector, settings.reader, zones)
            tracker.retune(settings.tracking, settings.zones)
            decider.retune(settings.policy)

        line.retune(stages)
        if exposer is not None:
            exposer.retune(settings.exposure)
        elif isinstance(source, LiveSource):
            source.expose(Exposure(settings.source.shutter_us, settings.source.gain))
        glass.retune(settings)
        log.keep(settings.log.level)

    return take
