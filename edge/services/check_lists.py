"""The list in force, and where lists come from, asked as the daemon asks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.delivery.events import Connected, Event, Lost, Received
from edge.delivery.list_server import ListServer
from edge.delivery.mqtt import Link
from edge.delivery.tls import TlsFiles, client_context
from edge.delivery.visitor import visit
from edge.errors import HotlistError
from edge.hotlist.bundle_place import last_refused
from edge.hotlist.keeper import HotlistKeeper
from edge.hotlist.manifest import Manifest, read
from edge.keys.trust import open_roster
from edge.messages.listing import LIST_LIMIT, build_ask, parse_list
from edge.messages.topics import Kind, topic
from edge.policy.freshness import age_s, silence
from edge.services.finding import Finding, bad, good

SERVER_MEND: Final = 'look at hotlist.manifest_url, its CA and the server; or set it to ""'
DESK_MEND: Final = "start `edge hotlist serve` in the town; or set hotlist.over_mqtt = false"
LIST_MEND: Final = (
    "put a signed list into hotlist.inbox, or set hotlist.path to a CSV that `edge hotlist lint`"
    " accepts"
)
_SEALED: Final = (
    "have a list signed for the newest roster: at the issuer's `edge keys roster install --folder"
    " ISSUER roster`, then `edge hotlist sign NEW.bundle --keys ISSUER`"
)
_REFUSED: Final = "mend what the sentence says; `edge hotlist verify X.bundle` tells if it is taken"
_WAIT_S: Final = 10.0
_AHEAD_S: Final = 300.0  # clocks may differ by this much


def check_hotlist(settings: Settings, clock: Clock) -> Finding:
    """Fail without a list, and with one that is too old to raise an alarm."""
    keeper = HotlistKeeper(settings.hotlist, clock)
    keeper.refresh()
    if keeper.current is None:
        return _none(settings, keeper.problem)
    version, now = keeper.current.version, clock.now()
    old_s = age_s(version, now)
    sentence = f"{version.version}, {version.entries} entries, {old_s / 3600:.1f} h old"
    silent = silence(version, settings.policy, now, clock_trusted=clock.trusted())
    if silent:
        return bad("hotlist", silent, "install a newer list")
    if old_s >= settings.policy.verify_list_age_s:
        mend = "install a newer list: with this one nothing is an alarm"
        return bad("hotlist", sentence, mend)
    if old_s < -_AHEAD_S:
        mend = "it is dated in the future: set the clock, or ask the list's owner"
        return bad("hotlist", sentence, mend)
    return good("hotlist", sentence)


def _none(settings: Settings, problem: str) -> Finding:
    """Return why there is no list: the one that came and was refused, or that none came."""
    folder = settings.hotlist.folder
    refused = last_refused(Path(folder)) if folder else None
    if refused is None:
        return bad("hotlist", problem, LIST_MEND)
    sentence = f"none is in force: {refused.file} was refused ({refused.why}): {refused.sentence}"
    return bad("hotlist", sentence, _SEALED if refused.why == "sealed" else _REFUSED)


def check_server(settings: Settings, clock: Clock) -> Finding:
    """Ask the server of lists for its manifest.

    Raises:
        EdgeError: it cannot be had, or is none for this unit.
    """
    section = settings.hotlist
    tls = TlsFiles(
        "hotlist.manifest_",
        section.manifest_ca_file,
        section.manifest_certificate_file,
        section.manifest_key_file,
    )
    url = section.manifest_url
    blob = ListServer(url, lambda: client_context(tls), clock, lambda: False).manifest()
    if blob is None:
        raise HotlistError(f"{url}: the server says that it has not changed; unasked")
    return _offered("lists", url, _read(blob, url, settings, clock))


def check_desk(settings: Settings, clock: Clock) -> Finding:
    """Ask the list desk over the broker.

    Raises:
        EdgeError: what it answers is none for this unit, or the broker's files are wrong.
    """
    unit = settings.unit
    section, client = visit(settings.delivery, unit.town, unit.name)
    where = topic(unit.town, unit.name, Kind.LIST)
    link = Link(section, client, [where], clock, largest=LIST_LIMIT + 1024)
    link.start()
    try:
        event = _answer(link, settings, clock)
    finally:
        link.stop()
    match event:
        case Received(payload=payload):
            _, content = parse_list(payload)
            manifest = _read(content, "the list desk", settings, clock)
            return _offered("list desk", "the list desk", manifest)
        case Connected(refused=refused) if refused:
            sentence = f"the broker does not let us hear {', '.join(refused)}"
        case Lost(sentence=sentence):
            pass
        case _:
            sentence = f"the list desk has not answered within {_WAIT_S:.0f} s"
    return Finding("list desk", passed=False, sentence=sentence, mend=DESK_MEND)


def _answer(link: Link, settings: Settings, clock: Clock) -> Event | None:
    """Return what answers the ask, or else the last thing that happened."""
    unit, begun = settings.unit, clock.now()
    last: Event | None = None
    while clock.now().since(begun) < _WAIT_S:
        event = link.take(0.1)
        match event:
            case Connected(refused=()):
                ask = build_ask(unit.town, unit.name, settings.hotlist.list, 0, None, clock.now())
                link.publish(topic(unit.town, unit.name, Kind.ASK), ask, expiry_s=30)
            case Received(payload=payload) if parse_list(payload)[0].payload.digest is None:
                return event
            case Connected() | Lost():
                return event
            case _:
                pass
        last = event or last
    return None if isinstance(last, Received) else last


def _read(blob: bytes, what: str, settings: Settings, clock: Clock) -> Manifest:
    roster = open_roster(Path(settings.keys.folder))
    at = datetime.fromtimestamp(clock.now().utc_ns // 1_000_000_000, UTC)
    manifest = read(blob, what, settings.unit.town, roster, at if clock.trusted() else None)
    if manifest.list != settings.hotlist.list:
        raise HotlistError(
            f"{what}: offers the list {manifest.list!r}, this unit takes "
            f"{settings.hotlist.list!r} (hotlist.list)"
        )
    return manifest


def _offered(name: str, what: str, manifest: Manifest) -> Finding:
    sentence = f"{what} offers {len(manifest.bundles)} bundles of {manifest.list}"
    if not manifest.bundles:
        mend = "publish a list: edge hotlist publish FOLDER X.bundle"
        return Finding(name, passed=False, sentence=sentence, mend=mend)
    newest = max(one.sequence for one in manifest.bundles)
    return Finding(name, passed=True, sentence=f"{sentence}, the newest is number {newest}")
