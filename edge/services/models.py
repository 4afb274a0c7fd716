"""The models of a unit: those packed with edge, those a person added, and which of them run.

Models are loaded when a process starts, and at no other time: a running line keeps the ones it has,
whatever happens to their files. So a new one is held to all its promises before its files get
their names here, and a start with a bad card is refused.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.config.packed import packed
from edge.disk import sync
from edge.errors import ModelError
from edge.vision.cards import ModelCard, card_file, load_card
from edge.vision.cost import multiplications
from edge.vision.detector import Detector
from edge.vision.foreign import Origin, as_toml, card_of
from edge.vision.plate_config import read_plate_config
from edge.vision.reader import Reader
from edge.vision.session import Session, trace

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Model:
    """A card that was found.

    Attributes:
        file: the card's path.
        card: None where it cannot be loaded, and *problem* says why.
        used: ``detector`` or ``reader``, where the settings name it as that.
    """

    file: Path
    card: ModelCard | None
    problem: str
    used: tuple[str, ...]


def models_folder(settings: Settings) -> Path:
    """Return where added models lie unless told otherwise."""
    return Path(settings.store.folder) / "models"


def list_models(settings: Settings, folder: Path) -> list[Model]:
    """Return the models in use, those packed, and those added in *folder*, each once."""
    used = _used(settings)
    files = [*used.values(), *_cards(packed("weights")), *_cards(folder)]
    by_place = {file.resolve(): file for file in reversed(files)}
    return [_found(file, used) for file in sorted(by_place.values(), key=lambda one: one.name)]


def _used(settings: Settings) -> dict[str, Path]:
    return {
        "detector": card_file(settings.detector.card),
        "reader": card_file(settings.reader.card),
    }


def _cards(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml"))
    except OSError as error:
        raise ModelError(f"{folder}: cannot be listed: {error.strerror}") from error


def _found(file: Path, used: dict[str, Path]) -> Model:
    uses = tuple(task for task, path in used.items() if path.resolve() == file.resolve())
    try:
        return Model(file, load_card(str(file)), "", uses)
    except ModelError as error:
        return Model(file, None, str(error), uses)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a model that was loaded and run once.

    Attributes:
        sentence: what it is and how long its start took, or what broke.
    """

    name: str
    passed: bool
    sentence: str


def verify(settings: Settings, clock: Clock, cards: list[str]) -> Iterator[Verdict]:
    """Load and run the models in use, or else *cards*, and say of each what came of it.

    Args:
        cards: paths of cards, or names of packed ones, instead of those in use.
    """
    if cards:
        for name in cards:
            yield _verdict(name, settings, clock, "")
        return
    yield _verdict(settings.detector.card, settings, clock, "detector")
    yield _verdict(settings.reader.card, settings, clock, "reader")


def _verdict(name: str, settings: Settings, clock: Clock, task: str) -> Verdict:
    label = task or name
    try:
        card = load_card(name)
        began = clock.now()
        try_out(card, settings, task)
    except ModelError as error:
        return Verdict(label, passed=False, sentence=str(error))
    spent_ms = clock.now().since(began) * 1000
    told = f"{card.name} {card.version} of format {card.format}, {card.sha256[:12]}"
    return Verdict(label, passed=True, sentence=f"{told}: loaded and run in {spent_ms:.0f} ms")


def try_out(card: ModelCard, settings: Settings, task: str = "") -> None:
    """Load the weights of *card*, hold them to it, and run them once.

    Args:
        task: that the card must have; empty for the one that it says.

    Raises:
        ModelError: naming the file and the promise that it breaks.
    """
    if (task or card.task) == "detector":
        Detector(Session(card, settings.detector.threads), settings.detector).start()
    else:
        Reader(Session(card, settings.reader.threads)).start()


@dataclass(frozen=True, slots=True)
class Wish:
    """A model that a person wants to add.

    Attributes:
        source: an ONNX file, or a card with its weights beside it.
        plate_config: of a fast-plate-ocr reader, else None.
        name: empty for the file's own.
    """

    source: Path
    plate_config: Path | None
    name: str
    licence: str
    command: str


def add(wish: Wish, folder: Path, settings: Settings) -> ModelCard:
    """Check a model, and copy it and its card into *folder*, which is made.

    The weights get a name with their digest, and the card is put in place last and in one step: a
    card of the same name stays in force, with its weights, until the new one is whole.

    Raises:
        ModelError: the model breaks a promise, or a file cannot be read or written; nothing in
            *folder* has changed then.
    """
    name = wish.name or wish.source.stem
    if not _NAME.fullmatch(name):
        raise ModelError(f"a model's name has letters, digits, '.', '_' and '-', not {name!r}")
    try:
        card = _card(wish, name)
        try_out(card, settings)
        if not card.macs:
            card = card.model_copy(update={"macs": multiplications(trace(card))})
        return _place(card, name, folder)
    except OSError as error:
        where = error.filename or folder
        raise ModelError(f"{where}: cannot be read or written: {error.strerror}") from error


def _card(wish: Wish, name: str) -> ModelCard:
    if wish.source.suffix == ".toml":
        return load_card(str(wish.source)).model_copy(update={"name": name} if wish.name else {})
    if not wish.source.is_file():
        raise ModelError(f"{wish.source}: is no file")
    config = read_plate_config(wish.plate_config) if wish.plate_config else None
    return card_of(wish.source, config, Origin(name, wish.licence, wish.command))


def _place(card: ModelCard, name: str, folder: Path) -> ModelCard:
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".adding-", dir=folder))
    try:
        weights = staging / f"{name}-{card.sha256[:12]}.onnx"
        shutil.copyfile(card.weights, weights)
        file = staging / f"{name}.toml"
        file.write_text(as_toml(card.model_copy(update={"file": weights.name})), "utf-8")
        load_card(str(file))
        for one in (weights, file):
            _keep(one, folder / one.name)
    finally:
        shutil.rmtree(staging)
    sync(folder)
    return load_card(str(folder / f"{name}.toml"))


def _keep(file: Path, place: Path) -> None:
    """Give *file* its name once its content is safe on the disk."""
    file.chmod(0o644)
    sync(file)
    file.replace(place)
