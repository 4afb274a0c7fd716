"""``edge audit``: what stands on the record, as a file for anybody, and whether it holds."""

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from edge.config import load
from edge.errors import ConfigError
from edge.keys.trust import load_root
from edge.messages.acts import ActRow
from edge.services.audit import acts, export_lines, open_chain
from edge.services.audit_verify import Found, verify_exports

NAME = "audit"
HELP = "Show the record of acts, export it, or check exported records with public keys alone."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the newest acts, in words")
    show.add_argument("--last", type=int, default=50, help="how many rows (default: 50; 0: all)")
    show.add_argument("--kind", action="append", help="of these kinds alone; may be repeated")
    show.add_argument("--json", action="store_true", help="one JSON object a row")
    show.set_defaults(do=_show)
    export = actions.add_parser("export", help="all rows, heads and receipts as one file")
    export.add_argument("file", metavar="FILE", type=Path, help="NAME.chain.jsonl; it must be new")
    export.set_defaults(do=_export)
    for action in (show, export):
        action.add_argument(
            "--console", action="store_true", help="of the console of these settings"
        )
    verify = actions.add_parser("verify", help="check exported files, offline")
    verify.add_argument(
        "paths", metavar="FILE|FOLDER", type=Path, nargs="+", help="exports, or folders of them"
    )
    verify.add_argument(
        "--root", metavar="FILE", type=Path, required=True, help="the town's public root, town.json"
    )
    verify.add_argument(
        "--heads",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="signed heads or receipts published or kept elsewhere, a line each as in an export",
    )
    verify.add_argument("--json", action="store_true", help="one JSON object a file")
    verify.set_defaults(do=_verify)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _show(options: argparse.Namespace) -> int:
    settings = load(options.config).settings
    with open_chain(settings, console=options.console) as store:
        found = (
            row for row in acts(settings, store) if not options.kind or row.kind in options.kind
        )
        rows = list(found) if options.last <= 0 else deque(found, maxlen=options.last)
    for row in rows:
        sys.stdout.write(_told(row, as_json=options.json))
    return 0


def _told(row: ActRow, *, as_json: bool) -> str:
    if as_json:
        fields = {"number": row.number, "at": row.at, "kind": row.kind, "payload": row.payload}
        return json.dumps(fields, ensure_ascii=False) + "\n"
    if row.payload is None:
        return f"{row.number:>7}  {row.at}  {row.kind:<14} (erased)\n"
    words = " ".join(f"{key}={_word(value)}" for key, value in row.payload.items())
    return f"{row.number:>7}  {row.at}  {row.kind:<14} {words}\n"


def _word(value: object) -> str:
    if isinstance(value, str) and value and " " not in value:
        return value if len(value) <= 40 else value[:12] + "..."
    return json.dumps(value, ensure_ascii=False)


def _export(options: argparse.Namespace) -> int:
    settings = load(options.config).settings
    file: Path = options.file
    with open_chain(settings, console=options.console) as store:
        count = _write(file, export_lines(settings, store))
    print(f"{file}: {count} lines")
    return 0


def _write(file: Path, lines: Iterable[bytes]) -> int:
    count = 0
    try:
        with file.open("xb") as opened:
            for line in lines:
                opened.write(line)
                count += 1
    except FileExistsError:
        raise ConfigError(f"{file}: is there already; name a new file") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    return count


def _verify(options: argparse.Namespace) -> int:
    found = verify_exports(options.paths, load_root(options.root), options.heads)
    for one in found:
        print(_as_json(one) if options.json else _as_text(one))
    broken = sum(not one.good for one in found)
    if not options.json:
        print(f"{len(found) - broken} of {len(found)} hold")
    return 1 if broken else 0


def _as_text(one: Found) -> str:
    state = "good   " if one.good else "BROKEN " if one.broken else "UNSIGNED"
    lines = [f"{state} {one.name or '?'}/{one.epoch[:8]} {one.file}: {one.sentence}"]
    lines += [f"        {note}" for note in one.notes]
    return "\n".join(lines)


def _as_json(one: Found) -> str:
    fields = {
        "file": str(one.file),
        "name": one.name,
        "epoch": one.epoch,
        "good": one.good,
        "rows": one.rows,
        "erased": one.erased,
        "proven": one.proven,
        "broken_row": one.broken.number if one.broken else None,
        "line": one.line or None,
        "sentence": one.sentence,
        "notes": list(one.notes),
    }
    return json.dumps(fields, ensure_ascii=False)
