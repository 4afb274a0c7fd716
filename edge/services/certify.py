"""``edge certify``: a drive-by test, judged, signed by the unit, and put on its chain."""

import base64
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from edge import __version__
from edge.clock import Clock
from edge.config import Settings, load
from edge.errors import ConfigError, KeysError, MessageError, PauseError
from edge.keys import files
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.keys.roster import read_roster
from edge.keys.signed import Signed, digest, from_bytes, sign, to_bytes
from edge.keys.trust import ROSTER_FILE, load_root
from edge.messages.acts import act_row
from edge.messages.acts_unit import Certified
from edge.messages.certificate import KIND, Certificate, PassRow, Point
from edge.messages.envelope import canonical
from edge.messages.wire import clip
from edge.policy.law import open_law
from edge.policy.strangers import SURE, Box, Seen, overlap
from edge.records import Frame, Pixels
from edge.services import fingerprint
from edge.services.certify_judge import judge
from edge.services.clip import faint_reader, plates_in, without_watch
from edge.services.drift import FILE as VIEW
from edge.services.drive import Drive, Driven, drive_by
from edge.services.drive_live import check_live, drive_live
from edge.services.finding import Finding
from edge.services.keyring import Keyring, open_keyring
from edge.services.pause import told_pause
from edge.services.pause_now import standing_pause
from edge.services.vitals import temperature_c
from edge.store import open_store
from edge.store.store import DATABASE
from edge.vision.jpeg import encode
from edge.vision.masking import cover

_PICTURE_BYTES = 900_000
_SAME = 0.2  # of two boxes: the detector has found one plate twice


@dataclass(frozen=True, slots=True)
class Asked:
    """What the installer says.

    Attributes:
        plate: empty: whatever the hotlist has in category ``test``.
        passes: how often the car drives by.
        speed_kmh: posted there; 0 where nothing is.
        recording: measure that instead of the camera; None: the camera.
        limit_s: the longest that the test may take.
        technician: looks through the glass of the watch that runs; None: watch stands still.
    """

    plate: str
    passes: int
    speed_kmh: float
    installer: str
    remarks: str
    recording: Path | None
    limit_s: float
    technician: Identity | None = None


def certify(
    settings: Settings,
    asked: Asked,
    findings: Sequence[Finding],
    clock: Clock,
    stop: threading.Event,
    told: Callable[[str], None],
) -> tuple[Certificate, Signed]:
    """Return the certificate of a drive-by test, which is on the chain by then.

    Args:
        findings: of ``edge check``, run before.
        stop: ends the test before its time.
        told: is told of each pass.

    Raises:
        ConfigError: there are no keys or no store, or watch has the camera.
        PauseError: the town has ordered a pause.
        EdgeError: the camera, a model or the store failed: there is no certificate.
    """
    check_asked(settings, asked, clock)
    unit, keys = settings.unit, Path(settings.keys.folder)
    keyring = open_keyring(keys, clock, {Role.UNIT}, unit.name, unit.town)
    aimed = _aimed(settings, asked.recording)
    with ExitStack() as held:
        if asked.technician is None:
            held.enter_context(without_watch(Path(settings.runtime.folder)))
        store = held.enter_context(open_store(settings.store, unit.name, clock))
        driven = _driven(aimed, asked, clock, stop, told)
        certificate = _written(aimed, asked, driven, findings, keyring, clock)
        signed = sign(KIND, canonical(certificate.model_dump(mode="json")), keyring.identity)
        act = Certified(number=digest(signed), passed=certificate.passed)
        store.record("certified", act_row("certified", act))
        if asked.recording is None:  # what the camera sees from now on is what it should see
            (Path(settings.store.folder) / VIEW).unlink(missing_ok=True)
    return certificate, signed


def check_asked(settings: Settings, asked: Asked, clock: Clock) -> None:
    """Refuse a test that could not begin, or could see nothing.

    Raises:
        ConfigError: there is no store, watch does not run as asked, or the plate is no test's.
        PauseError: the town has ordered a pause.
    """
    if asked.technician is not None:
        check_live(settings, asked.plate, clock)
    if not (Path(settings.store.folder) / DATABASE).exists():
        raise ConfigError(f"{settings.store.folder}: there is no store here: start watch once")
    paused = standing_pause(settings, clock)
    if paused is not None:
        raise PauseError(f"no test is made: {told_pause(paused)}")


def _driven(
    settings: Settings,
    asked: Asked,
    clock: Clock,
    stop: threading.Event,
    told: Callable[[str], None],
) -> Driven:
    wanted = (asked.plate, asked.passes, asked.limit_s, clock, stop, told)
    if asked.technician is None:
        return drive_by(settings, *wanted)
    return drive_live(settings, asked.technician, *wanted)


def read_certificate(
    blob: bytes, what: str, root_file: Path, newer: Path | None = None
) -> Certificate:
    """Return the certificate in *blob*, checked to be the unit's own under the town's root.

    Args:
        what: names the file in errors.
        root_file: the town's public root, ``town.json``.
        newer: a roster of today, which may have revoked the unit's key since.

    Raises:
        KeysError: it was changed, is another town's, or its key was revoked.
        MessageError: it is signed and still no certificate that this edge reads.
    """
    signed = from_bytes(blob, what, KIND)
    try:
        certificate = Certificate.model_validate_json(signed.payload)
        packed = base64.b64decode(certificate.roster, validate=True)
    except ValueError as error:  # pydantic's and base64's are such
        first = str(error).splitlines()[0][:200]
        raise MessageError(f"{what}: is no certificate that this edge reads: {first}") from None
    root = load_root(root_file)
    rosters = [read_roster(packed, f"the roster in {what}", root.key)]
    if newer is not None:
        rosters.append(read_roster(files.read_public(newer), str(newer), root.key))
    made = datetime.fromisoformat(certificate.made_at)
    for roster in rosters:
        party = roster.check_then(signed, Role.UNIT, made)
        if roster.revocation(party) is not None:
            raise KeysError(f"{what}: the key of {party.name} was revoked: it proves nothing")
        if (party.name, roster.town) != (certificate.unit, certificate.town):
            raise KeysError(
                f"{what}: {party.name} of {roster.town} has signed what speaks of"
                f" {certificate.unit} of {certificate.town}"
            )
    return certificate


def save_certificate(signed: Signed, page: str, out: Path) -> tuple[Path, Path]:
    """Write the signed document and its page into *out*; return both files.

    Raises:
        KeysError: they cannot be written.
    """
    files.make_folder(out, private=False)
    name = f"certificate-{digest(signed)[:12]}"
    document, shown = out / f"{name}.signed", out / f"{name}.html"
    files.write(document, to_bytes(signed))
    files.write(shown, page.encode("utf-8"))
    return document, shown


def masked_view(
    settings: Settings, view: Pixels, plates: Sequence[str], clock: Clock
) -> tuple[Pixels, int]:
    """Return the view with every plate covered but the test car's, and how many are covered.

    Whatever the detector finds at a far lower threshold than it reads with is covered, larger than
    it is. Where no read names the test plate without a fault, it is covered like all others.
    """
    seen = plates_in(faint_reader(settings, clock), Frame(view, clock.now()))
    own = [one for one in seen if one.text in plates and one.confidence >= SURE]
    best = max(own, key=lambda one: one.confidence, default=None)
    others = [one.box for one in seen if not _is(one, best)]
    return cover(view, others), len(others)


def _is(one: Seen, best: Seen | None) -> bool:
    return best is not None and (one is best or _within(one.box, best.box))


def _within(box: Box, best: Box) -> bool:
    return overlap(box, best) >= _SAME


def _aimed(settings: Settings, recording: Path | None) -> Settings:
    """Return the settings with the recording as the source, at its own pace."""
    if recording is None:
        return settings
    kind = "pictures" if recording.is_dir() else "video"
    told = {"kind": kind, "address": str(recording), "paced": True, "loop": False}
    exposure = settings.exposure.model_copy(update={"mode": "camera"})
    source = settings.source.model_copy(update=told)
    return settings.model_copy(update={"source": source, "exposure": exposure})


def _written(
    settings: Settings,
    asked: Asked,
    driven: Driven,
    findings: Sequence[Finding],
    keyring: Keyring,
    clock: Clock,
) -> Certificate:
    unit, heat = settings.unit, temperature_c()
    points = judge(
        driven,
        asked.passes,
        settings.certify,
        findings,
        speed_kmh=asked.speed_kmh,
        shutter_us=settings.source.shutter_us,
        temperature_c=heat,
    )
    now = fingerprint.told(settings)
    before = fingerprint.told(load([]).settings)
    differ = [(clip(k, 400), clip(now[k], 400)) for k in sorted(now) if before.get(k) != now[k]]
    picture, covered = _picture(settings, driven, clock)
    source = f"{settings.source.kind} {asked.recording.name if asked.recording else ''}".strip()
    return Certificate(
        v=1,
        town=unit.town,
        unit=unit.name,
        place=clip(unit.place, 400),
        made_at=clock.now().iso(),
        clock_trusted=clock.trusted(),
        installer=clip(asked.installer, 80),
        remarks=clip(asked.remarks, 1000),
        source=clip(source, 400),
        recording=asked.recording is not None,
        test_plates=driven.plates[:8],
        passes_driven=asked.passes,
        passes=tuple(_row(one) for one in driven.drives[:200]),
        frames=driven.frames,
        frames_per_s=round(driven.frames / driven.seconds, 2) if driven.seconds else 0.0,
        frames_dropped=driven.dropped,
        latency_ms=round(median(driven.latency_ms), 1) if driven.latency_ms else None,
        stage_ms={stage: round(spent, 2) for stage, spent in driven.stage_ms.items()},
        temperature_c=heat,
        software=__version__,
        models={task: clip(name, 80) for task, name in driven.models.items()},
        list_version=clip(driven.list_version, 400),
        roster_number=keyring.rosters.roster.sequence,
        law=clip(open_law(settings.law.profile).citation, 400),
        settings=fingerprint.mark(now),
        changed=tuple(differ[:400]),
        points=points,
        passed=_passed(points),
        picture=picture,
        covered=covered,
        roster=base64.b64encode(
            files.read_public(Path(settings.keys.folder) / ROSTER_FILE)
        ).decode(),
    )


def _passed(points: Sequence[Point]) -> bool:
    return bool(points) and all(one.passed is not False for one in points)


def _picture(settings: Settings, driven: Driven, clock: Clock) -> tuple[str, int]:
    if driven.view is None:
        return "", 0
    view, covered = masked_view(settings, driven.view, driven.plates, clock)
    return base64.b64encode(encode(view, _PICTURE_BYTES)).decode(), covered


def _row(one: Drive) -> PassRow:
    seen, aim = one.sighting, one.aim
    return PassRow(
        at=seen.last_seen.iso(),
        text=seen.text,
        read=one.read,
        confidence=min(1.0, max(0.0, round(float(seen.confidence), 4))),
        reads=seen.reads,
        alerted=one.alerted,
        width_px=_round(aim.width_px if aim else None),
        character_px=_round(aim.character_px if aim else None),
        stroke_px=_round(aim.stroke_px if aim else None),
        tilt_deg=_round(aim.tilt_deg if aim else None),
        across_px=_round(aim.across_px if aim else None),
        down_px=_round(aim.down_px if aim else None),
        contrast=_round(aim.contrast if aim else None),
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)
