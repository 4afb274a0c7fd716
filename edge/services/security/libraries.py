"""Libraries and packages that tell their makers of this machine."""

import re
from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

_FIRST_TALKATIVE: Final = (1, 29)  # onnxruntime's wheels carry telemetry from there on
_OFF: Final = "ORT_DISABLE_TELEMETRY=1"
_TALKATIVE: Final = frozenset(
    "posthog sentry_sdk scarf analytics_python mixpanel wandb ultralytics huggingface_hub "
    "opentelemetry_sdk ddtrace newrelic rollbar bugsnag statsig".split()
)
_PLACES: Final = ("/opt/edge/lib", "/opt/edge/lib64")
_INFO: Final = re.compile(r"/([^/]+)-([0-9][^/-]*)\.dist-info$")


def check_libraries(host: Host) -> list[Finding]:
    """Judge what is installed with edge, and what Debian may have asked."""
    judge = Judge("telemetry")
    found = dict(_installed(host))
    if not found:
        judge.unseen("edge is not installed at /opt/edge")
    for name in sorted(_TALKATIVE & set(found)):
        judge.fail(f"{name} {found[name]} tells its maker of this machine", _uninstall(name))
    runtime = found.get("onnxruntime", "0")
    units = host.names("/etc/systemd/system", "edge-watch*.service")
    silent = all(_OFF in host.text(one) for one in units) and units
    if _numbers(runtime) >= _FIRST_TALKATIVE and not silent:
        judge.fail(
            f"onnxruntime {runtime} reports to its maker",
            f"scripts/install again: its lock has an older one, and its units say {_OFF}",
        )
    if re.search(r'^PARTICIPATE="?yes', host.text("/etc/popularity-contest.conf"), re.MULTILINE):
        judge.fail("Debian is told which programs are used", "apt purge popularity-contest")
    for cache in host.names("/var/lib/edge", ".cache/*"):
        judge.warn(f"a library keeps something of its own in {cache}", f"look at it; rm -r {cache}")
    return judge.findings(f"none of {len(found)} libraries reports (onnxruntime {runtime})")


def _installed(host: Host) -> list[tuple[str, str]]:
    folders = [
        one for place in _PLACES for one in host.names(place, "python3*/site-packages/*.dist-info")
    ]
    named = [found for one in folders if (found := _INFO.search(one))]
    return [(one[1].lower().replace("-", "_"), one[2]) for one in named]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", version)[:2])


def _uninstall(name: str) -> str:
    return f"/opt/edge/bin/python -m pip uninstall {name}; scripts/install brings what edge needs"
