"""``edge orders``: bring the town's signed documents to its units and consoles."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from edge.clock import Clock, SystemClock
from edge.config import Settings, load
from edge.delivery.mqtt import Link
from edge.delivery.visitor import visit
from edge.errors import KeysError
from edge.keys.files import read_public
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import KIND as ROSTER
from edge.keys.roster import Roster, read_roster
from edge.keys.trust import ROOT_FILE, load_root
from edge.messages.order import MOST_DOCUMENTS, Order, kind_of
from edge.policy import grants, holds, ledger, misreads, pauses, subject
from edge.services.keyring import Keyring, open_keyring
from edge.services.order_here import take_here
from edge.services.order_send import ADDRESSEES, KEEPERS, OrderSender, Word, addressees, topics_of
from edge.services.orders import KINDS

NAME = "orders"
HELP = "Bring the town's signed documents to units and consoles, and see who has taken them."

_UNITS_ONLY = pauses.KINDS  # a console has no camera
_LETTERS = (holds.HOLD, holds.END, misreads.KIND, subject.REQUEST, subject.APPROVAL)
_CORRECTIONS = (ledger.CLAIM, ledger.CONFIRMATION)
_GRANTS = (grants.GRANT, grants.APPROVAL, grants.END)  # the archive watches over sharing
_KNOWN = (*KINDS, *_UNITS_ONLY, *_LETTERS)

_SENDERS = (Role.ARCHIVE, Role.CONSOLE)  # who may write commands at the broker
_LARGEST = 400_000  # a health message is far smaller


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    send = actions.add_parser(
        "send",
        help="send documents, and wait until they are taken",
        description="Seal FILEs to each unit and console, publish them, and print who has taken "
        "them, who refuses and why, and who has not answered. FILEs that belong together go "
        "together: a .claim and its .confirmed, a .grant and its .approved, a .lift and its "
        ".lifted, a person's request and its approval. Rosters, grants and what concerns letters "
        "that are kept go to the archive as well. Sending again is harmless. The keys and the "
        "certificate are the archive's or a console's; that party takes the order at once into "
        "its own store, on its own machine, without the broker.",
    )
    send.add_argument(
        "--to", nargs="+", metavar="NAME", default=[], help="these alone (default: all)"
    )
    send.add_argument(
        "--wait", type=float, default=60.0, metavar="S", help="for answers (default: 60)"
    )
    send.set_defaults(do=_send)
    show = actions.add_parser("show", help="what files are, and whom they would go to")
    show.set_defaults(do=_show)
    for action in (send, show):
        action.add_argument("file", nargs="+", type=Path, metavar="FILE")
        action.add_argument("--keys", type=Path, help="the sender's folder (default: keys.folder)")


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    keys = options.keys or Path(settings.keys.folder)
    keyring = open_keyring(keys, clock, set(_SENDERS))
    order = Order(keyring.identity.name, tuple(_documents(options.file)))
    roster, at = _roster(order, keyring, keys), keyring.rosters.at()
    to = addressees(roster, getattr(options, "to", ()), at, _roles(order))
    return int(options.do(options, settings, keyring, order, to))


def _roles(order: Order) -> tuple[Role, ...]:
    """Return whose business the documents are; a roster goes to whoever the others go to.

    Raises:
        KeysError: not all are the business of the same.
    """
    found = {kind_of(one, _KNOWN) for one in order.documents} - {ROSTER}
    if not found:
        return KEEPERS
    for kinds, roles in (
        (_UNITS_ONLY, (Role.UNIT,)),
        ((*_LETTERS, *_GRANTS), KEEPERS),
        (_CORRECTIONS, ADDRESSEES),
    ):
        if found <= set(kinds):
            return roles
    raise KeysError(
        f"{' and '.join(sorted(found))} do not go to the same parties: send them as two orders"
    )


def _show(
    options: argparse.Namespace,
    _: Settings,
    keyring: Keyring,
    order: Order,
    to: tuple[Party, ...],
) -> int:
    for file, document in zip(options.file, order.documents, strict=True):
        print(f"{file}: {kind_of(document, _KNOWN)}, {len(document)} bytes")
    for role in KEEPERS:
        names = [_named(party, keyring) for party in to if party.role is role]
        print(f"{role}s: {', '.join(names) or 'none'}")
    print(f"order {order.number[:12]}")
    return 0


def _named(party: Party, keyring: Keyring) -> str:
    return f"{party.name} (here)" if party.name == keyring.identity.name else party.name


def _send(
    options: argparse.Namespace,
    settings: Settings,
    keyring: Keyring,
    order: Order,
    to: tuple[Party, ...],
) -> int:
    """Return 0 when all have taken it, else 1; this machine takes its own at once."""
    clock, own = SystemClock(settings.clock.trust), keyring.identity
    wide = max((len(party.name) for party in to), default=0)
    words: list[Word] = []
    if any(party.name == own.name for party in to):
        keys = options.keys or Path(settings.keys.folder)
        words.append(take_here(order, settings, keys, own, clock))
        _print(words, wide)
    others = tuple(party for party in to if party.name != own.name)
    if others:
        said = _bring(options.wait, settings, keyring, order, others, clock)
        _print(said, wide)
        words += said
    taken = sum(word.taken is True for word in words)
    refused = sum(word.taken is False for word in words)
    print(f"{taken} have taken it, {refused} refuse, {len(words) - taken - refused} no answer")
    return 0 if words and taken == len(words) else 1


def _bring(
    wait_s: float,
    settings: Settings,
    keyring: Keyring,
    order: Order,
    to: tuple[Party, ...],
    clock: Clock,
) -> tuple[Word, ...]:
    """Return what the others say, over the broker."""
    own = keyring.identity
    link = Link(
        *visit(settings.delivery, own.town, own.name),
        topics_of(own.town, own.name),
        clock,
        largest=_LARGEST,
    )
    link.start()
    try:
        return OrderSender(link, order, to, keyring.rosters.roster, clock).send(wait_s)
    finally:
        link.stop()


def _print(words: Sequence[Word], wide: int) -> None:
    for word in words:
        print(f"{word.name:<{wide}}  {word.role:<8}  {word.sentence}", flush=True)


def _roster(order: Order, keyring: Keyring, keys: Path) -> Roster:
    """Return the roster by which to address: the one that is sent, if it is sound, or our own.

    Raises:
        KeysError: the root did not sign the one that is sent, or it is older than our own.
    """
    present = keyring.rosters.roster
    for document in order.documents:
        if kind_of(document, (ROSTER,)):
            root = load_root(keys / ROOT_FILE).key
            return read_roster(document, "the roster to be sent", root, present.sequence)
    return present


def _documents(names: list[Path]) -> list[bytes]:
    if len(names) > MOST_DOCUMENTS:
        raise KeysError(f"an order carries {MOST_DOCUMENTS} documents at most; send two orders")
    found = []
    for file in names:
        document = read_public(file)
        if not kind_of(document, _KNOWN):
            raise KeysError(f"{file}: is nothing that an order carries: {', '.join(_KNOWN)}")
        found.append(document)
    return found
