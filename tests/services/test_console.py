"""Consoles as processes, over a real broker with TLS: nothing lost, nothing sounded twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from edge.messages.letter import pack
from edge.messages.topics import Kind, topic
from edge.records import AlertId
from edge.store.console import ConsoleStore
from tests.alerts import UNIT, sealed
from tests.brokers import Broker, Tap, until
from tests.services.consoles import Console, Page
from tests.services.delivering import ALERT, CLOCK
from tests.web.console.stand import EPOCH, later
from tests.web.console.told import alarm

pytestmark = pytest.mark.xdist_group("consoles")
ENOUGH_S = 30.0


@dataclass
class Town:
    """A broker and two consoles, each of which takes the other's receipt for its outcomes."""

    broker: Broker
    one: Console
    other: Console
    sequence: int = 0

    def send(self, count: int = 1) -> list[str]:
        """Let so many fresh alarms come, each of an entry of its own; return their numbers."""
        tap, told = Tap(self.broker), []
        for _ in range(count):
            self.sequence += 1
            tap.publish(ALERT, letter(self.sequence))
            told.append(f"{UNIT.name}/{EPOCH}/{self.sequence}")
        tap.close()
        return told


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with ExitStack() as stack:
        broker = Broker(folder / "broker").start()
        stack.callback(broker.stop)
        one = Console(folder, "car-12", broker, receivers=["car-13"])
        other = Console(folder, "car-13", broker, receivers=["car-12"])
        for console in (one, other):
            stack.callback(console.close)
            console.start()
        for console in (one, other):
            page = console.page()
            until(lambda page=page: page.desk()["state"]["online"])
        yield Town(broker, one, other)


def letter(sequence: int) -> bytes:
    """Return an alarm of this moment."""
    plain = alarm()
    seconds = (CLOCK.now().utc_ns - plain.hit.sighting.last_seen.utc_ns) / 1e9
    entry = replace(plain.hit.entry, entry_id=f"W-{sequence}")
    fresh = later(replace(plain, hit=replace(plain.hit, entry=entry)), seconds)
    return pack(sealed(fresh, AlertId(UNIT.name, EPOCH, sequence), 0, CLOCK.now()))


def numbers(page: Page) -> set[str]:
    return {card["number"] for card in page.cards()}


def one_card(page: Page, number: str, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return a card once it is there, and as wanted."""

    def found() -> list[dict[str, Any]]:
        return [card for card in page.cards() if card["number"] == number and true(card)]

    until(found, ENOUGH_S, "the card")
    return found()[0]


def test_two_cars_answer_one_alarm(town: Town):
    """Blind in both cars; each answers, sees the other's answer, and confirms its receipt."""
    (number,) = town.send()
    one, other = town.one.page(), town.other.page()
    first = one_card(one, number, lambda card: card["siren"])
    second = one_card(other, number, lambda card: card["siren"])
    assert (first["details"], "W-1" in str(one.desk())) == (None, False)

    one.log_in("dana")
    told = one.answer(first, "7")
    assert (told["tone"], told["details"]["plate"]) == ("differs", "AB12345")
    seen = one_card(other, number, lambda card: bool(card["answers"]))
    assert (seen["siren"], seen["answers"][0]["console"]) == (True, "car-12")
    assert seen["answers"][0]["answer"] == ""

    other.log_in("erin")
    told = other.answer(second, "3")
    assert "character 5 is 7" in told["answers"][0]["answer"]
    one_card(one, number, lambda card: len(card["answers"]) == 2)
    until(lambda: one.desk()["state"]["unsent"] == other.desk()["state"]["unsent"] == 0, ENOUGH_S)


def test_killed_in_the_middle(town: Town):
    """Kill -9 of one console while alerts come: none is lost, and a touched one sounds no more."""
    tap = Tap(town.broker, "receipts", f"edge/v1/{UNIT.town}/{UNIT.name}/receipt")
    sent = town.send(5)
    page = town.one.page()
    until(lambda: numbers(page) >= set(sent), ENOUGH_S)
    page.post(f"/api/card/{sent[0]}/touch")
    sent += town.send(20)
    town.one.kill()
    sent += town.send(10)
    town.one.start()
    for console in (town.one, town.other):
        page = console.page()
        until(lambda page=page: numbers(page) >= set(sent), ENOUGH_S, "all after the kills")
        found = [card for card in page.cards() if card["number"] in sent]
        assert len(found) == len(sent) == 35
        assert {card["tone"] for card in found} == {"alarm"}
        touched = next(card for card in found if card["number"] == sent[0])
        assert touched["siren"] is (console is town.other)
    until(lambda: len(tap.payloads("/receipt")) >= 2 * len(sent), ENOUGH_S, "two receipts of each")
    tap.close()


def test_an_outcome_survives_a_kill_and_a_broker_that_is_away(town: Town):
    """Said while offline and killed at once: it goes out after the restart, and is shown once."""
    (number,) = town.send()
    page = town.one.page()
    card = one_card(page, number, lambda card: card["siren"])
    one_card(town.other.page(), number, lambda card: card["siren"])
    town.broker.stop()
    until(lambda: not page.desk()["state"]["online"], ENOUGH_S)
    page.log_in("dana")
    page.answer(card, "7")
    page.post(f"/api/card/{number}/outcome", outcome="misread", note="a seven", text="AB12745")
    assert page.desk()["state"]["unsent"] == 2
    town.one.kill()
    town.broker.start()
    town.one.start()
    seen = one_card(town.other.page(), number, lambda card: len(card["answers"]) == 2)
    assert [line["outcome"] for line in seen["answers"]] == ["", "misread"]
    again = town.one.page()
    until(lambda: again.desk()["state"]["unsent"] == 0, ENOUGH_S)


def test_a_supervisor_elsewhere_confirms_the_correction(town: Town):
    """What dana claimed in one car, sue confirms in the other; it comes back with two keys."""
    page = town.other.page()
    page.log_in("sue")
    (claim,) = page.get("/api/claims").json()["claims"]
    assert (claim["officer"], claim["text"], claim["plate"]) == ("dana", "AB12745", "AB12345")
    page.post(f"/api/claims/{claim['number']}")
    first = town.one.page()
    until(lambda: first.desk()["state"]["claims"] == 0, ENOUGH_S, "the correction")
    folder = town.one.folder / "console" / "corrections"
    assert (folder / f"{claim['number']}.claim").exists()
    assert (folder / f"{claim['number']}.confirmed").exists()
    notice = town.other.folder / "console" / "corrections" / "notices"
    assert [file.stem for file in notice.iterdir()] == [claim["number"]]


def test_a_stranger_is_refused_in_a_sentence(town: Town):
    """Noise on every topic that a console hears changes no card, and is counted."""
    page, tap = town.other.page(), Tap(town.broker, "stranger")
    before = numbers(page)
    for kind in (Kind.ALERT, Kind.VERDICT, Kind.HEALTH, Kind.STATUS):
        tap.publish(topic(UNIT.town, UNIT.name, kind), b"\x00noise")
    for kind in (Kind.RECEIPT, Kind.COMMAND):
        tap.publish(topic(UNIT.town, town.other.name, kind), b"\x00noise")
    tap.close()
    until(lambda: any("5 messages" in one for one in page.desk()["state"]["problems"]), ENOUGH_S)
    assert numbers(page) == before
    (number,) = town.send()
    assert one_card(page, number, lambda card: card["siren"])["tone"] == "alarm"


def test_the_record_holds_after_all_that(town: Town):
    """The chain of each console verifies, and every outcome that it gave has its receipt."""
    for console, outcomes in ((town.one, 3), (town.other, 1)):
        console.stop()
        with ConsoleStore(console.folder / "console", console.name, CLOCK) as store:
            store.check()
            assert store.audit.count("outcome") == outcomes
            assert store.audit.count("receipt") == outcomes
