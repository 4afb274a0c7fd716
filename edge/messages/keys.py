"""Keys that bring kept reads over a reboot: a unit asks the archive, the archive gives.

Ahead, the archive makes wrapping keys and gives the public halves, each with the time after which
the unit may use it. After a reboot the unit asks for private halves back, and gets those whose
limit has not come, wrapped for a key that it made for this one ask. The unit signs its asks; they
travel in the clear, for they hold nothing but public halves. The archive signs what it gives; that
travels as an order, sealed to the unit.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name
from edge.keys.signed import Signed, from_bytes, sign, to_bytes

ASK: Final = "reads-keys"
GIVE: Final = "wrapping-key"
ASK_LIMIT: Final = 64 * 1024
MOST_AHEAD: Final = 48  # keys given at a time
MOST_BACK: Final = 1024  # keys asked back at a time

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Milliseconds = Annotated[int, Field(ge=0, le=366 * 86_400_000)]


class AheadAsk(canonical.Row):
    """A unit asks for wrapping keys for the slots to come.

    Attributes:
        slot_ms, keep_ms: how long a slot is, and for how long reads are kept.
    """

    v: Literal[1]
    act: Literal["ahead"]
    nonce: Nonce
    slot_ms: Annotated[int, Field(ge=1000, le=3_600_000)]
    keep_ms: _Milliseconds
    count: Annotated[int, Field(ge=1, le=MOST_AHEAD)]


class BackAsk(canonical.Row):
    """A unit asks for its own keys back, after a reboot.

    Attributes:
        ids: of wrapping keys.
        ephemeral: public half, base64, that they are to be wrapped for.
    """

    v: Literal[1]
    act: Literal["back"]
    nonce: Nonce
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_BACK)]
    ephemeral: str


class Ahead(canonical.Row):
    """One wrapping key: its public half, and how long after now it may be used."""

    key: str
    after_ms: _Milliseconds


class AheadGive(canonical.Row):
    """The archive gives wrapping keys for the slots to come."""

    v: Literal[1]
    act: Literal["ahead"]
    unit: Name
    nonce: Nonce
    keys: Annotated[list[Ahead], Field(max_length=MOST_AHEAD)]


class Back(canonical.Row):
    """One private half, wrapped for the ask's key, and how long it still lives."""

    id: Id
    key: str
    left_ms: _Milliseconds


class BackGive(canonical.Row):
    """The archive gives what still lives of the keys that were asked for; the others are dead."""

    v: Literal[1]
    act: Literal["back"]
    unit: Name
    nonce: Nonce
    keys: Annotated[list[Back], Field(max_length=MOST_BACK)]


def sign_ask(ask: AheadAsk | BackAsk, own: Identity) -> bytes:
    """Return a unit's ask, for its topic ``keys``."""
    return to_bytes(sign(ASK, canonical.write(ask), own))


def open_ask(blob: bytes) -> Signed:
    """Return an ask, not yet checked.

    Raises:
        KeysError: it is too large, or none.
    """
    if len(blob) > ASK_LIMIT:
        raise KeysError(f"an ask for keys of {len(blob)} bytes is none")
    return from_bytes(blob, "an ask for keys", ASK)


def read_ask(signed: Signed) -> AheadAsk | BackAsk:
    """Return what a checked ask says.

    Raises:
        KeysError: it is none of this version.
    """
    what = "an ask for keys"
    if canonical.decode(signed.payload, what).get("act") == "back":
        return canonical.read(BackAsk, signed.payload, what)
    return canonical.read(AheadAsk, signed.payload, what)


def sign_give(give: AheadGive | BackGive, own: Identity) -> bytes:
    """Return the archive's answer, a document of an order."""
    return to_bytes(sign(GIVE, canonical.write(give), own))


def read_give(signed: Signed) -> AheadGive | BackGive:
    """Return what a checked answer says.

    Raises:
        KeysError: it is none of this version.
    """
    what = "wrapping keys"
    if canonical.decode(signed.payload, what).get("act") == "back":
        return canonical.read(BackGive, signed.payload, what)
    return canonical.read(AheadGive, signed.payload, what)


def about(unit: str, key: str, nonce: str) -> bytes:
    """Return what a private half on its way back is about: nobody can use it for another ask."""
    return canonical.parts(GIVE.encode(), unit.encode(), key.encode(), nonce.encode())
