"""What travels on each topic and in which form; with the table of rights, the whole contract.

:mod:`edge.messages.document` makes the AsyncAPI document from it, and ``README.md`` beside it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.keys.roles import Role
from edge.messages.access import RIGHTS, readers, writers
from edge.messages.alert_parts import AlertMessage
from edge.messages.answer import AnswerMessage
from edge.messages.chain import ChainBatchMessage
from edge.messages.envelope import Envelope
from edge.messages.health import HealthMessage
from edge.messages.listing import AskMessage, ListMessage
from edge.messages.outcome import OutcomeMessage
from edge.messages.receipt import ReceiptMessage
from edge.messages.status import StatusMessage
from edge.messages.topics import Kind, Topic


class Form(StrEnum):
    """What stands around the JSON, and so whose word it is."""

    LETTER = "signed, then sealed"
    COVERED = "signed, then sealed, behind a signed cover"
    SIGNED = "signed"
    CHAINED = "plain rows under a signed head; what they commit to is sealed"
    SEALED = "sealed; its documents are signed"
    OFFERED = "plain; what it offers is signed and sealed"
    TUNNEL = "signed request and answer, then encrypted records between these two"
    PLAIN = "plain: the broker's word"
    NONE = "carries nothing in this version"


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of message.

    Attributes:
        model: of the JSON inside; None where there is none.
        retained: the broker keeps the newest; a convenience that clusters may lose.
        text: what it is for.
    """

    kind: Kind
    model: type[Envelope] | None
    form: Form
    retained: bool
    text: str


CHANNELS: Final = (
    Channel(
        Kind.ALERT,
        AlertMessage,
        Form.LETTER,
        retained=False,
        text="Hits, signed by the unit. Sent again with the same bytes until a receipt comes; a "
        "receiver shows an id once, and of several revisions the highest.",
    ),
    Channel(
        Kind.STATUS,
        StatusMessage,
        Form.PLAIN,
        retained=True,
        text="Online or offline; also the last will of the connection.",
    ),
    Channel(
        Kind.HEALTH,
        HealthMessage,
        Form.PLAIN,
        retained=True,
        text="How the unit does, derived from frames actually seen. Only its head is signed: how "
        "far the unit's alerts have come.",
    ),
    Channel(
        Kind.CHAIN,
        ChainBatchMessage,
        Form.CHAINED,
        retained=False,
        text="Rows of the sender's audit chain, in order, with its newest signed head: a kind, a "
        "time and a commitment each, and no content. On the wire: EDGECHN and a 1, the length of "
        "the JSON (32 bits, big-endian), the JSON, and what the rows commit to, sealed to the "
        "town's archives and auditors. Archives answer with a signed receipt on the sender's topic "
        "receipt: up to which row they hold the chain without a gap (edge/messages/"
        "chain_receipt.py).",
    ),
    Channel(
        Kind.RECEIPT,
        ReceiptMessage,
        Form.SIGNED,
        retained=False,
        text="What empties the addressee's outbox: a named receiver holds these very bytes. PUBACK "
        "does not. A console's answer to an order comes here as well.",
    ),
    Channel(
        Kind.COMMAND,
        None,
        Form.SEALED,
        retained=False,
        text="Orders: documents of the town, sealed to the addressee alone (edge/messages/"
        "order.py). Units tell in their health what became of them, consoles by a signed answer on "
        "the sender's topic receipt.",
    ),
    Channel(
        Kind.VERDICT,
        OutcomeMessage,
        Form.LETTER,
        retained=False,
        text="An officer's outcome, signed with the officer's key and sent by the console; sealed, "
        "numbered and receipted as an alert is.",
    ),
    Channel(
        Kind.LIST,
        ListMessage,
        Form.OFFERED,
        retained=False,
        text="The list desk's manifest, asked for or not, and pieces of what it offers. On the "
        "wire: EDGELST and a 1, the length of the JSON (32 bits, big-endian), the JSON, the bytes.",
    ),
    Channel(
        Kind.ASK,
        AskMessage,
        Form.PLAIN,
        retained=False,
        text="The unit asks the list desk for the manifest, or for pieces.",
    ),
    Channel(
        Kind.SEARCH,
        None,
        Form.SEALED,
        retained=False,
        text="A search: an officer's signed query and, where it is wide, a supervisor's approval, "
        "sealed to the units asked and the town's auditors (edge/messages/search.py).",
    ),
    Channel(
        Kind.ANSWER,
        AnswerMessage,
        Form.COVERED,
        retained=False,
        text="A unit's answer to a search, sealed to the officer who asked. The cover in the clear "
        "names unit, number and the query's digest, so that it can be kept and receipted unopened "
        "(edge/messages/answer.py).",
    ),
    Channel(
        Kind.KEYS,
        None,
        Form.SIGNED,
        retained=False,
        text="A unit asks the archive for keys that wrap those of kept reads, or for its own back: "
        "a signed document that holds public halves alone; the answer is an order "
        "(edge/messages/keys.py).",
    ),
    Channel(
        Kind.INWARD,
        None,
        Form.TUNNEL,
        retained=False,
        text="To a unit's own tuning page, where the town has opened that door: a technician's "
        "signed request (edge/messages/tunnel.py), then records that unit and technician alone "
        "can make and open (edge/keys/tunnel.py), at QoS 0; a record that is missing ends it.",
    ),
    Channel(
        Kind.OUTWARD,
        None,
        Form.TUNNEL,
        retained=False,
        text="From a unit's own tuning page: the unit's signed answer to a request, then records.",
    ),
)


def table() -> str:
    """Return the topics with their rights and forms, as the table of ``README.md``."""
    lines = [
        "| topic | who writes | who reads | form | retained |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in CHANNELS:
        where = Topic("TOWN", "NAME", one.kind)
        said = _who(writers(one.kind), one.kind, reads=False)
        heard = _who(readers(one.kind), one.kind, reads=True)
        kept = "yes" if one.retained else "no"
        lines.append(f"| `{where}` | {said} | {heard} | {one.form.value} | {kept} |")
    return "\n".join(lines) + "\n"


def _who(roles: tuple[Role, ...], kind: Kind, *, reads: bool) -> str:
    """Return roles in words; ``own`` is under their own name alone."""
    told = []
    for role in roles:
        rights = RIGHTS[role]
        wide = rights.read_any if reads else rights.write_any
        told.append(role.value if kind in wide else f"{role.value} (own)")
    return ", ".join(told)
