"""The folder of a party's keys, where the party itself is: made, rotated, never copied elsewhere.

A rotation has two halves. The first makes new keys beside the old ones and an application for the
root; the second, once the roster has the new key, puts them in force in one rename.
"""

from datetime import datetime
from pathlib import Path

from edge.errors import KeysError
from edge.keys import files
from edge.keys.identity import (
    FILE,
    Identity,
    load_identity,
    make_identity,
    save_identity,
    successor,
)
from edge.keys.request import make_request
from edge.keys.roles import Role
from edge.keys.roster import load_roster
from edge.keys.trust import ROOT_FILE as ROOT
from edge.keys.trust import ROSTER_FILE, load_root
from edge.keys.x509 import make_tls_key, tls_public

NEXT, TLS_KEY = "identity.next.key", "tls.key"


def make_party(folder: Path, role: Role, name: str, town: str) -> tuple[Identity, Path]:
    """Make a party's keys in *folder*; return it and its application, a file beside them.

    Raises:
        KeysError: there are keys already, a name is none, or the folder cannot be written.
    """
    if (folder / FILE).exists():
        raise KeysError(
            f"{folder}: has keys already; rotate them, or name another folder: nothing was changed"
        )
    identity, tls = make_identity(name, role, town), make_tls_key()
    files.make_folder(folder)
    files.write(folder / TLS_KEY, tls, private=True)
    application = _apply(folder, identity, tls)
    save_identity(identity, folder)
    return identity, application


def begin_rotation(folder: Path) -> tuple[Identity, Path]:
    """Make the next keys of the party in *folder*; return them and their application.

    The old ones stay in force. Begun twice, it gives the same keys again.

    Raises:
        KeysError: the folder has no keys, or cannot be written.
    """
    identity = load_identity(folder)
    if (folder / NEXT).exists():
        following = load_identity(folder, NEXT)
    else:
        following = successor(identity)
        save_identity(following, folder, NEXT)
    return following, _apply(folder, following, files.read_private(folder, TLS_KEY))


def finish_rotation(folder: Path, now: datetime) -> Identity:
    """Put the next keys in force and return them; the roster in *folder* must have them.

    Raises:
        KeysError: no rotation was begun, or the roster does not let the new key in at *now*.
    """
    if not (folder / NEXT).exists():
        raise KeysError(f"{folder}: no rotation was begun: run 'edge keys rotate' first")
    following = load_identity(folder, NEXT)
    roster = load_roster(folder / ROSTER_FILE, load_root(folder / ROOT).key)
    listed = [
        party
        for party in roster.parties
        if party.verify_key == following.signing.public
        and party.holds(roster.no_earlier(now))
        and roster.revocation(party) is None
    ]
    if not listed:
        raise KeysError(
            f"{following.name}: roster {roster.sequence} does not have its new key: sign it at the"
            " root ('edge keys roster rotate'), and install the new roster here first"
        )
    save_identity(following, folder)
    (folder / NEXT).unlink()
    return following


def _apply(folder: Path, identity: Identity, tls: bytes) -> Path:
    application = folder / f"{identity.name}.party"
    files.write(application, make_request(identity, tls_public(tls)))
    return application
