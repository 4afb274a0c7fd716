"""Lists by https: a real server with a town's CA, a poller, an inbox and the real installer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.keys.crypto import SigningKey
from edge.keys.identity import make_identity
from edge.keys.roles import Role
from tests.brokers import until
from tests.certificates import Authority
from tests.hotlist.bundles import Town, rows
from tests.services.polling import Fleet, Web


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path)
    yield made
    made.web.stop()


def in_force(fleet: Fleet, *plates: str) -> None:
    """Bring a full list of *plates* in force by polling."""
    fleet.publish(100, [fleet.town.full(10, *plates)])
    assert fleet.step() == ""
    fleet.install()
    assert fleet.stage.plates() == sorted(plates)


def test_a_published_list_comes_into_force(fleet: Fleet):
    """What the desk publishes is polled over TLS, renamed into the inbox and installed."""
    in_force(fleet, "ABC1234", "XYZ9876")
    assert fleet.stage.sequence() == 10
    assert not list(fleet.inbox.glob("*.part"))


def test_a_removal_comes_into_force(fleet: Fleet):
    """A car that was found is off the list after the next poll; only the removal is loaded."""
    in_force(fleet, "ABC1234", "XYZ9876")
    base = rows("ABC1234", "XYZ9876")
    full = fleet.town.full(10, "ABC1234", "XYZ9876")
    off = fleet.town.recovered(11, base, "E-ABC1234")
    fleet.web.asked.clear()
    fleet.publish(101, [full, off])
    assert fleet.step() == ""
    fleet.install()
    assert fleet.stage.plates() == ["XYZ9876"]
    assert len(fleet.loads()) == 1
    assert fleet.step() == ""
    assert len(fleet.loads()) == 1


def test_an_unchanged_manifest_costs_one_small_answer(fleet: Fleet):
    """The second poll is answered 304 and loads nothing; a changed manifest is loaded again."""
    in_force(fleet, "ABC1234")
    fleet.web.codes.clear()
    assert fleet.step() == ""
    assert fleet.web.codes == [304]
    fleet.publish(101, [fleet.town.full(11, "NEW1111")])
    assert fleet.step() == ""
    assert fleet.web.codes == [304, 200, 200]


def test_unchanged_without_a_first_answer_is_a_fault(fleet: Fleet):
    """A server that says "unchanged" to a unit that has nothing is told of, not believed."""
    fleet.web.unchanged.add("manifest")
    assert "the server answered 304" in fleet.step()
    fleet.web.unchanged.clear()
    in_force(fleet, "ABC1234")


def test_a_unit_takes_the_changes_that_lead_from_its_list(fleet: Fleet):
    """With the base in force the two deltas are loaded and not the whole list."""
    many = [f"AAA{number}" for number in range(1000, 1100)]
    in_force(fleet, *many)
    lists = ([*many], [*many, "BBB2222"], [*many[1:], "BBB2222", "CCC3333"])
    first, second = (
        fleet.town.delta(number, rows(*before), rows(*after))
        for number, before, after in ((11, *lists[:2]), (13, *lists[1:]))
    )
    whole = fleet.town.full(12, *lists[1])
    fleet.publish(101, [fleet.town.full(10, *many), first, whole, second])
    fleet.web.asked.clear()
    assert fleet.step() == ""
    assert [name.split("-")[1] for name in fleet.loads()] == ["11", "13"]
    fleet.install()
    assert fleet.stage.plates() == lists[2]


def test_what_lies_in_the_inbox_is_not_loaded_twice(fleet: Fleet):
    """A second poll before watch has looked asks for no file again."""
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    assert fleet.step() == "" == fleet.step()
    assert len(fleet.loads()) == 1


def test_a_refused_bundle_is_not_loaded_again(fleet: Fleet):
    """What the installer refused stays away, and the unit says that it lacks the newest list."""
    in_force(fleet, "ABC1234")
    other = Town()
    alien = other.full(11, "EEE5555")
    unit, fleet.town.unit = fleet.town.unit, other.unit
    fleet.publish(101, [alien])
    fleet.town.unit = unit
    fleet.step()
    fleet.install()
    assert (fleet.inbox / "refused").is_dir()
    fleet.web.asked.clear()
    assert "refused here" in fleet.step()
    assert fleet.loads() == []
    assert fleet.stage.plates() == ["ABC1234"]


def forged(fleet: Fleet) -> None:
    """Sign with a key that the roster does not know, in an issuer's name."""
    fleet.publish(101, [], make_identity("desk", Role.LIST_ISSUER, "ashford"))


def changed(fleet: Fleet) -> None:
    """Change one byte after signing."""
    body = fleet.web.files["manifest"]
    fleet.web.files["manifest"] = body.replace(b'"sequence":100', b'"sequence":109')


def other_town(fleet: Fleet) -> None:
    """Publish another town's, signed by its own issuer."""
    fleet.publish(101, [], make_identity("desk", Role.LIST_ISSUER, "windsor"))


def replayed(fleet: Fleet) -> None:
    """Play an older one back."""
    fleet.publish(99, [])


def twice(fleet: Fleet) -> None:
    """Publish another one of the same number."""
    fleet.publish(100, [])


def no_manifest(fleet: Fleet) -> None:
    """Serve what is none."""
    fleet.web.files["manifest"] = b"<html>welcome</html>"


def endless(fleet: Fleet) -> None:
    """Serve far more than a manifest."""
    fleet.web.files["manifest"] = bytes(1_000_000)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (forged, "signature of desk does not hold"),
        (changed, "signature of desk does not hold"),
        (other_town, "signature of desk does not hold"),
        (replayed, "plays an old manifest back"),
        (twice, "another manifest of number 100"),
        (no_manifest, "not a signed document"),
        (endless, "more than the 256000 bytes"),
    ],
)
def test_a_bad_manifest_is_refused_and_said(fleet: Fleet, fault, words: str):
    """A manifest that is not the town's newest loads nothing, is told, and is overcome."""
    in_force(fleet, "ABC1234")
    fault(fleet)
    fleet.web.asked.clear()
    assert words in fleet.step()
    assert words in fleet.step()  # not hidden by the server's "unchanged"
    assert fleet.loads() == []
    fleet.publish(102, [fleet.town.full(12, "NEW1111")])
    assert fleet.step() == ""
    fleet.install()
    assert fleet.stage.plates() == ["NEW1111"]


def test_a_replay_is_refused_after_a_restart(fleet: Fleet):
    """The newest number that was seen outlives the process."""
    in_force(fleet, "ABC1234")
    replayed(fleet)
    fleet.restart()
    assert "plays an old manifest back" in fleet.step()


def test_a_supervisor_signs_no_manifest(fleet: Fleet):
    """Only an issuer's signature counts: the roster's role is looked at, not only the key."""
    fleet.town.issuer, desk = fleet.town.supervisor, fleet.town.issuer
    with pytest.raises(Exception, match="only a list-issuer"):
        fleet.publish(100, [])
    fleet.town.issuer = desk
    fleet.publish(100, [])
    assert fleet.step() == ""


def test_a_file_of_another_digest_is_deleted(fleet: Fleet):
    """A file that is not the one that was signed for never gets its name; a new manifest mends."""
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    name = next(one for one in fleet.web.files if one.endswith(".bundle"))
    right = fleet.web.files[name]
    fleet.web.files[name] = right[:-1] + bytes([right[-1] ^ 1])
    assert "another file than the manifest names" in fleet.step()
    assert fleet.arrived() == []
    fleet.web.asked.clear()
    assert "another file" in fleet.step()
    assert len(fleet.loads()) <= 1  # it waits longer and longer before it loads that again
    fleet.web.files[name] = right
    fleet.publish(101, [fleet.town.full(11, "ABC1234")])
    assert fleet.step() == ""


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_transfer_goes_on(fleet: Fleet, ranges: bool):
    """What broke off goes on where it ended, also after a restart; without Range it begins anew."""
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    name = next(one for one in fleet.web.files if one.endswith(".bundle"))
    fleet.web.ranges = ranges
    fleet.web.cuts[name] = 100
    assert "broke off after 100 of" in fleet.step()
    assert fleet.arrived() == []
    fleet.restart()
    assert fleet.step() == ""
    assert fleet.web.asked[-1] == (name, "bytes=100-")
    fleet.install()
    assert fleet.stage.plates() == ["ABC1234"]


def test_too_large_is_not_loaded(fleet: Fleet):
    """A bundle over the unit's limit is not asked for, and a longer file than was named is cut."""
    blob = fleet.town.full(10, "ABC1234")
    fleet.publish(100, [blob])
    fleet.changes["max_bundle_mb"] = 0.0001
    fleet.restart()
    assert "larger than hotlist.max_bundle_mb" in fleet.step()
    assert fleet.loads() == []
    fleet.changes["max_bundle_mb"] = 64.0
    fleet.restart()
    name = next(one for one in fleet.web.files if one.endswith(".bundle"))
    fleet.web.files[name] = blob + b"more"
    assert f"more than the {len(blob)} bytes" in fleet.step()
    assert fleet.arrived() == []


@pytest.mark.parametrize("where", ["https://localhost:9/m", "http://example.org/m", "file:///m"])
def test_redirects_stay_on_the_host(fleet: Fleet, where: str):
    """Neither another host nor another scheme is followed; on the same host it is."""
    fleet.publish(100, [])
    fleet.web.leads["manifest"] = where
    assert fleet.step() != ""
    assert fleet.poll.problem.startswith("lists are not polled")
    fleet.web.files["moved"] = fleet.web.files["manifest"]
    fleet.web.leads["manifest"] = "/lists/moved"
    assert fleet.step() == ""


def test_a_server_of_another_authority_is_refused(fleet: Fleet, tmp_path: Path):
    """A server that the set CA does not vouch for gets no request at all."""
    fleet.changes["manifest_ca_file"] = str(Authority(tmp_path / "other").file)
    fleet.restart()
    assert "CERTIFICATE_VERIFY_FAILED" in fleet.step()
    assert fleet.web.asked == []


def test_a_missing_ca_file_is_only_a_sentence(fleet: Fleet):
    """A wrong setting for lists ends no process that sends alerts."""
    fleet.changes["manifest_ca_file"] = "/nowhere/ca.pem"
    fleet.restart()
    assert "hotlist.manifest_ca_file is not there" in fleet.step()


def test_a_client_certificate_is_shown(fleet: Fleet):
    """A server that asks for one is polled with it, and refuses without."""
    fleet.web.stop()
    fleet.web = Web(fleet.authority, fleet.authority)
    fleet.publish(100, [])
    fleet.changes["manifest_url"] = fleet.web.url
    fleet.restart()
    assert fleet.step() != ""
    pair = fleet.authority.issue("elm-street")
    fleet.changes["manifest_certificate_file"] = str(pair.certificate)
    fleet.changes["manifest_key_file"] = str(pair.key)
    fleet.restart()
    assert fleet.step() == ""


def test_a_server_that_comes_back_is_polled_again(fleet: Fleet):
    """While it is away the old list holds and the waits grow; then the new one comes."""
    in_force(fleet, "ABC1234")
    fleet.web.stop()
    assert "cannot be reached" in fleet.step()
    assert fleet.poll._away.bound_s > fleet.settings.hotlist.poll_s
    assert fleet.stage.plates() == ["ABC1234"]
    fleet.web.start()
    fleet.publish(101, [fleet.town.full(11, "NEW1111")])
    assert fleet.step() == ""
    fleet.install()
    assert fleet.stage.plates() == ["NEW1111"]


def test_a_roster_of_a_stranger_is_said(fleet: Fleet):
    """Without a roster that the town's root signed no manifest is believed."""
    stranger = Town(root=SigningKey.make())
    fleet.town, town = stranger, fleet.town
    fleet.publish(100, [])
    fleet.town = town
    assert "does not hold" in fleet.step()


def test_the_thread_polls_and_ends(fleet: Fleet):
    """Started, it loads what is published by itself; stopped, it is gone."""
    fleet.changes["poll_s"] = 1.0
    fleet.publish(100, [fleet.town.full(10, "ABC1234")])
    poll = fleet.restart()
    poll.start()
    until(lambda: bool(fleet.arrived()), what="a bundle in the inbox")
    poll.stop()
    assert not poll._thread.is_alive()
