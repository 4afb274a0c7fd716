"""``edge hotlist import``: an agency's file to our list, by a mapping file."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from edge.config import load
from edge.config.packed import packed
from edge.errors import ConfigError
from edge.hotlist import fields
from edge.hotlist.importing import Imported, import_list, load_mapping


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    action = actions.add_parser(
        "import",
        help="make a list of an agency's file, by a mapping file",
        description="Make a list of an agency's file, by a mapping file. Records that cannot be "
        "taken go to a file of rejects; too many of them refuse the whole, and the list that "
        "stands there stays. Status 0: all taken; 1: some rejected; 2: refused.",
    )
    action.add_argument("map", help="a mapping file, or the name of a packed example: city-csv")
    action.add_argument("file", type=Path, help="what the agency sent")
    action.add_argument("--out", type=Path, required=True, metavar="LIST.csv", help="our list")
    action.add_argument(
        "--rejects", type=Path, metavar="FILE", help="line, column, reason (default: beside --out)"
    )
    action.add_argument(
        "--keep-rows", action="store_true", help="write rejected records out: personal data"
    )
    action.add_argument(
        "--issued", metavar="TIME", help="when the file was issued, where the map asks for it"
    )
    action.set_defaults(act=_import)


def _import(options: argparse.Namespace) -> int:
    mapping = load_mapping(map_file(options.map))
    done = import_list(
        mapping,
        options.file,
        options.out,
        rejects=options.rejects or options.out.with_suffix(".rejects.csv"),
        max_entries=load(options.config).settings.hotlist.max_entries,
        issued=_issued(options.issued),
        keep_rows=options.keep_rows,
    )
    for line in _lines(done, options.out):
        print(line)
    return 1 if done.rejected else 0


def map_file(name: str) -> Path:
    """Return the mapping file of a path, or of a packed example's name."""
    path = Path(name)
    example = packed("configs") / "hotlist-maps" / f"{name}.toml"
    return example if not path.exists() and "/" not in name and example.exists() else path


def _issued(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromtimestamp(fields.seconds(text), UTC)
    except ValueError as error:
        raise ConfigError(f"--issued: {error}") from None


def _lines(done: Imported, out: Path) -> list[str]:
    issued = f"issued {done.issued:%Y-%m-%d %H:%M} UTC"
    counts = f"{done.records} records, {done.skipped} skipped, {done.rejected} rejected"
    return [*done.reasons, f"{out}: {done.entries} entries, {issued}; {counts}"]
