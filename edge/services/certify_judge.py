"""The verdict of a commissioning: each demand with what was measured and a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from edge.config.certify import CertifySection
from edge.messages.certificate import Point
from edge.messages.wire import clip
from edge.services.drive import Driven
from edge.services.finding import Finding
from edge.vision.aiming import Colour, advise

WORDS: Final[Mapping[bool | None, str]] = {True: "pass", False: "FAIL", None: "not checked"}


def judge(
    driven: Driven,
    expected: int,
    limits: CertifySection,
    findings: Sequence[Finding],
    *,
    speed_kmh: float,
    shutter_us: int,
    temperature_c: float | None,
) -> tuple[Point, ...]:
    """Return every demand with its verdict; the unit passes where none failed.

    Args:
        expected: how often the test car drove by, as the installer says.
        findings: of ``edge check``.
    """
    points = [
        *_of_passes(driven, expected, limits),
        *_of_speed(driven, limits),
        *_of_heat(temperature_c, limits),
        *_of_aim(driven, speed_kmh, shutter_us),
        *_of_checks(findings),
    ]
    return tuple(points)


def _point(name: str, measured: str, limit: str, passed: bool | None, why: str) -> Point:
    return Point(
        name=clip(name, 80),
        measured=clip(measured, 80),
        limit=clip(limit, 80),
        passed=passed,
        sentence=clip(why, 400),
    )


def _of_passes(driven: Driven, expected: int, limits: CertifySection) -> Iterator[Point]:
    found, read = len(driven.drives), sum(one.read for one in driven.drives)
    unseen = (
        "the test car was never seen: was it driven by in time (--minutes)? is its plate on the"
        " list as a test, or named with --plate? does `edge aim` find it in a picture?"
    )
    enough = expected >= limits.passes
    yield _point(
        "passes driven",
        str(expected),
        f"at least {limits.passes}",
        enough,
        f"the test car drove by {expected} times"
        + ("" if enough else ": too few to say anything; drive by more often"),
    )
    for name, count, limit, mend in (
        ("captured", found, limits.captured_share, "the plate was not found: aim, zone or light"),
        ("read", read, limits.read_share, "the plate was misread: size, focus or shutter"),
    ):
        share = min(1.0, count / expected) if expected else 0.0
        good = bool(expected) and share >= limit
        sentence = f"{name} in {count} of {expected} passes"
        why = mend if found else unseen
        yield _point(
            name, f"{share:.0%}", f"at least {limit:.0%}", good, sentence + _mend(good, why)
        )
    sure = [one.sighting.confidence for one in driven.drives if one.read]
    value = median(sure) if sure else 0.0
    good = bool(sure) and value >= limits.least_confidence
    yield _point(
        "confidence",
        f"{value:.2f}" if sure else "-",
        f"at least {limits.least_confidence:.2f}",
        good,
        f"the median pass was read with a confidence of {value:.2f}"
        if sure
        else "no pass was read without a fault",
    )


def _of_speed(driven: Driven, limits: CertifySection) -> Iterator[Point]:
    late = median(driven.latency_ms) if driven.latency_ms else None
    yield _point(
        "latency",
        "-" if late is None else f"{late:.0f} ms",
        f"at most {limits.latency_ms:g} ms",
        late is not None and late <= limits.latency_ms,
        "the test car was never read"
        if late is None
        else f"half of its reads were decided within {late:.0f} ms of the sensor",
    )
    fps = driven.frames / driven.seconds if driven.seconds > 0 else 0.0
    good = fps >= limits.least_fps
    yield _point(
        "frames a second",
        f"{fps:.1f}",
        f"at least {limits.least_fps:g}",
        good,
        f"the line looked at {fps:.1f} frames a second"
        + _mend(good, "is the camera slow, or the machine busy or hot?"),
    )
    share = driven.dropped / max(1, driven.dropped + driven.frames)
    yield _point(
        "dropped",
        f"{share:.0%}",
        f"at most {limits.dropped_share:.0%}",
        share <= limits.dropped_share,
        f"{driven.dropped} frames came while the line was busy with another",
    )


def _of_heat(temperature_c: float | None, limits: CertifySection) -> Iterator[Point]:
    if temperature_c is None:
        why = "this machine has no sensor that answers"
        yield _point("temperature", "-", f"under {limits.hot_c:g} C", None, why)
        return
    good = temperature_c < limits.hot_c
    why = f"the processor had {temperature_c:.0f} C at the end"
    mend = _mend(good, "give it shade, air or a heat sink")
    yield _point(
        "temperature", f"{temperature_c:.0f} C", f"under {limits.hot_c:g} C", good, why + mend
    )


def _of_aim(driven: Driven, speed_kmh: float, shutter_us: int) -> Iterator[Point]:
    """Judge each measure by the worst pass: a car that stops before the line is no measure."""
    aims = [one.aim for one in driven.drives if one.aim is not None]
    order = list(Colour)
    rows = [advise(aim, shutter_us, speed_kmh) for aim in aims]
    for measures in zip(*rows, strict=True):
        worst = max(measures, key=lambda one: order.index(one.colour))
        value = "-" if worst.value is None else f"{worst.value:.3g} {worst.unit}"
        yield _point(
            worst.name,
            value,
            "not red",
            worst.colour is not Colour.RED,
            f"{worst.colour.value}" + (f": {worst.advice}" if worst.advice else ""),
        )


def _of_checks(findings: Sequence[Finding]) -> Iterator[Point]:
    for one in findings:
        mend = f"; {one.mend}" if one.mend else ""
        yield _point(
            f"check: {one.name}", WORDS[one.passed], "pass", one.passed, one.sentence + mend
        )


def _mend(good: bool, text: str) -> str:
    return "" if good else f": {text}"
