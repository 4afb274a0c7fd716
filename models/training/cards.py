"""A model's card beside its weights, and the manifest of all of them."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.training.manifest import write_manifest

Module = TypeVar("Module", bound=nn.Module)

VERSION = "1"
LICENCE = (
    "The weights are ours, Apache-2.0. They were trained on the sources named under data, some of "
    "whose licences are AGPL, GPL or not stated; nothing of those pictures is in the weights' "
    "files or in this repository. See models/README.md."
)


FREE_LICENCE = (
    "The weights are ours, Apache-2.0. They were trained only on rendered plates and on the "
    "sources named under data, whose stated licences (Apache-2.0, CC BY 4.0, CC0, MIT) allow it. "
    "See models/README.md."
)


@dataclass(frozen=True)
class Card:
    """What a card says, before digest and commit are added."""

    name: str
    file: str
    colour: str
    inward: tuple[str, tuple[int, ...], str, str]
    outward: tuple[str, tuple[int, ...], str, str]
    macs: int
    parameters: int
    seed: int
    command: str
    data: tuple[str, ...]
    scores: dict[str, float]
    alphabet: str = ""
    margin: float = 0.0
    side_multiple: int = 0
    task: str = ""
    places: tuple[str, ...] = ()
    licence: str = LICENCE


def write_card(card: Card, folder: Path) -> Path:
    """Write ``<name>.toml`` beside the weights and bring the manifest up to date."""
    weights = folder / card.file
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    task = card.task or card.name
    lines = [
        f"# {card.name}: what the file beside this promises; written by models/{task}/export",
        f'name = "{card.name}"',
        f'task = "{task}"',
        f'version = "{VERSION}"',
        f'file = "{card.file}"',
        f'sha256 = "{digest}"',
        f'colour = "{card.colour}"',
        *([f'alphabet = "{card.alphabet}"'] if card.alphabet else []),
        f"margin = {card.margin}",
        *([f"side_multiple = {card.side_multiple}"] if card.side_multiple else []),
        f"macs = {card.macs}",
        f"parameters = {card.parameters}",
        *([f"jurisdictions = {json.dumps(card.places)}"] if card.places else []),
        "",
        *_tensor("input", card.inward),
        *_tensor("output", card.outward),
        *(_tensor("jurisdiction", _places(card)) if card.places else []),
        "[made]",
        f"command = {json.dumps(card.command)}",
        f'commit = "{_commit()}"',
        f"seed = {card.seed}",
        "data = [",
        *(f"    {json.dumps(source)}," for source in card.data),
        "]",
        f"licence = {json.dumps(card.licence)}",
        "",
        "[scores] # on the dev splits of ../shared/data",
        *(f'"{name}" = {value:.4f}' for name, value in card.scores.items()),
    ]
    file = folder / f"{card.name}.toml"
    file.write_text("\n".join(lines) + "\n")
    write_manifest(folder)
    return file


def _places(card: Card) -> tuple[str, tuple[int, ...], str, str]:
    meaning = "the probability of each of jurisdictions"
    return ("jurisdiction", (-1, len(card.places)), "float32", meaning)


def _tensor(name: str, promise: tuple[str, tuple[int, ...], str, str]) -> list[str]:
    tensor, shape, dtype, meaning = promise
    return [
        f"[{name}]",
        f'name = "{tensor}"',
        f"shape = {list(shape)}",
        f'dtype = "{dtype}"',
        f"meaning = {json.dumps(meaning)}",
        "",
    ]


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()


def folded(model: Module) -> Module:
    """Return *model* with every norm folded into the convolution before it."""
    for part in model.modules():
        if (
            isinstance(part, nn.Sequential)
            and len(part) > 1
            and isinstance(part[1], nn.BatchNorm2d)
        ):
            part[0] = fuse_conv_bn_eval(part[0], part[1])
            part[1] = nn.Identity()
    return model


Counter = Callable[[tuple[Tensor, ...]], int]


def count(model: nn.Module, sample: Tensor, own: Mapping[type, Counter] | None = None) -> int:
    """Return the multiply-accumulates of one pass over *sample*: convolutions and linear layers.

    Args:
        own: for other layers that multiply (attention), what one adds for its inputs.
    """
    counters = dict(own or {})
    total = 0

    def note(part: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        nonlocal total
        if type(part) in counters:
            total += counters[type(part)](given)
        elif isinstance(part, nn.Conv2d):
            total += out.numel() * part.weight[0].numel()
        elif isinstance(part, nn.Linear):
            total += out.numel() * part.in_features

    hooks = [part.register_forward_hook(note) for part in model.modules()]
    with torch.no_grad():
        model(sample)
    for hook in hooks:
        hook.remove()
    return total
