"""False plates, counted where every plate is known to be labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.clock import Clock
from edge.evaluate.checked import Checked
from edge.evaluate.figures import Figure, Watch, of_mean
from edge.evaluate.metrics import shows
from edge.evaluate.sheet import Tile, cut
from edge.evaluate.truth import Scene
from edge.evaluate.whole import Whole
from edge.records import Detection, Frame
from edge.sources.pictures import read_picture
from edge.vision.picture import PictureReader

FOUND: Final = "false plates a picture, on pictures checked to have no others"
READ: Final = "false plates that are also read, a picture, on such pictures"
_PART: Final = "detector"


@dataclass(frozen=True, slots=True, eq=False)
class Bare:
    """A picture in which every plate is labelled, and what was found beside them.

    Attributes:
        found: finds that are not about a labelled plate; one that lies badly on a plate is.
        read: how many of them have a text after the reader.
    """

    file: str
    source: str
    found: int
    read: int
    tiles: tuple[Tile, ...] = ()


def of_scenes(
    scenes: Sequence[Scene], checked: Checked, reader: PictureReader, clock: Clock, watch: Watch
) -> list[Bare]:
    """Return the checked ones among *scenes*, as the line sees them."""
    listed = [scene for scene in scenes if scene.file in checked.bare]
    return [_look(scene, reader, clock) for scene in watch("looking for false plates", listed)]


def _look(scene: Scene, reader: PictureReader, clock: Clock) -> Bare:
    image = read_picture(scene.path)
    reads = reader.read(Frame(image, clock.now(), name=str(scene.path)))
    read = [one for one in reads.reads if not _labelled(one.detection, scene)]
    texts = {id(one.detection): one.text for one in read}
    stray = [d for d in reads.unread if not _labelled(d, scene)]
    tiles = tuple(
        Tile(
            cut(image, one.box),
            (
                f"false, {one.score:.2f}",
                f"read {texts[id(one)]}" if id(one) in texts else "not read",
                f"{scene.source[:20]} {scene.path.stem}",
            ),
            one.score,
            scene.file,
        )
        for one in (*(one.detection for one in read), *stray)
    )
    return Bare(scene.file, scene.source, len(tiles), len(read), tiles)


def _labelled(detection: Detection, scene: Scene) -> bool:
    return any(shows(detection.box, box) for box in scene.boxes)


def of_wholes(wholes: Sequence[Whole], checked: Checked) -> list[Bare]:
    """Return the checked ones among whole pictures."""
    return [
        Bare(one.picture.file, one.picture.source, len(one.strays), one.stray_reads)
        for one in wholes
        if one.picture.file in checked.bare
    ]


def figures(bares: Sequence[Bare]) -> list[Figure]:
    """Return false plates a picture, all and by source; of no checked pictures nothing."""
    if not bares:
        return []
    groups: dict[str, list[Bare]] = {}
    for one in bares:
        groups.setdefault(one.source, []).append(one)
    return [
        of_mean(_PART, FOUND, [one.found for one in bares], "", "all"),
        of_mean(_PART, READ, [one.read for one in bares], "", "all"),
        *(
            of_mean(_PART, FOUND, [one.found for one in some], "source", source)
            for source, some in sorted(groups.items())
        ),
    ]


def tiles(bares: Sequence[Bare]) -> list[Tile]:
    """Return a tile of each false plate on the checked scenes."""
    return [tile for one in bares for tile in one.tiles]
