"""A car's receiver: does it tell a place?"""

import threading
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.services.finding import Finding, bad, good
from edge.sources.gps import Gps

GPS_MEND: Final = (
    "look at the receiver and its view of the sky, at gpsd (`gpspipe -w -n 5`), gps.port"
)
_WAIT_S: Final = 10.0


def check_gps(settings: Settings, clock: Clock) -> Finding:
    """Fail without a fix; which place it is is not told."""
    gps, never, began = Gps(settings.gps, clock), threading.Event(), clock.now()
    gps.start()
    try:
        while gps.problem and clock.now().since(began) < _WAIT_S:
            never.wait(0.1)
    finally:
        gps.stop()
    fix = gps.newest()
    if gps.problem or fix is None:
        return bad("gps", gps.problem, GPS_MEND)
    error = "of unknown error" if fix.error_m is None else f"within {fix.error_m:.0f} m"
    return good("gps", f"the receiver tells a place, {error}")
