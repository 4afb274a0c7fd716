"""Words that several verbs take: whose keys, and which folder of the desk."""

import argparse
from collections.abc import Iterable
from pathlib import Path


def whose_keys(actions: Iterable[argparse.ArgumentParser]) -> None:
    """Let each of *actions* take ``--keys``."""
    for action in actions:
        action.add_argument(
            "--keys",
            metavar="FOLDER",
            type=Path,
            help="whose keys and roster (default: keys.folder of the settings)",
        )


def desk_folder(actions: Iterable[argparse.ArgumentParser], what: str, whose: str) -> None:
    """Let each of *actions* take ``--folder``.

    Args:
        what: name of the folder in ``keys.folder``.
        whose: for the help, ``the grants``.
    """
    for action in actions:
        action.add_argument(
            "--folder",
            metavar="FOLDER",
            type=Path,
            help=f"of {whose} (default: {what} in keys.folder of the settings)",
        )
