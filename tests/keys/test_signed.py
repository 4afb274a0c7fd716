"""Signed documents as files, and what a signature covers."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import KeysError
from edge.keys.crypto import SigningKey, VerifyKey, fingerprint, weak
from edge.keys.identity import FILE, load_identity, make_identity, save_identity, successor
from edge.keys.roles import Role
from edge.keys.signed import from_bytes, holds, sign, to_bytes

OWN = make_identity("state-police", Role.LIST_ISSUER, "windsor")
BLOB = to_bytes(sign("list-manifest", b"entries", OWN))
texts = st.text("abc-", min_size=1, max_size=6)


@given(st.binary(max_size=500))
def test_a_document_survives_its_file(payload: bytes) -> None:
    """Bytes and back give the same document, and the signature holds."""
    signed = sign("list-manifest", payload, OWN)
    again = from_bytes(to_bytes(signed), "file", "list-manifest")
    assert again == signed
    assert holds(again, OWN.signing.public, "windsor")


@given(st.integers(0, len(BLOB) * 8 - 1))
def test_no_flipped_bit_holds(bit: int) -> None:
    """Any one changed bit is either refused at once or breaks the signature."""
    changed = bytearray(BLOB)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        signed = from_bytes(bytes(changed), "file", "list-manifest")
    except KeysError:
        return
    assert not holds(signed, OWN.signing.public, "windsor")


@given(texts, texts, st.binary(max_size=4), texts, texts, st.binary(max_size=4))
def test_fields_cannot_flow_into_each_other(
    kind: str, signer: str, payload: bytes, kind2: str, signer2: str, payload2: bytes
) -> None:
    """A signature over one (kind, signer, payload) holds for no other."""
    key = SigningKey.make()
    one = sign(kind, payload, _own(key, signer))
    other = sign(kind2, payload2, _own(key, signer2))
    same = (kind, signer, payload) == (kind2, signer2, payload2)
    assert (one.signature == other.signature) is same


def _own(key: SigningKey, name: str):
    return replace(OWN, signing=key, name=name)


def test_another_kind_is_told_apart() -> None:
    """Who wants a roster is told what the file is."""
    with pytest.raises(KeysError, match="is of kind list-manifest, and kind roster is wanted"):
        from_bytes(BLOB, "file", "roster")


def test_fingerprints_differ_by_keys_and_read_well() -> None:
    """Six groups of five digits, others for other keys and for the same bytes in another use."""
    key = OWN.signing.public
    told = fingerprint(key)
    assert [len(group) for group in told.split(" ")] == [5] * 6
    assert told.replace(" ", "").isdigit()
    assert told == fingerprint(key)
    assert len({told, fingerprint(SigningKey.make().public), fingerprint(key, key)}) == 3


@pytest.mark.parametrize("first", [b"\0", b"\1"])
def test_weak_keys_are_known(first: bytes) -> None:
    """Two points under which anybody can sign, and the control: a made key is none."""
    assert weak(VerifyKey(first + bytes(31)))
    assert not weak(OWN.signing.public)


def test_private_keys_are_not_shown() -> None:
    """A key in a log line or a traceback tells nothing."""
    identity = make_identity("main-street", Role.UNIT, "windsor")
    assert repr(identity.signing.raw) not in repr(identity)
    assert "raw" not in repr(identity.signing)
    assert "raw" not in repr(identity.opening)


def test_an_identity_survives_its_folder(tmp_path: Path) -> None:
    """Saved and loaded it is the same, in files that are its owner's alone."""
    folder = tmp_path / "keys"
    identity = make_identity("main-street", Role.UNIT, "windsor")
    save_identity(identity, folder)
    assert load_identity(folder) == identity
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == {
        "identity.key": 0o600,
    }


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """Group and world have no part in a private key; the control is the same file at 0600."""
    folder = tmp_path / "keys"
    save_identity(OWN, folder)
    assert load_identity(folder) == OWN
    (folder / FILE).chmod(mode)
    with pytest.raises(KeysError, match=r"identity.key: others than its owner .* chmod 600"):
        load_identity(folder)


def test_systemd_credentials_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With LoadCredential= the folder holds no private key, and group rights are systemd's."""
    folder, credentials = tmp_path / "keys", tmp_path / "credentials"
    save_identity(OWN, folder)
    credentials.mkdir()
    (folder / FILE).rename(credentials / FILE)
    (credentials / FILE).chmod(0o440)
    with pytest.raises(KeysError, match="cannot be read"):
        load_identity(folder)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert load_identity(folder) == OWN


def test_a_successor_is_the_same_party_with_other_keys(tmp_path: Path) -> None:
    """Its opening key of before goes with it, through the file and back."""
    old = make_identity("main-street", Role.UNIT, "windsor")
    new = successor(old)
    assert (new.name, new.role, new.town) == (old.name, old.role, old.town)
    assert new.earlier == (old.opening,)
    assert old.signing != new.signing
    save_identity(new, tmp_path / "keys")
    assert load_identity(tmp_path / "keys") == new


def test_a_damaged_identity_is_refused(tmp_path: Path) -> None:
    """A file cut short, and one whose role lacks its opening key, have their sentences."""
    folder = tmp_path / "keys"
    save_identity(make_identity("main-street", Role.UNIT, "windsor"), folder)
    body = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(body[:-9])
    with pytest.raises(KeysError, match="is damaged"):
        load_identity(folder)
    (folder / FILE).write_bytes(body.replace(b'"unit"', b'"updater"'))
    with pytest.raises(KeysError, match="has not the keys of the role updater"):
        load_identity(folder)


@pytest.mark.parametrize("name", ["", "Main Street", "../up", "a" * 33, "-a", "a\n"])
def test_names_are_names(name: str) -> None:
    """A name is safe in a topic, in a certificate and as a folder."""
    with pytest.raises(KeysError, match="cannot be a party's name"):
        make_identity(name, Role.UNIT, "windsor")
