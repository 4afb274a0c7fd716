"""`edge check` asks where lists come from, as the daemon will."""

import json
import threading
from pathlib import Path

import pytest

from edge.config.delivery import DeliverySection
from edge.config.settings import Settings
from edge.delivery.mqtt import Link
from edge.errors import EdgeError
from edge.messages.topics import Kind, every_unit
from edge.services import check_lists
from edge.services.check_lists import check_desk, check_hotlist, check_server
from edge.services.list_desk import ListDesk
from tests.brokers import Broker
from tests.hotlist.bundles import TOWN, Town
from tests.services.desk import CLOCK, Served, Unit, section_of
from tests.services.polling import Fleet


def test_the_server_of_lists_is_asked(tmp_path: Path):
    """A manifest of this town passes; another list's, an empty one and no server do not."""
    fleet = Fleet(tmp_path)
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    found = check_server(fleet.settings, fleet.stage.clock)
    assert (found.passed, "the newest is number 10" in found.sentence) == (True, True)
    fleet.publish(101, [])
    found = check_server(fleet.settings, fleet.stage.clock)
    assert (found.passed, found.mend != "") == (False, True)
    fleet.changes["list"] = "county"
    with pytest.raises(EdgeError, match="this unit takes 'county'"):
        check_server(fleet.settings, fleet.stage.clock)
    fleet.web.stop()
    with pytest.raises(EdgeError, match="cannot be reached"):
        check_server(fleet.settings, fleet.stage.clock)


def test_a_refused_bundle_is_why_there_is_no_list(tmp_path: Path):
    """The only bundle was not sealed to this unit: the check says so, and what signs one anew."""
    unit = Unit(tmp_path / "unit", Served(tmp_path, Town()))
    folder = Path(unit.settings.hotlist.folder)
    assert "hotlist.inbox" in check_hotlist(unit.settings, CLOCK).mend
    folder.mkdir(parents=True, exist_ok=True)
    word = {"at": "2026-11-23T12:00:00Z", "file": "/inbox/monday.bundle", "why": "sealed"}
    word["sentence"] = "sealed hotlist-bundle: is not sealed to elm-street"
    (folder / "refused.json").write_text(json.dumps(word))
    found = check_hotlist(unit.settings, CLOCK)
    assert found.passed is False
    assert "monday.bundle was refused (sealed): sealed hotlist-bundle: is not" in found.sentence
    assert "edge keys roster install --folder ISSUER" in found.mend
    assert "edge hotlist sign" in found.mend
    (folder / "refused.json").write_text(json.dumps({**word, "why": "expired"}))
    assert "edge hotlist verify" in check_hotlist(unit.settings, CLOCK).mend


def test_the_list_desk_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A desk that serves passes; without one the mend says what to start."""
    broker = Broker(tmp_path / "broker").start()
    served = Served(tmp_path, Town())
    unit = Unit(tmp_path / "unit", served)
    served.publish(100, [served.town.full(10, "ABC1234")])
    section = section_of(broker, "elm-street")
    settings = unit.settings.model_copy(update={"delivery": section})
    monkeypatch.setattr(check_lists, "_WAIT_S", 0.5)
    found = check_desk(settings, CLOCK)
    assert (found.passed, "has not answered" in found.sentence) == (False, True)
    assert "edge hotlist serve" in found.mend
    monkeypatch.setattr(check_lists, "_WAIT_S", 30.0)
    assert "the newest is number 10" in _with_desk(served, section, settings)
    broker.stop()
    found = check_desk(settings, CLOCK)
    assert not found.passed


def _with_desk(served: Served, section: DeliverySection, settings: Settings) -> str:
    """Return what the check says while a desk serves."""
    link = Link(section, "desk", [every_unit(TOWN, Kind.ASK)], CLOCK)
    desk = ListDesk(served.folder, TOWN, served.roster, link, CLOCK)
    over = threading.Event()
    thread = threading.Thread(target=desk.run, args=(over,))
    link.start()
    thread.start()
    try:
        found = check_desk(settings, CLOCK)
    finally:
        over.set()
        thread.join()
        link.stop()
    assert found.passed, found.sentence
    return found.sentence
