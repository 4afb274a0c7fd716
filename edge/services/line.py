"""Build the line from the settings: what watch, replay and the benchmarks run is the same."""

from collections.abc import Mapping

from edge.clock import Clock
from edge.config import Settings
from edge.hotlist.keeper import HotlistKeeper
from edge.hotlist.matcher import Matcher
from edge.messages.wire import clip
from edge.pipeline import Commit, Keep, Line, Meter, Show
from edge.policy.decide import Decider
from edge.sources.gps import Gps
from edge.tracking.tracker import Tracker
from edge.vision.gate import Gate
from edge.vision.picture import PictureReader, open_picture_reader
from edge.vision.zones import Zones


def open_line(
    settings: Settings,
    clock: Clock,
    hotlist: HotlistKeeper,
    commit: Commit,
    gps: Gps | None = None,
    keep: Keep | None = None,
    meter: Meter | None = None,
    show: Show | None = None,
) -> Line:
    """Load the models and return the line, ready to step.

    Args:
        hotlist: refreshed by the caller, between steps.
        commit: makes an alert safe and gives it its number.
        gps: of a car; started by the caller.
        keep: called for each pass that caused no alert; None forgets them.
        meter: shown each frame that was looked at, with its reads.
        show: a technician's live view.

    Raises:
        ModelError: a card or its weights are missing or wrong.
    """
    pictures = open_picture_reader(settings.detector, settings.reader, settings.zones, clock)
    return Line(
        gate=Gate(settings.gate, Zones(settings.zones)),
        pictures=pictures,
        tracker=Tracker(settings.tracking, settings.zones),
        matcher=Matcher(settings.hotlist),
        hotlist=hotlist,
        decider=Decider(settings.policy, settings.unit.jurisdiction, settings.categories),
        commit=commit,
        clock=clock,
        models=model_versions(pictures),
        crop_max_bytes=settings.store.crop_max_kb * 1000,
        where=gps.camera_at if gps else None,
        keep=keep,
        meter=meter,
        show=show,
    )


def model_versions(pictures: PictureReader) -> Mapping[str, str]:
    """Return ``name version digest`` of detector and reader, as alerts and health tell them."""
    cards = {"detector": pictures.detector.card, "reader": pictures.reader.card}
    return {
        task: f"{clip(card.name, 32)} {clip(card.version, 32)} {card.sha256[:12]}"
        for task, card in cards.items()
    }
