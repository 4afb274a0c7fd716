"""A broker with wrong access rules: an outsider reads and writes everything, and gains nothing.

The outsider has a certificate that the broker takes; the broker has no rule at all.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import EdgeError, KeysError
from edge.keys.crypto import SigningKey
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.messages import digest, parse_health, unpack
from edge.messages.opening import LETTER_LIMIT, open_alert, open_outcome
from edge.messages.receipt import build_receipt, sign_receipt
from edge.messages.topics import Kind, topic
from tests.alerts import UNIT, an_alert, opened
from tests.brokers import Broker, Tap, until
from tests.delivery import hostile
from tests.delivery.hostile import OTHER_UNIT, found_in, secrets_of
from tests.keys.cast import ISSUED, ROSTER, SINCE, keys_folder, keys_of, put_roster, roster_of
from tests.services.delivering import ALERT, CLOCK, RECEIPT, RECEIVER, Site

VERDICT = topic(UNIT.town, "car-12", Kind.VERDICT)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    broker = Broker(tmp_path / "broker").start()
    made = Site(tmp_path, broker)
    yield made
    made.close()
    broker.stop()


@pytest.fixture
def outsider(site: Site) -> Iterator[Tap]:
    """Return a client that hears every topic, and may write to every topic."""
    tap = Tap(site.broker, "outsider")
    yield tap
    tap.close()


def crossed(site: Site, outsider: Tap) -> list[bytes]:
    """Return all that the broker has had: topics, payloads, and what it keeps on its disk."""
    site.broker.save()
    kept = [file.read_bytes() for file in (site.broker.folder / "store").iterdir()]
    log = [(site.broker.folder / "broker.log").read_bytes()]
    return [*kept, *log, *(p for t, body, _ in outsider.messages for p in (t.encode(), body))]


def test_it_reads_nothing(site: Site, outsider: Tap) -> None:
    """Alerts, receipts, health and an outcome cross it: none of their secrets does."""
    site.alert(2)
    site.deliver()
    listen = site.listen("--jsonl")
    site.settled(2)
    outsider.publish(VERDICT, hostile.an_outcome())
    until(lambda: len(outsider.payloads("/verdict")) == 1)
    until(lambda: len(outsider.payloads("/health")) >= 1)
    assert found_in(crossed(site, outsider), secrets_of(an_alert())) == set()
    assert listen.said("AB12345"), "the receiver it was sealed to has not read it"


def test_the_search_finds_what_is_not_sealed(site: Site, outsider: Tap) -> None:
    """The control: with a unit that seals nothing the same search finds every secret."""
    with site.store() as store:
        store.commit_alert(an_alert(at=CLOCK.now()), hostile.plain)
    site.deliver()
    until(lambda: len(outsider.payloads("/alert")) >= 1)
    secrets = secrets_of(an_alert())
    assert found_in(crossed(site, outsider), secrets) == set(secrets)


def test_nobody_else_opens_it(site: Site, outsider: Tap) -> None:
    """Whoever it was not sealed to finds noise, with our roster and with its own."""
    site.alert()
    site.deliver()
    until(lambda: len(outsider.payloads("/alert")) >= 1)
    body = outsider.payloads("/alert")[0]
    for name, role, town in (
        ("bristol-pd", Role.PARTNER, "windsor"),  # on the roster, without a grant
        ("dispatch", Role.CONSOLE, "windsor"),  # on the roster, and not among the recipients
        ("archive", Role.ARCHIVE, "hartford"),  # of another town, by the name of a recipient
        ("outsider", Role.CONSOLE, "windsor"),  # on no roster
    ):
        own = keys_of(name, role, town)
        for claimed in {own.town, "windsor"}:
            with pytest.raises(EdgeError):
                open_alert(ALERT, body, replace(own, town=claimed), roster_of(own.town), ISSUED)
    found = open_alert(ALERT, body, keys_of("archive"), ROSTER, ISSUED)
    assert found.message.payload.entry.plate == "AB12345"


def test_it_forges_no_alert_and_replays_none(site: Site, outsider: Tap) -> None:
    """Each forgery is refused with a reason and counted; the true alert is shown once."""
    keys = keys_folder(site.folder / f"{RECEIVER}.keys", RECEIVER)
    gone = Revocation(OTHER_UNIT, keys_of(OTHER_UNIT).signing.public, SINCE, "stolen")
    put_roster(keys, replace(roster_of(sequence=2), revoked=(gone,)))
    listen = site.listen("--jsonl")
    until(lambda: f"Sending SUBACK to {RECEIVER}" in _log(site))
    forged = hostile.forgeries(CLOCK.now())
    for unit, body in forged.values():
        outsider.publish(topic(UNIT.town, unit, Kind.ALERT), body)
    true = hostile.letter(50, CLOCK.now())
    for _ in range(3):
        outsider.publish(ALERT, true)
    outsider.publish(ALERT, hostile.letter(50, CLOCK.now()))  # the number again, other words
    until(lambda: _refused(listen.err) == len(forged) + 1, what="all are refused")
    assert site.shown() == [50]
    until(lambda: len(outsider.payloads("/receipt")) == 3)
    assert "AB12345" not in listen.err.read_text()


def test_it_forges_no_receipt(site: Site, outsider: Tap) -> None:
    """Signed by others, unsigned, changed, of other words: the alert waits, and health counts."""
    site.alert()
    site.deliver()
    until(lambda: len(outsider.payloads("/alert")) >= 1)
    body = unpack(outsider.payloads("/alert")[0], "it", LETTER_LIMIT).body
    message, mark, now = opened(body), digest(body), CLOCK.now()
    thief = replace(keys_of("archive"), signing=SigningKey.make())
    true = sign_receipt(message, mark, keys_of("archive"), now)
    forged = [
        sign_receipt(message, mark, thief, now),  # the archive's name, another key
        sign_receipt(message, mark, keys_of("dana"), now),  # of a role that receives nothing
        sign_receipt(message, "0" * 64, keys_of("archive"), now),  # of other words
        build_receipt(message, mark, "archive", now),  # not signed
        true.replace(b'"sequence":1', b'"sequence":2'),
        true[:-1],
    ]
    for one in (*forged, sign_receipt(message, mark, keys_of("car-13"), now)):
        outsider.publish(RECEIPT, one)  # the last is true, and its signer not in our settings
    until(lambda: _told(outsider, "receipts were refused") >= len(forged), what="all are counted")
    assert site.depth() == 1
    outsider.publish(RECEIPT, true)
    until(lambda: site.depth() == 0)


def test_it_forges_no_outcome(outsider: Tap) -> None:
    """An officer's word is the officer's: no console, no other officer, no other topic."""
    forged = {
        VERDICT: [
            hostile.an_outcome(by="car-12"),  # a console signs for the officer
            hostile.an_outcome(by="erin"),  # one officer signs for another
            hostile.an_outcome(console="car-13"),  # given at another console
            hostile.an_outcome()[:-1],
        ],
        topic(UNIT.town, "car-13", Kind.VERDICT): [hostile.an_outcome()],
        ALERT: [hostile.an_outcome()],  # as if it were an alert
    }
    for where, bodies in forged.items():
        for body in bodies:
            outsider.publish(where, body)
    outsider.publish(VERDICT, hostile.an_outcome())
    until(lambda: len(outsider.messages) == 7)
    refused = 0
    for where, body, _ in outsider.messages[:-1]:
        try:
            open_outcome(where, body, keys_of("car-13"), ROSTER, ISSUED)
        except EdgeError:
            refused += 1
    assert refused == 6
    where, body, _ = outsider.messages[-1]
    found = open_outcome(where, body, keys_of("car-13"), ROSTER, ISSUED)
    assert (found.sender.name, found.message.payload.outcome) == ("dana", "confirmed")
    with pytest.raises(KeysError, match="not sealed to bristol-pd"):
        open_outcome(where, body, keys_of("bristol-pd"), ROSTER, ISSUED)


def _refused(file: Path) -> int:
    return file.read_text().count("a message is refused")


def _told(outsider: Tap, words: str) -> int:
    """Return the largest count that health has told before *words*."""
    problems = [
        one
        for body in outsider.payloads("/health")
        for one in parse_health(body).payload.problems
        if words in one
    ]
    return max((int(re.findall(r"\d+", one)[0]) for one in problems), default=0)


def _log(site: Site) -> str:
    return (site.broker.folder / "broker.log").read_text()
