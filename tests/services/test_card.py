"""Every way in which a card may be wrong: refused before anything is touched, and told how."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.keys.x509 import issue, make_authority, make_tls_key, tls_public
from edge.services.card import read_card
from edge.services.erase import erase_tree
from edge.services.flashes import Fault
from edge.services.places import Places
from edge.services.wipe import wipe
from tests.keys.town import NOW
from tests.services.cards import Desk, Unit, open_desk, row

# what a disk loses is tested in tests/keys
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a good card."""
    desk = open_desk(tmp_path_factory.mktemp("desk"))
    desk.make(row("main-street"))
    return desk.boot("main-street")


@pytest.fixture
def unit(card: Path, tmp_path: Path) -> Unit:
    """Return a machine with a good card in."""
    unit = Unit(tmp_path / "card", tmp_path / "unit")
    unit.root.mkdir()
    unit.insert(card)
    return unit


def refused(unit: Unit, fault: Fault, *words: str) -> None:
    with pytest.raises(ProvisionError) as error:
        unit.start()
    assert error.value.flashes == fault, str(error.value)
    assert unit.state() == {}, "a refused card left something"
    note = (unit.boot / "edge-error.txt").read_text("utf-8")
    assert all(word in note for word in words), note


TEXTS = {
    "no toml": ("[unit]", "[unit", "is not TOML", "(at line 10, column 6)"),
    "no table": ("[provision]", "[provisio]", "1:1: has no table [provision]"),
    "unknown in table": ("number = 1", "numbr = 1", "4:1: provision.numbr", "known are version"),
    "number as text": ("number = 1", 'number = "1"', "4:1: provision.number", "valid integer"),
    "number 0": ("number = 1", "number = 0", "4:1: provision.number", "greater than or equal to 1"),
    "a later form": ("version = 1", "version = 2", "3:1: provision.version"),
    "role": ('role = "unit"', 'role = "archive"', "provision.role", "'unit' or 'console'"),
    "a path": ('"town.json"', '"../town.json"', "provision.town_file", "pattern"),
    "unknown setting": ("place =", "plac =", "unit.plac: no such setting; did you mean 'place'?"),
    "bad value": ("latitude = 41.85", "latitude = 141.85", "unit.latitude", "Degrees north"),
    "beyond the law": ("[law]", "[reads]\nkeep_s = 86400.0\n[law]", "reads.keep_s", "us-ct allows"),
    "no place for ca": ('ca_file = "/etc/edge/ca.pem"', 'ca_file = "/tmp/x"', "provision.ca_file"),
    "keys here": ("[law]", '[keys]\nfolder = "keys"\n[law]', "keys.folder"),
    "twice": ('ca_file = "ca.pem"', 'ca_file = "roster"', "named twice"),
    "in the way": ("number = 1", 'number = 1\nsecrets = ["site.toml"]', "of another file there"),
    "no inbox": (
        "number = 1",
        'number = 1\nlists = ["a"]',
        '[hotlist]\ninbox = ""\n[law]',
        "hotlist.inbox is empty",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_wrong_text_is_told_by_place(unit: Unit, name: str) -> None:
    """Two flashes; the explanation has line, column, what was expected."""
    old, new, *words = TEXTS[name]
    card = unit.boot / "edge-site.toml"
    text = card.read_text("utf-8")
    if name == "no inbox":
        text = text.replace("[law]", words.pop(0))
    assert old in text
    card.write_text(text.replace(old, new, 1), "utf-8")
    refused(unit, Fault.SETTINGS, *words)


def test_an_inline_table_is_refused(unit: Unit) -> None:
    """[provision] must be a table of its own, or its lines could not be kept out of site.toml."""
    card = unit.boot / "edge-site.toml"
    rest = card.read_text("utf-8").split("\n\n", 1)[1]
    card.write_text(f'provision = {{ version = 1, number = 1, role = "unit" }}\n{rest}', "utf-8")
    refused(unit, Fault.SETTINGS, "1:1: write [provision] as a table of its own")


def test_what_editors_do_to_text_is_no_error(unit: Unit) -> None:
    """A byte order mark and Windows line ends are taken; UTF-16 is named."""
    card = unit.boot / "edge-site.toml"
    text = card.read_text("utf-8")
    card.write_bytes(text.encode("utf-16"))
    refused(unit, Fault.SETTINGS, "save it as UTF-8")
    card.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8"))
    assert read_card(unit.boot).settings.unit.name == "main-street"
    assert unit.start()


def test_a_huge_file_is_not_read(unit: Unit) -> None:
    """A film that was named edge-site.toml is no file of settings."""
    (unit.boot / "edge-site.toml").write_bytes(b"#" * 300_000)
    refused(unit, Fault.SETTINGS, "this is no file of settings")


@pytest.mark.parametrize("name", ["town.json", "roster", "ca.pem"])
def test_a_missing_or_empty_file_is_named(unit: Unit, name: str) -> None:
    """Three flashes: which file, and what to do."""
    file = unit.boot / "edge-site" / name
    body = file.read_bytes()
    file.write_bytes(b"")
    refused(unit, Fault.FILES, f"edge-site/{name}: is empty: copy it again")
    file.unlink()
    refused(unit, Fault.FILES, f"edge-site/{name}: is named in [provision] and is not on the card")
    file.write_bytes(body)
    assert unit.start()


def _damage_town(unit: Unit, _: Desk) -> tuple[Fault, str]:
    (unit.boot / "edge-site/town.json").write_bytes(b"{}")
    return Fault.FILES, "edge-site/town.json"


def _damage_roster(unit: Unit, _: Desk) -> tuple[Fault, str]:
    file = unit.boot / "edge-site/roster"
    file.write_bytes(file.read_bytes()[:-1])
    return Fault.TRUST, "edge-site/roster"


def _foreign_roster(unit: Unit, foreign: Desk) -> tuple[Fault, str]:
    file = unit.boot / "edge-site/roster"
    file.write_bytes((foreign.town.folder / "roster").read_bytes())
    return Fault.TRUST, "not signed by the root"


def _foreign_authority(unit: Unit, foreign: Desk) -> tuple[Fault, str]:
    file = unit.boot / "edge-site/ca.pem"
    file.write_bytes((foreign.town.folder / "authority.pem").read_bytes())
    return Fault.TRUST, "is not the authority that the roster names"


def _rubbish_authority(unit: Unit, _: Desk) -> tuple[Fault, str]:
    (unit.boot / "edge-site/ca.pem").write_bytes(b"rubbish")
    return Fault.TRUST, "a certificate is damaged"


def _other_town(unit: Unit, _: Desk) -> tuple[Fault, str]:
    card = unit.boot / "edge-site.toml"
    card.write_text(card.read_text("utf-8").replace('"windsor"', '"exeter"'), "utf-8")
    return Fault.TRUST, "unit.town is exeter, and town.json is of windsor"


DAMAGES = [
    _damage_town,
    _damage_roster,
    _foreign_roster,
    _foreign_authority,
    _rubbish_authority,
    _other_town,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__.strip("_"))
def test_what_is_not_this_towns_is_refused(
    unit: Unit, tmp_path: Path, damage: Callable[[Unit, Desk], tuple[Fault, str]]
) -> None:
    """Damaged, exchanged and forged files change nothing, and no keys are made for them."""
    (tmp_path / "foreign").mkdir()
    fault, word = damage(unit, open_desk(tmp_path / "foreign"))
    refused(unit, fault, word)


def _with_certificate(unit: Unit, pem: bytes) -> None:
    (unit.boot / "edge-site/unit.pem").write_bytes(pem)
    card = unit.boot / "edge-site.toml"
    text = card.read_text("utf-8")
    assert "number = 1\n" in text
    more = 'number = 2\ncertificate_file = "unit.pem"\n'
    card.write_text(text.replace("number = 1\n", more), "utf-8")


def test_a_certificate_for_other_keys_is_refused(tmp_path: Path) -> None:
    """Another unit's, another authority's, and one for a unit that has no keys: four flashes."""
    desk = open_desk(tmp_path)
    desk.make(row("main-street"))
    authority = desk.town._authority("five words drawn by dice")
    foreign = make_authority("windsor", NOW)
    until, public = NOW + timedelta(days=90), tls_public(make_tls_key())

    def made(by, name: str) -> bytes:
        return issue(by, public, name, "unit", [], NOW, until).pem

    fresh = desk.unit("main-street", 1)
    _with_certificate(fresh, made(authority, "main-street"))
    refused(fresh, Fault.TRUST, "keys that this unit does not have")
    unit = desk.unit("main-street")
    unit.start()
    before = unit.state()
    for pem, word in (
        (made(authority, "elm-street"), "is elm-street's"),
        (made(foreign, "main-street"), "not of the town's authority"),
        (made(authority, "main-street"), "other keys than this unit's"),
    ):
        erase_tree(unit.boot)
        unit.boot.mkdir()
        unit.insert(desk.boot("main-street"))
        _with_certificate(unit, pem)
        with pytest.raises(ProvisionError, match=word) as error:
            unit.start()
        assert error.value.flashes == Fault.TRUST
        assert unit.state() == before


def test_a_unit_forgets_who_it_was(unit: Unit) -> None:
    """Wiped by its own name alone, and not while it runs; then it is nobody, and may begin anew."""
    unit.start()
    places = Places(unit.root, owners=False)
    before = unit.state()
    with pytest.raises(ProvisionError, match="this is main-street, not elm-street"):
        wipe(places, "elm-street")
    assert unit.state() == before
    assert wipe(places, "main-street")
    assert unit.state() == {}
    with pytest.raises(ProvisionError, match="this machine is no unit"):
        wipe(places, "main-street")
