"""A letter opens for whom it is sealed to, says who wrote it, and can lose only its picture."""

from dataclasses import replace

import pytest

from edge.errors import KeysError, MessageError
from edge.keys.roles import Role
from edge.messages.letter import Letter, open_letter, pack, seal_letter, unpack
from tests.keys.town import NOW, Town

TOWN = Town()
UNIT, OTHER = TOWN.add(Role.UNIT, "main-street"), TOWN.add(Role.UNIT, "elm-street")
CONSOLE, THIEF = TOWN.add(Role.CONSOLE, "car-12"), TOWN.add(Role.CONSOLE, "car-13")
LETTER = seal_letter("alert", b'{"plate":"AB12345"}', b"a picture", UNIT, [TOWN.party(CONSOLE)])


def opened(letter: Letter, **changes: object):
    usual = {"own": CONSOLE, "roster": TOWN.roster(), "roles": Role.UNIT, "at": NOW}
    return open_letter("alert", letter, **{**usual, **changes})


def test_the_recipient_finds_words_picture_and_sender() -> None:
    """What was packed is what is found, with the signer's line of the roster."""
    found = opened(unpack(pack(LETTER), "a message", 10_000))
    assert (found.words, found.picture) == (b'{"plate":"AB12345"}', b"a picture")
    assert found.sender == TOWN.party(UNIT)


def test_words_open_without_their_picture_and_never_with_another() -> None:
    """The picture may be left out; changed, or from another letter, it is refused."""
    assert opened(replace(LETTER, picture=b"")).picture == b""
    other = seal_letter("alert", b"{}", b"another", UNIT, [TOWN.party(CONSOLE)])
    for wrong in (other.picture, LETTER.picture[:-1], LETTER.picture[:-1] + b"\0\0"):
        with pytest.raises(KeysError, match="not its own"):
            opened(replace(LETTER, picture=wrong))


def test_no_changed_byte_is_believed() -> None:
    """Every byte of the words is covered; one that changes ends in a refusal."""
    for at in range(0, len(LETTER.body), 7):
        body = bytearray(LETTER.body)
        body[at] ^= 1
        with pytest.raises(KeysError):
            opened(replace(LETTER, body=bytes(body)))


def test_who_is_not_named_opens_nothing() -> None:
    """A console of the same town that the letter is not sealed to finds noise."""
    with pytest.raises(KeysError, match="not sealed to car-13"):
        opened(LETTER, own=THIEF)


def test_only_the_asked_role_is_believed() -> None:
    """A console's letter is no unit's, however well it is signed and sealed."""
    forged = seal_letter("alert", b"{}", b"", THIEF, [TOWN.party(CONSOLE)])
    with pytest.raises(KeysError, match="car-13 is console; only unit"):
        opened(forged)


def test_a_revoked_sender_is_believed_no_more() -> None:
    """From the revocation on, whatever the letter says of its time."""
    town = Town(root=TOWN.root, parties=list(TOWN.parties))
    town.revoke(UNIT)
    with pytest.raises(KeysError, match="revoked"):
        opened(LETTER, roster=town.roster())


def test_another_kind_is_not_opened_as_this_one() -> None:
    """A verdict can't be played as an alert."""
    with pytest.raises(KeysError, match="a sealed verdict"):
        opened(seal_letter("verdict", b"{}", b"", UNIT, [TOWN.party(CONSOLE)]))


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"", "no sealed letter"),
        (b'{"v":1}', "no sealed letter"),
        (pack(LETTER)[:12], "cut short"),
        (pack(Letter(b"", b"picture")), "cut short"),
        (pack(LETTER) + bytes(10_000), "over the limit of 10000"),
    ],
    ids=["empty", "json", "cut", "no words", "long"],  # seals differ in each process
)
def test_what_is_no_letter_is_refused(blob: bytes, why: str) -> None:
    """Each with a sentence that says why."""
    with pytest.raises(MessageError, match=why):
        unpack(blob, "a message", 10_000)
