"""A model is weights plus a card: the promise that the file must keep."""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge.config.packed import packed
from edge.errors import ModelError

UNKNOWN: Final = "unknown"  # a jurisdiction that the reader cannot tell
Format = Literal["edge", "yolov9-end-to-end", "fast-plate-ocr"]
Byte = Annotated[int, Field(ge=0, le=255)]
Code = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]{2})?$|^unknown$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tensor(_Part):
    """A tensor's promise; -1 stands for any length."""

    name: str
    shape: tuple[int, ...]
    dtype: Literal["uint8", "float32"]
    meaning: str


class Made(_Part):
    """How the weights came to be."""

    command: str
    commit: str
    seed: int
    data: tuple[str, ...]
    licence: str


class Plate(_Part):
    """How a ``fast-plate-ocr`` reader sees a plate, as its ``plate_config.yaml`` says.

    Attributes:
        pad: the character of *alphabet* that stands for "no character here".
        keep_aspect: the plate keeps its proportions, bars of *padding* fill the rest.
        padding: as the model's *colour* has its channels; a grey one takes the first.
        regions: the model's own names of what *jurisdictions* calls by codes.
    """

    slots: int = Field(ge=1)
    pad: Annotated[str, Field(min_length=1, max_length=1)]
    keep_aspect: bool
    interpolation: Literal["nearest", "linear", "cubic", "area", "lanczos4"]
    padding: tuple[Byte, Byte, Byte] = (114, 114, 114)
    regions: tuple[str, ...] = ()


class ModelCard(_Part):
    """What a card file says.

    What follows holds for *format* ``edge``; the others are told where they are read,
    :mod:`edge.vision.yolov9` and :mod:`edge.vision.fastplate`.

    The detector takes ``(1, H, W, 3)`` uint8 BGR and gives ``(1, K, 13)`` float32, best first:
    score 0..1, x1, y1, x2, y2, then four corners x, y clockwise from the top left, in pixels of
    the input. Where *side_multiple* is not 0, H and W may also be smaller, by steps of it: small
    pictures and second looks then cost what they show.
    The reader takes ``(N, H, W)`` uint8 grey and gives ``(N, slots, classes)`` float32, each slot
    a distribution over *alphabet* and, last, blank. Where it also says where plates are from, its
    output *jurisdiction* is ``(N, K)`` float32, a distribution over *jurisdictions*, the last of
    which is ``unknown``.
    Where nobody has counted them, *macs* and *parameters* are 0.
    """

    name: str
    task: Literal["detector", "reader"]
    format: Format = "edge"
    version: str
    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    colour: Literal["bgr", "rgb", "grey"]
    input: Tensor
    output: Tensor
    jurisdiction: Tensor | None = None
    jurisdictions: tuple[Code, ...] = ()
    alphabet: str = ""
    plate: Plate | None = None
    plate_class: int = Field(default=0, ge=0)
    margin: float = 0.0
    side_multiple: int = Field(default=0, ge=0)
    macs: int = Field(ge=0)
    parameters: int = Field(ge=0)
    made: Made
    scores: dict[str, float] = Field(default_factory=dict)
    path: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="after")
    def _smaller_sides(self) -> Self:
        sides = self.input.shape[1:3]
        if step := self.side_multiple:
            if (self.task, self.format) != ("detector", "edge"):
                raise ValueError("side_multiple is only for detectors of the format 'edge'")
            if any(side % step for side in sides):
                raise ValueError(f"side_multiple is {step}: the sides {sides} are no multiples")
        return self

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The promised outputs, in the order in which a run gives them."""
        return (self.output,) if self.jurisdiction is None else (self.output, self.jurisdiction)

    @property
    def shape_of_one(self) -> tuple[int, ...]:
        """The shape of an input where every open length is 1."""
        return tuple(1 if length < 0 else length for length in self.input.shape)

    @property
    def weights(self) -> Path:
        """Path of the ONNX file, beside the card."""
        return self.path.parent / self.file


def card_file(name: str) -> Path:
    """Return the file that *name* means in the settings: a ``.toml`` itself, or a packed card."""
    return Path(name) if name.endswith(".toml") else packed("weights") / f"{name}.toml"


def load_card(name: str) -> ModelCard:
    """Read a card and check its weights against the digest.

    Args:
        name: a card's path (``.toml``), or the name of one packed with edge.

    Raises:
        ModelError: no such card, a field is wrong, or the weights are missing or not those.
    """
    file = card_file(name)
    try:
        card = ModelCard.model_validate(tomllib.loads(file.read_text("utf-8")))
        card = card.model_copy(update={"path": file})
        digest = hashlib.sha256(card.weights.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{error.filename}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{file}: is not a TOML card: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the card"
        raise ModelError(f"{file}: {key}: {first['msg'].lower()}") from error
    if digest != card.sha256:
        raise ModelError(
            f"{card.weights}: is not the file that {file.name} promises (SHA-256 {digest[:12]}... "
            f"instead of {card.sha256[:12]}...); copy both again from the release"
        )
    return card
