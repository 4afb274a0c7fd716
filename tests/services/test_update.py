"""Updates on a unit: only what is signed, only what works, and the way back from all else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edge import __version__
from edge.errors import KeysError, UpdateError
from edge.keys.crypto import SigningKey
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.keys.trust import Root, save_root
from edge.policy.updating import Phase
from tests.keys.cast import keys_of, put_roster
from tests.services.updating import SICK, Unit, make_release, updater_keys, updating_roster

# what a disk loses is tested in test_update_cuts.py
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

OLD, NEW = f"edge-{__version__}", "edge-9.0"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path / "unit")


def test_a_release_is_taken_tried_and_kept(unit: Unit) -> None:
    """From the stick to kept: made beside, switched when quiet, well for ten seconds."""
    make_release(unit.stick, 1)
    state = unit.updater.run()
    assert state.phase is Phase.KEPT
    assert unit.links == (NEW, NEW)
    assert unit.acts() == ["staged", "switched", "kept"]
    assert state.acts[-1].signers == ["upton"]
    assert (state.newest, state.version_before) == (1, __version__)
    assert Path(unit.old).is_dir(), "the version before stays, to go back to"
    assert not unit.place.bundle.exists()


def test_nothing_happens_twice(unit: Unit) -> None:
    """The same stick, run after run: one update, one making, one restart."""
    make_release(unit.stick, 1)
    for _ in range(4):
        unit.updater.run()
    assert (unit.sides.made, len(unit.sides.restarts), len(unit.acts())) == (1, 1, 3)


@pytest.mark.parametrize(("sick", "why"), SICK.values(), ids=SICK)
def test_what_does_not_work_is_taken_back(unit: Unit, sick: dict[str, object], why: str) -> None:
    """The version before is in force again, its daemons started, the other one deleted."""
    make_release(unit.stick, 1)
    unit.eyes.when_new = sick
    before = unit.clock.now()
    state = unit.updater.run()
    assert state.phase is Phase.BACK
    assert why in state.why
    assert unit.links == (OLD, OLD)
    assert unit.sides.restarts[-1] == unit.old
    assert not (unit.sides.folder / NEW).exists()
    assert unit.acts()[-1] == "back"
    assert unit.clock.now().since(before) < 600 + 300 + 15


def test_what_was_taken_back_is_not_tried_again_by_itself(unit: Unit) -> None:
    """Neither from the stick nor by hand; only where a person says so."""
    file = make_release(unit.stick, 1)
    unit.eyes.when_new = {"broker": False}
    unit.updater.run()
    assert unit.updater.run().phase is Phase.BACK
    assert unit.sides.made == 1
    with pytest.raises(UpdateError, match="was tried here and taken back"):
        unit.updater.stage(file)
    unit.eyes.when_new = {}
    assert unit.updater.stage(file, again=True).phase is Phase.WAITING
    assert unit.updater.apply().phase is Phase.KEPT


def test_a_version_that_fails_its_own_test_is_never_in_force(unit: Unit) -> None:
    """It does not read its clip, or takes no settings of this unit: not switched to."""
    make_release(unit.stick, 1)
    unit.sides.broken["next"] = "edge 9.0 read nothing in the self-test clip"
    state = unit.updater.run()
    assert state.phase is Phase.BACK
    assert "read nothing" in state.why
    assert unit.sides.restarts == []
    assert unit.links == (OLD, OLD)


def test_a_clip_misread_on_trial_ends_it_at_once(unit: Unit) -> None:
    """Nobody waits five minutes for a version that cannot read."""
    file = make_release(unit.folder, 1)
    unit.updater.stage(file)
    tests = iter(["", "", "misread"])
    unit.sides.prove = lambda _: next(tests)  # type: ignore[method-assign]
    before = unit.clock.now()
    state = unit.updater.apply()
    assert (state.phase, state.why) == (Phase.BACK, "misread")
    assert unit.clock.now().since(before) < 5


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"paused": True}, "paused"),
        ({"camera": False}, "camera"),
        ({"broker": False}, "broker"),
        ({"tracks": 1}, "cars pass"),
        ({"minute": None}, "clock cannot be trusted"),
    ],
    ids=["paused", "camera", "broker", "cars", "clock"],
)
def test_a_unit_waits_until_it_is_quiet_and_well(
    unit: Unit, change: dict[str, object], why: str
) -> None:
    """Ready, and not switched: the reason stands in the state, for health."""
    make_release(unit.stick, 1)
    unit.eyes.change = change
    state = unit.updater.run()
    assert state.phase is Phase.WAITING
    assert why in state.waits
    assert unit.links == (OLD, OLD)
    unit.eyes.change = {}
    assert unit.updater.run().phase is Phase.KEPT


def test_alerts_that_wait_put_it_off(unit: Unit) -> None:
    """The version in force says so itself, just before the switch."""
    make_release(unit.stick, 1)
    unit.sides.broken["kept"] = "2 alert messages wait for a receipt"
    state = unit.updater.run()
    assert state.phase is Phase.WAITING
    assert state.waits == "the version in force: 2 alert messages wait for a receipt"


def test_a_pause_in_the_middle_is_nobodys_fault(unit: Unit) -> None:
    """The version before comes back; the other one stays ready and is tried after the pause."""
    make_release(unit.stick, 1)
    unit.eyes.when_new = {"paused": True}
    assert unit.updater.run().phase is Phase.WAITING
    assert unit.links == (OLD, OLD)
    unit.eyes.when_new = {}
    assert unit.updater.run().phase is Phase.KEPT


def test_forged_cut_and_foreign_files_change_nothing(unit: Unit) -> None:
    """Another key, a flipped bit, a cut, another role, another machine: refused, and told."""
    good = make_release(unit.folder / "desk", 1)
    whole = good.read_bytes()
    files = {
        "key.update": make_release(unit.folder / "a", 2, signer=updater_keys("mallory")),
        "arch.update": make_release(unit.folder / "b", 3, arch="arm64"),
        "least.update": make_release(unit.folder / "c", 4, least="5.0"),
    }
    bodies = {name: file.read_bytes() for name, file in files.items()}
    bodies["flip.update"] = whole[:-400] + bytes([whole[-400] ^ 1]) + whole[-399:]
    bodies["head.update"] = whole[:60] + bytes([whole[60] ^ 1]) + whole[61:]
    bodies["cut.update"] = whole[:-1]
    bodies["words.update"] = b"hello"
    for name, body in bodies.items():
        unit.place.inbox.mkdir(parents=True, exist_ok=True)
        (unit.place.inbox / name).write_bytes(body)
        state = unit.updater.run()
        assert state.phase is Phase.IDLE, name
        assert state.refused.startswith(name), name
        assert state.acts[-1].act == "refused"
        assert unit.links == (OLD, OLD)
        assert (unit.place.inbox / f"{name}.refused").exists()
        assert (unit.place.inbox / f"{name}.why.txt").read_text().strip() in state.refused
    assert unit.sides.restarts == []
    (unit.place.inbox / "good.update").write_bytes(whole)
    assert unit.updater.run().phase is Phase.KEPT, "the control"
    assert unit.state.refused == ""


def test_a_refusal_names_no_signer(unit: Unit) -> None:
    """Whatever stood before: on the chain a forged file is nobody's, and no version's."""
    make_release(unit.stick, 1)
    unit.updater.run()
    (unit.place.inbox / "bad.update").write_bytes(b"EDGEUPD1")
    act = unit.updater.run().acts[-1]
    assert (act.act, act.version, act.signers, act.digest) == ("refused", "", [], "")
    assert act.why.startswith("bad.update: ")


def test_only_an_updater_signs(unit: Unit) -> None:
    """The list issuer's key is on the roster, and may not."""
    with pytest.raises(UpdateError, match="only an updater"):
        make_release(unit.stick, 1, signer=keys_of("issuer"))
    with pytest.raises(UpdateError, match="somebody else approves"):
        make_release(unit.stick, 1, second=updater_keys())
    with pytest.raises(UpdateError, match="an updater or a supervisor"):
        make_release(unit.stick, 1, second=keys_of("dana"))


def test_there_is_no_way_back_without_a_second_key(unit: Unit, tmp_path: Path) -> None:
    """An older number is refused; with a second person's word over that very release it is not."""
    make_release(unit.stick, 5)
    unit.updater.run()
    older = make_release(tmp_path / "older", 4, "8.0")
    with pytest.raises(UpdateError, match="to go back takes a second key"):
        unit.updater.stage(older)
    newer = make_release(tmp_path / "newer", 4, "8.0", second=keys_of("sue", Role.SUPERVISOR))
    unit.updater.stage(newer)
    unit.eyes.versions[unit.sides.in_force()] = __version__
    state = unit.updater.apply()
    assert (state.phase, state.newest) == (Phase.KEPT, 5)
    assert state.acts[-1].signers == ["upton", "sue"]


def test_an_older_release_on_a_stick_is_no_news(unit: Unit) -> None:
    """Sticks hold what was good last year: not refused aloud, and not taken."""
    make_release(unit.stick, 5)
    unit.updater.run()
    make_release(unit.stick, 4, "8.0")
    state = unit.updater.run()
    assert (state.refused, state.version) == ("", "9.0")


def test_a_newer_release_replaces_one_that_waits(unit: Unit) -> None:
    """The one that waited is deleted; the newest of several is taken."""
    make_release(unit.stick, 1)
    unit.eyes.change = {"tracks": 1}
    unit.updater.run()
    make_release(unit.stick, 2, "9.1")
    make_release(unit.stick, 3, "9.2")
    assert unit.updater.run().version == "9.2"
    assert not (unit.sides.folder / NEW).exists()


def test_a_file_that_still_comes_is_waited_for(unit: Unit) -> None:
    """Written to in the last minute: neither taken nor refused."""
    file = make_release(unit.stick, 1)
    whole = file.read_bytes()
    file.write_bytes(whole[:500])
    now = unit.clock.now().utc_ns / 1e9
    os.utime(file, (now - 5, now - 5))
    state = unit.updater.run()
    assert (state.phase, state.refused) == (Phase.IDLE, "")
    file.write_bytes(whole)
    assert unit.updater.run().phase is Phase.KEPT


def test_the_first_root_is_believed_and_no_other(unit: Unit) -> None:
    """Whoever takes the reading daemon's folder of keys over has still no software signed."""
    make_release(unit.stick, 1)
    unit.updater.run()
    town = unit.keys / "town.json"
    save_root(Root("windsor", SigningKey.make().public), town)
    file = make_release(unit.folder, 2, "9.1")
    with pytest.raises(UpdateError, match="is another root than"):
        unit.updater.stage(file)


def test_an_older_roster_is_not_believed_again(unit: Unit) -> None:
    """A revoked updater stays revoked, whatever roster lies in the unit's folder of keys."""
    revoked = updating_roster(2)
    gone = Revocation("upton", updater_keys().signing.public, revoked.issued, "stolen")
    put_roster(unit.keys, replace(revoked, revoked=(gone,)))
    file = make_release(unit.folder, 1)
    with pytest.raises(KeysError, match="revoked"):
        unit.updater.stage(file)
    put_roster(unit.keys, updating_roster(1))
    with pytest.raises((KeysError, UpdateError)):
        unit.updater.stage(file)


def test_by_hand_one_may_go_back(unit: Unit) -> None:
    """The version before is in force and found good again; the release is not tried by itself."""
    make_release(unit.stick, 1)
    unit.updater.run()
    state = unit.updater.back()
    assert (state.phase, state.current) == (Phase.BACK, "")
    assert unit.links == (OLD, OLD)
    assert unit.updater.run().phase is Phase.BACK
    with pytest.raises(UpdateError, match="no version to go back to"):
        unit.updater.back()


def test_an_installer_by_hand_overtakes_an_update(unit: Unit) -> None:
    """What waited or was on trial is forgotten: whoever stands there knows more."""
    make_release(unit.stick, 1)
    unit.eyes.change = {"tracks": 1}
    unit.updater.run()
    other = unit.sides.folder / "edge-7.0"
    unit.sides.put(other)
    unit.sides.switch(str(other), restart=True)
    unit.sides.keep(str(other))
    unit.eyes.change = {}
    assert unit.updater.run().phase is Phase.IDLE
    assert unit.links == ("edge-7.0", "edge-7.0")


def test_a_lost_state_ends_with_what_was_found_good(unit: Unit) -> None:
    """The file is damaged in the middle of a trial: the version before comes back."""
    unit.updater.stage(make_release(unit.folder, 1))
    unit.sides.switch(unit.state.side, restart=True)
    (unit.place.folder / "state.json").write_bytes(b'{"phase"')
    unit.reboot()
    assert unit.links == (OLD, OLD)
    assert unit.state.phase is Phase.BACK
