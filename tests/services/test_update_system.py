"""At the desk: a system that RAUC has made is signed as a release, or refused with a sentence."""

import json
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.services.update_file import check_bundle
from edge.services.update_sign import Wish, sign_update, verified
from tests.keys.cast import ISSUED
from tests.services.updating import updater_keys, updating_roster

INFO = {
    "compatible": "edge-plates-arm64",
    "version": "9.0",
    "images": [
        {"rootfs": {"filename": "root.img", "checksum": "ab" * 32, "size": 7}},
        {"boot": {"filename": "boot.tar", "checksum": "cd" * 32, "hooks": ["post-install"]}},
    ],
}


def bundle(folder: Path, monkeypatch: pytest.MonkeyPatch, info: object, status: int = 0) -> Path:
    """Make a file that begins as RAUC's do, and a program that says *info* of it."""
    (folder / "info.json").write_text(json.dumps(info))
    program = folder / "bin/rauc"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\n[ {status} = 0 ] && cat {folder}/info.json || echo 'not a bundle' >&2\n"
        f"exit {status}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    file = folder / "edge-9.0-arm64.raucb"
    file.write_bytes(b"hsqs" + bytes(2000))
    return file


def test_a_system_is_signed_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, architecture and images are RAUC's word; no Python is named, for it brings one."""
    made = sign_update(
        Wish(bundle(tmp_path, monkeypatch, INFO), 7, "0.1.0"), updater_keys(), ISSUED
    )
    assert made.name == "edge-9.0-arm64-system-7.update"
    found, vouched = verified(made, updating_roster(), ISSUED)
    release = vouched.release
    assert (release.version, release.arch, release.system) == ("9.0", "arm64", True)
    assert release.files == {"root.img": "ab" * 32, "boot.tar": "cd" * 32}
    check_bundle(found, release)


@pytest.mark.parametrize(
    ("info", "status", "why"),
    [
        ({**INFO, "compatible": "somebody's radio"}, 0, "scripts/rauc-bundle makes systems"),
        ({"version": "9.0"}, 0, "RAUC does not read it"),
        (INFO, 1, "RAUC does not read it .*not a bundle"),
    ],
    ids=["foreign", "words", "refused"],
)
def test_what_is_no_system_of_ours_is_not_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, info: object, status: int, why: str
) -> None:
    """Nothing is written; the sentence says what RAUC said, or what was expected."""
    file = bundle(tmp_path, monkeypatch, info, status)
    with pytest.raises(UpdateError, match=why):
        sign_update(Wish(file, 7, "0.1.0"), updater_keys(), ISSUED)
    assert not list(tmp_path.glob("*.update"))
