"""``edge check``: does this unit work, and if not, what mends it."""

import argparse
import json
from dataclasses import asdict

from edge import log
from edge.config import load

NAME = "check"
HELP = (
    "Check clock, models, camera, hotlist, store, runtime and broker: pass or fail, and the mend."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--json", action="store_true", help="one object a check")


def run(options: argparse.Namespace) -> int:
    """Print each answer as it comes; status 1 when a check failed."""
    from edge.clock import SystemClock  # noqa: PLC0415 - only this verb needs what follows
    from edge.services.check import check_all  # noqa: PLC0415
    from edge.services.finding import Finding  # noqa: PLC0415

    settings = load(options.config).settings
    log.set_up("error")

    def tell(finding: Finding) -> None:
        if options.json:
            print(json.dumps(asdict(finding), allow_nan=False), flush=True)
            return
        sentence = finding.sentence.replace("\n", "\n" + " " * 15)
        print(f"{'pass' if finding.passed else 'FAIL':6}{finding.name:9}{sentence}", flush=True)
        if not finding.passed:
            print(f"{'':15}mend: {finding.mend}", flush=True)

    passed = check_all(settings, SystemClock(settings.clock.trust), tell)
    return 0 if passed else 1
