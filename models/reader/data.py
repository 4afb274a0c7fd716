"""What the reader learns from: real crops of ``../shared/data/plates`` and rendered ones."""

import csv
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.plates.alphabet import CHARACTERS, encode
from edge.vision.rectify import corners_of_box
from models.reader.augment import joined, view
from models.reader.contexts import Context, Grey, Quad
from models.reader.model import SLOTS
from models.reader.places import NOT_SAID, place_index, place_weights
from models.synth.ghosts import doubt, ghosted

# how often a crop of each source is drawn, against one of the others; chosen by what a unit will
# see (US cars first) and by how far the labels can be trusted
WEIGHTS = {
    "openalpr-usimages": 3.0,
    "openalpr-train-detector-eu": 3.0,
    "openalpr-train-detector-eu2": 2.0,
    "snooplsm-reported-ocr-hand": 3.0,
    "openlpr_faisal-crops": 1.0,
    "train-detector-eu-unlabelled": 2.0,
    "lephamcong-pbl4-vn": 0.5,
    "oswincheong-anpr-my": 0.5,
}
# sources whose stated licence lets anybody use them (Apache-2.0, CC BY 4.0, CC0, MIT); their texts
# were read by a model under MIT
FREE_SOURCES = frozenset(
    {
        "openlpr_faisal-crops",
        "oi_unknowncz-crops",
        "himan_oi-crops",
        "kaggle433-crops",
        "chirag_mit-crops",
        "robertlucian_ro-crops",
    }
)
JOINED = 0.25  # share of photographs that get a second plate beside them, where both fit
TAXI = 0.2  # T######C: a quarter of the New York crops, one pattern


@dataclass(frozen=True)
class Crop:
    """A plate with its corners in a grey picture."""

    grey: Grey
    corners: Quad
    text: str
    source: str
    region: str
    file: str
    rival: str = ""  # a text that shines through it
    ghost: float = 0.0  # by how much


def real_crops(folder: Path, split: str) -> list[Crop]:
    """Return the labelled crops of *split* (``train`` or ``dev``), decoded."""
    crops = []
    with (folder / "plates.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["split"] != split or not 1 <= len(row["text"]) <= SLOTS:
                continue
            grey = cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE)
            if grey is None:
                raise FileNotFoundError(folder / row["file"])
            high, wide = grey.shape
            corners = corners_of_box((0.0, 0.0, float(wide), float(high)))
            source = row["file"].split("/")[0]
            crops.append(
                Crop(
                    np.asarray(grey, np.uint8),
                    corners,
                    row["text"],
                    source,
                    row["region"],
                    row["file"],
                )
            )
    return crops


def weights(crops: list[Crop]) -> NDArray[np.float64]:
    """Return how likely each crop is to be drawn; they sum to 1."""
    each = np.array([WEIGHTS.get(crop.source, 1.0) * _taxi(crop.text) for crop in crops])
    return each / each.sum()


def _taxi(text: str) -> float:
    taxi = len(text) == 8 and text[0] == "T" and text[-1] == "C" and text[1:7].isdigit()
    return TAXI if taxi else 1.0


# what the rendered crops show; the formats of the world drawn evenly would hold few long texts
PLACES = {
    "us": 0.46,
    "eu": 0.22,
    "in": 0.1,
    "br": 0.08,
    "uk": 0.04,
    "my": 0.03,
    "": 0.07,  # anywhere
}
NEAR = 0.4  # share of the American ones from the states around Connecticut
NEIGHBOURS = tuple(f"us-{code}" for code in "ct ny ma ri nj nh vt me pa fl".split())
GHOSTS = 0.12  # share of rendered plates with another character shining through one of their own
FREE = 0.2  # share of texts that follow no format: a slot must not be guessed from its neighbours


def rendered_crops(count: int, seed: int) -> list[Crop]:
    """Render *count* crops on all cores; the same seed gives the same crops."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return list(pool.imap(_rendered, ((seed, n) for n in range(count)), chunksize=64))


def _rendered(task: tuple[int, int]) -> Crop:
    from models.synth.crops import render_crop  # noqa: PLC0415 - only where crops are rendered
    from models.synth.formats import JURISDICTIONS  # noqa: PLC0415
    from models.synth.plates import render_plate  # noqa: PLC0415

    cv2.setNumThreads(1)
    rng = np.random.default_rng(task)
    place = str(rng.choice(list(PLACES), p=list(PLACES.values())))
    inside = [one for one in JURISDICTIONS if one.split("-")[0] == place]
    if place == "us" and rng.random() < NEAR:
        inside = list(NEIGHBOURS)
    jurisdiction = str(rng.choice(inside)) if inside else None
    text = None
    if jurisdiction and rng.random() < FREE:
        most = 8 if place == "us" else SLOTS
        length = int(rng.integers(4, most + 1))
        text = "".join(rng.choice(list(CHARACTERS), length))
    plate, rival, ghost = render_plate(rng, jurisdiction, text, lookalikes=0.3), "", 0.0
    if rng.random() < GHOSTS:
        plate, rival, ghost = ghosted(rng, plate)
    image, corners, text, jurisdiction = render_crop(rng, plate=plate)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return Crop(grey, corners, text, "rendered", jurisdiction, "", rival, ghost)


@dataclass(frozen=True)
class Batch:
    """What the reader learns from at once.

    Attributes:
        crops: ``(N, 64, 160)`` uint8.
        slots: ``(N, 10)`` the class of each slot.
        rivals: ``(N, 10)`` the same of a text that shines through; where none does, the slots.
        doubt: ``(N,)`` float32, the probability that the rivals deserve, 0 to .5.
        places: ``(N,)`` where each is from, or ``NOT_SAID``.
        trust: ``(N,)`` float32, how much its place counts.
    """

    crops: NDArray[np.uint8]
    slots: NDArray[np.int64]
    rivals: NDArray[np.int64]
    doubt: NDArray[np.float32]
    places: NDArray[np.int64]
    trust: NDArray[np.float32]


class Mix:
    """An endless stream of batches, each half real, half rendered."""

    def __init__(
        self,
        real: list[Crop],
        rendered: list[Crop],
        share_real: float,
        contexts: Sequence[Context] = (),
    ) -> None:
        self._real, self._rendered = real, rendered
        self._contexts = contexts
        self._share = share_real if rendered else 1.0
        self._edges = np.cumsum(weights(real))
        self._short = [crop for crop in real if 4 <= len(crop.text) <= 5]
        trust = place_weights([crop.region for crop in real])
        self._trust = {crop.file: float(one) for crop, one in zip(real, trust, strict=True)}

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Return *size* crops, each seen as a camera might have."""
        crops = [self._draw(rng) for _ in range(size)]
        views = [
            view(rng, crop.grey, crop.corners, 0.3)
            if crop.source == "rendered"
            else view(rng, crop.grey, crop.corners, 0.9, self._contexts)
            for crop in crops
        ]
        places = [NOT_SAID if c.source == "joined" else place_index(c.region) for c in crops]
        return Batch(
            np.stack(views),
            np.stack([encode(crop.text) for crop in crops]),
            np.stack([encode(crop.rival or crop.text) for crop in crops]),
            np.array([doubt(crop.ghost) for crop in crops], np.float32),
            np.array(places, np.int64),
            np.array([self._trust.get(crop.file, 1.0) for crop in crops], np.float32),
        )

    def batches(self, seed: int, size: int) -> Iterator[Batch]:
        """Yield batches for ever."""
        rng = np.random.default_rng(seed)
        while True:
            yield self.batch(rng, size)

    def _draw(self, rng: np.random.Generator) -> Crop:
        if rng.random() < self._share:
            one = self._photograph(rng)
            return self._longer(rng, one) if rng.random() < JOINED else one
        return self._rendered[int(rng.integers(len(self._rendered)))]

    def _photograph(self, rng: np.random.Generator) -> Crop:
        index = int(np.searchsorted(self._edges, rng.random()))
        return self._real[min(index, len(self._real) - 1)]

    def _longer(self, rng: np.random.Generator, one: Crop) -> Crop:
        """Return *one* joined with a short plate, if both fit into the slots."""
        fitting = [short for short in self._short if len(short.text) + len(one.text) <= SLOTS]
        if not fitting:
            return one
        pair = [one, fitting[int(rng.integers(len(fitting)))]]
        rng.shuffle(pair)  # type: ignore[arg-type]
        grey = joined(rng, pair[0].grey, pair[1].grey)
        corners = corners_of_box((0.0, 0.0, float(grey.shape[1]), float(grey.shape[0])))
        return Crop(grey, corners, pair[0].text + pair[1].text, "joined", "", "")
