"""``edge reads``: what the kept reads leave behind, away before anything else starts."""

import argparse
from pathlib import Path

from edge.config import load

NAME = "reads"
HELP = "Delete kept reads that no key opens any more: once at each start of the machine."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    sweep = actions.add_parser(
        "sweep", help="before any service starts; does nothing while one holds keys"
    )
    sweep.set_defaults(do=_sweep)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _sweep(options: argparse.Namespace) -> int:
    from edge.clock import SystemClock  # noqa: PLC0415 - only this action needs what follows
    from edge.services.reads_start import record_nothing, sweep_reads  # noqa: PLC0415
    from edge.store.store import DATABASE, open_store  # noqa: PLC0415

    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    if (Path(settings.store.folder) / DATABASE).exists():
        with open_store(settings.store, settings.unit.name, clock) as store:
            count = sweep_reads(settings, store.record)
    else:
        count = sweep_reads(settings, record_nothing)
    print(f"{count} kept reads deleted, for their keys are gone" if count else "nothing to sweep")
    return 0
