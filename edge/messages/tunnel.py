"""Asking for a tunnel to a unit's own page, and the unit's answer: two signed documents.

A technician signs the request with the roster's key; it names one unit, lives for a minute and
brings a fresh key. The unit signs what it answers, with a fresh key of its own, or why not. What
follows on the same topics are records that only these two can make and open
(:mod:`edge.keys.tunnel`).
"""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from edge.errors import TunnelError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, from_bytes, payload_of, sign, to_bytes
from edge.keys.tunnel import OVERHEAD, SESSION_BYTES

ASK: Final = "tunnel-ask"
ANSWER: Final = "tunnel-answer"
DOCUMENT_LIMIT: Final = 4096
LIFE: Final = timedelta(seconds=60)
LARGEST: Final = 16 * 1024
"""Content of the largest record, bytes: an alert waits for at most one of them."""
RECORD_LIMIT: Final = LARGEST + OVERHEAD
LONGEST: Final = timedelta(hours=1)

_LATER: Final = ("laptop", "over")
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Ask(canonical.Row):
    """What a technician signs."""

    v: Literal[1]
    unit: Name
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="128 random bits: a request counts once."
    )
    made: _Time
    expires: _Time
    key: str = Field(description="A fresh X25519 public key.")
    laptop: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = Field(
        default="", description="Of this run of the laptop's command, random: its later requests."
    )
    over: bool = Field(
        default=False, description="Put out the same technician's other laptop, knowingly."
    )

    @model_serializer(mode="wrap")
    def _sparing(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what came later and says nothing: older requests stay as they were."""
        told: dict[str, object] = handler(self)
        return {name: value for name, value in told.items() if name not in _LATER or value}


class Answer(canonical.Row):
    """What the unit signs; *key*, *session* and the limits are empty where it is refused."""

    v: Literal[1]
    unit: Name
    ask: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of the signed request."
    )
    refused: Annotated[str, Field(max_length=400)] = ""
    key: str = ""
    session: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    until: str = Field(default="", description="When it ends at the latest.")
    budget: int = Field(default=0, ge=0, description="Bytes both ways together; then it ends.")
    secure: bool = Field(default=False, description="The page speaks TLS.")


def new_ask(
    unit: str,
    key: OpeningKey,
    technician: Identity,
    now: datetime,
    laptop: str = "",
    *,
    over: bool = False,
) -> Signed:
    """Return a request for *unit*, good for a minute from *now*.

    Args:
        laptop: as :func:`new_session` made it for all requests of one run.
        over: put out the same technician's other laptop.
    """
    ask = Ask(
        v=1,
        unit=unit,
        nonce=secrets.token_hex(16),
        made=to_time(now),
        expires=to_time(now + LIFE),
        key=canonical.to_text(key.public.raw),
        laptop=laptop,
        over=over,
    )
    return sign(ASK, canonical.write(ask), technician)


def read_ask(blob: bytes) -> tuple[Signed, Ask]:
    """Return a request as it came; nobody vouches for it.

    Raises:
        KeysError: it is none.
    """
    what = "a request for a tunnel"
    signed = from_bytes(blob[: DOCUMENT_LIMIT + 1], what, ASK)
    ask = canonical.read(Ask, payload_of(signed, ASK), what)
    key_of(ask.key)
    return signed, ask


def check_ask(ask: Ask, unit: str, at: datetime) -> None:
    """Raise TunnelError unless *ask* is for *unit*, and now."""
    if ask.unit != unit:
        raise TunnelError(f"the request is for {ask.unit}, and this is {unit}")
    made, expires = from_time(ask.made), from_time(ask.expires)
    if not made < expires <= made + LIFE:
        raise TunnelError(f"a request lives for {LIFE.seconds} s, not until {ask.expires}")
    if not made - LIFE <= at < expires:
        raise TunnelError(
            f"the request is of {ask.made} and ends at {ask.expires}, and the unit's clock says"
            f" {to_time(at)}: ask again, or set the clock that is wrong"
        )


def sign_answer(answer: Answer, unit: Identity) -> bytes:
    """Return *answer* as it goes over the wire."""
    return to_bytes(sign(ANSWER, canonical.write(answer), unit))


def read_answer(blob: bytes, ask: Signed, roster: Roster, unit: str, at: datetime) -> Answer:
    """Return the unit's own answer to *ask*.

    Raises:
        KeysError: it is none, or the unit has not signed it.
        TunnelError: it answers another request, or refuses.
    """
    what = "the answer about a tunnel"
    signed = from_bytes(blob[: DOCUMENT_LIMIT + 1], what, ANSWER)
    sender = roster.check(signed, Role.UNIT, at)
    answer = canonical.read(Answer, payload_of(signed, ANSWER), what)
    if (sender.name, answer.unit, answer.ask) != (unit, unit, digest(ask)):
        raise TunnelError("the answer is another unit's, or to another request", again=True)
    if answer.refused:
        raise TunnelError(f"{unit} refuses: {answer.refused}")
    if not answer.session:
        raise TunnelError(f"the answer of {unit} names no session: update the unit")
    key_of(answer.key)
    return answer


def key_of(text: str) -> SealingKey:
    """Return the public key in a document.

    Raises:
        KeysError: it is none.
    """
    return SealingKey(canonical.from_text(text, "the key of a tunnel"))


def new_session() -> str:
    """Return a name that no other session has."""
    return secrets.token_hex(SESSION_BYTES)
