"""``edge update index``: a folder of releases becomes one that units fetch from."""

import argparse
from pathlib import Path

from edge.cli.keys_ask import now
from edge.config import Settings
from edge.services.update_listing import write_index


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the action takes."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="what a web server serves")
    parser.set_defaults(do=_write)


def _write(options: argparse.Namespace, _: Settings) -> int:
    index = write_index(options.folder, now())
    for one in index.releases:
        release = one.release
        signers = " and ".join(one.signers)
        print(f"{one.file}: {one.title} for {release.arch}, signed by {signers}, {one.size} bytes")
    print(f"{options.folder / 'index.json'}: {len(index.releases)} releases; whether a unit takes")
    print("one is for its updater to judge ('edge update verify FILE' does so here)")
    return 0
