"""``edge models``: which models this unit has, whether they keep their promises, and new ones."""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ConfigError
from edge.services.fetch import fetch
from edge.services.models import Model, Wish, add, list_models, models_folder, verify
from edge.vision.cards import ModelCard
from edge.vision.foreign import named

NAME = "models"
HELP = "List, verify, add and fetch models: ours, and other projects' by their own files."

_LIMIT_MB = 200
_COLUMNS = ("name", "task", "format", "MB", "MMAC", "digest", "in use")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = _action(actions, "list", "show the models packed with edge, those added, and their use")
    one.add_argument("--json", action="store_true", help="one object a model")
    one = _action(actions, "verify", "load and run each model in use once; status 1 if one breaks")
    one.add_argument("cards", nargs="*", metavar="CARD", help="these instead: paths, packed names")
    one = _action(actions, "add", "check a model by running it, then copy it and write its card")
    one.add_argument("file", type=Path, metavar="FILE", help="an ONNX file, or a card beside one")
    one.add_argument(
        "--plate-config", type=Path, metavar="YAML", help="plate_config.yaml of a fast-plate-ocr"
    )
    one.add_argument("--name", default="", help="of the model (default: that of the file)")
    one.add_argument("--licence", default="", metavar="TEXT", help="what its author allows")
    one = _action(actions, "fetch", "fetch a file by https; kept only if its digest is right")
    one.add_argument("url", metavar="URL")
    one.add_argument("--sha256", required=True, metavar="HEX", help="digest that it must have")
    one.add_argument("--name", default="", help="of the file (default: the URL's last part)")
    one.add_argument(
        "--limit-mb",
        type=int,
        default=_LIMIT_MB,
        metavar="N",
        help=f"largest file that is taken (default: {_LIMIT_MB})",
    )


def _action(actions: Any, name: str, sentence: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=sentence, description=sentence)
    if name != "verify":
        parser.add_argument(
            "--to", type=Path, metavar="DIR", help="folder of models (default: store.folder/models)"
        )
    return parser


def run(options: argparse.Namespace) -> int:
    """Do one action; status 1 when a model does not keep its promises."""
    settings = load(options.config).settings
    action = {"list": _list, "verify": _verify, "add": _add, "fetch": _fetch}[options.action]
    return action(options, settings)


def _folder(options: argparse.Namespace, settings: Settings) -> Path:
    return Path(options.to or models_folder(settings))


def _list(options: argparse.Namespace, settings: Settings) -> int:
    found = list_models(settings, _folder(options, settings))
    if options.json:
        for model in found:
            print(json.dumps(_told(model), allow_nan=False))
    else:
        _print_table(found)
    return 1 if any(model.problem for model in found) else 0


def _told(model: Model) -> dict[str, Any]:
    card = model.card
    told: dict[str, Any] = {
        "card": str(model.file),
        "in_use": list(model.used),
        "digest_ok": card is not None,
        "problem": model.problem,
    }
    if card is None:
        return told
    return {
        **told,
        "name": card.name,
        "version": card.version,
        "task": card.task,
        "format": card.format,
        "bytes": card.weights.stat().st_size,
        "macs": card.macs or None,
        "licence": card.made.licence,
    }


def _print_table(found: Sequence[Model]) -> None:
    table = Table(*_COLUMNS, box=SIMPLE, pad_edge=False)
    for model in found:
        table.add_row(*map(Text, _cells(model)))  # Text: names are not markup
    Console().print(table)
    for model in found:
        print(f"FAIL  {model.problem}" if model.problem else f"{model.file.stem}: {model.file}")


def _cells(model: Model) -> list[str]:
    card, uses = model.card, ", ".join(model.used)
    if card is None:
        return [model.file.stem, "", "", "", "", "FAIL", uses]
    size = f"{card.weights.stat().st_size / 1e6:.1f}"
    cost = f"{card.macs / 1e6:.0f}" if card.macs else "-"
    return [card.name, card.task, card.format, size, cost, "ok", uses]


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    clock = SystemClock(settings.clock.trust)
    passed = True
    for verdict in verify(settings, clock, options.cards):
        print(f"{'pass' if verdict.passed else 'FAIL':6}{verdict.name}: {verdict.sentence}")
        passed = passed and verdict.passed
    return 0 if passed else 1


def _add(options: argparse.Namespace, settings: Settings) -> int:
    given = [str(options.file)]
    given += ["--plate-config", str(options.plate_config)] if options.plate_config else []
    wish = Wish(
        source=options.file,
        plate_config=options.plate_config,
        name=options.name,
        licence=options.licence,
        command=shlex.join(["edge", "models", "add", *given]),
    )
    card = add(wish, _folder(options, settings), settings)
    print(f"added {card.name}: a {card.task} of format {card.format}, loaded and run once")
    for sentence in _remarks(card):
        print(sentence)
    place = json.dumps(str(card.path.resolve()), ensure_ascii=False)
    print(f"to use it, put this into site.toml and start edge-watch again:\n\n[{card.task}]")
    print(f"card = {place}")
    return 0


def _remarks(card: ModelCard) -> list[str]:
    """Say what a person would not expect of the model in this line."""
    remarks = []
    if card.jurisdictions:
        known, whole = named(card), len(card.jurisdictions)
        remarks.append(
            f"of its {whole} regions {known} have a code here; the rest count as unknown, and may "
            "be given a code in the card (jurisdictions)"
        )
    if card.task == "detector" and card.format != "edge":
        remarks.append("it gives upright boxes: tilted plates are read as they lie in their box")
    return remarks


def _fetch(options: argparse.Namespace, settings: Settings) -> int:
    if options.limit_mb < 1:
        raise ConfigError(f"--limit-mb must be 1 or more, not {options.limit_mb}")
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("fetching", total=None)

        def watch(done: int, whole: int | None) -> None:
            progress.update(task, completed=done, total=whole)

        folder = _folder(options, settings) / "fetched"
        limit = options.limit_mb * 1_000_000
        file = fetch(options.url, options.sha256, folder, limit, options.name, watch)
    print(f"fetched {file}; next: edge models add {shlex.quote(str(file))}")
    return 0
