"""The folder of a town's root, on a machine that is not on a network: everything it does.

``town.json`` is public. ``root.key`` and ``authority.key`` are locked with one passphrase. The
roster is changed as a draft, and counts when it is signed; only a revocation signs at once.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from edge.errors import KeysError
from edge.keys import edits, files, locked
from edge.keys.crypto import SigningKey
from edge.keys.identity import NAME_OF_PARTY, check_name
from edge.keys.ledger import Ledger
from edge.keys.parties import Party
from edge.keys.request import Request, read_request
from edge.keys.roster import Roster, load_roster, read_roster, read_rows, sign_roster, write_rows
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, load_root, save_root
from edge.keys.x509 import (
    SERVER,
    Authority,
    Certificate,
    issue,
    make_authority,
    make_tls_key,
    revocation_list,
    tls_public,
)

ROOT_KEY, AUTHORITY_KEY = "root.key", "authority.key"
AUTHORITY_FILE, REVOKED_FILE = "authority.pem", "revoked.pem"
DRAFT_FILE, REQUESTS, CERTIFICATES = "roster.draft", "requests", "certificates"


class Town:
    """A root's folder.

    Raises:
        KeysError: by every method, when a file is missing, damaged or not this town's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger(folder)

    def root(self) -> Root:
        """Return the public half: what every process of the town is given."""
        if not (self.folder / ROOT_FILE).exists():
            raise KeysError(
                f"{self.folder}: is no root's folder; name it by --root, or make one by"
                " 'edge keys root TOWN'"
            )
        return load_root(self.folder / ROOT_FILE)

    def roster(self) -> Roster:
        """Return the roster as last signed."""
        return load_roster(self.folder / ROSTER_FILE, self.root().key)

    def draft(self) -> Roster:
        """Return the roster with the changes that are not yet signed."""
        file = self.folder / DRAFT_FILE
        if not file.exists():
            return self.roster()
        return read_rows(files.read_public(file), str(file))

    def pending(self) -> bool:
        """Say whether changes wait to be signed."""
        return (self.folder / DRAFT_FILE).exists()

    def change(self, roster: Roster, now: datetime) -> None:
        """Keep *roster* as the draft."""
        draft = replace(roster, issued=max(now, roster.issued))
        files.write(self.folder / DRAFT_FILE, write_rows(draft))

    def keep(self, request: Request, blob: bytes) -> None:
        """Keep an application, whose TLS key a certificate is later made for."""
        files.make_folder(self.folder / REQUESTS)
        files.write(self.folder / REQUESTS / f"{request.name}.party", blob)

    def sign(self, passphrase: str, now: datetime) -> Roster:
        """Sign the draft with the next number and return it."""
        signed = self._sign(self.draft(), self._root_key(passphrase), now)
        (self.folder / DRAFT_FILE).unlink(missing_ok=True)
        return signed

    def revoke(self, name: str, reason: str, passphrase: str, now: datetime) -> Roster:
        """Revoke all keys and certificates of *name* at once, and return the new roster.

        May be called again after it was cut short. A draft stays a draft, with the revocation.
        """
        root, authority = self._root_key(passphrase), self._authority(passphrase)
        roster, live = self.roster(), self.ledger.live(name, now)
        if _has_keys(roster, name) or not live:
            drafted = self.draft() if self.pending() else None
            roster = self._sign(edits.revoked(roster, name, now, reason), root, now)
            if drafted is not None:
                self._revoke_in_draft(drafted, name, now, reason)
        self.ledger.revoke(name, now)
        self._write_revoked(authority, now)
        return roster

    def certify(
        self, name: str, hosts: list[str], until: datetime, passphrase: str, now: datetime
    ) -> list[Path]:
        """Write a certificate for *name* and return its files, the certificate's first.

        A party's is for the TLS key of its application; its private key is elsewhere. Any other
        name is a server's, whose key is made here.
        """
        check_name(name, NAME_OF_PARTY)
        authority = self._authority(passphrase)
        parties = [one for one in self.roster().parties if one.name == name]
        folder = self.folder / CERTIFICATES
        files.make_folder(folder)
        written = [folder / f"{name}.pem"]
        if parties:
            party, public = self._applied(name, parties, now)
            made = issue(authority, public, name, party.role, hosts, now, min(until, party.until))
            unit = str(party.role)
        else:
            key, unit = make_tls_key(), SERVER
            made = issue(authority, tls_public(key), name, unit, hosts, now, until)
            written.append(folder / f"{name}.key")
            files.write(written[1], key, private=True)
        self._hand_out(name, unit, made, written[0])
        return written

    def check_passphrase(self, passphrase: str) -> None:
        """Return only if *passphrase* opens both keys and they are those that the town shows."""
        key, authority = self._root_key(passphrase), self._authority(passphrase)
        if key.public != self.root().key:
            raise KeysError(f"{self.folder / ROOT_KEY}: is the key of another root")
        if authority.digest != self.roster().authority:
            raise KeysError(f"{self.folder / AUTHORITY_FILE}: is not the roster's authority")
        if tls_public(authority.key) != authority.public():
            raise KeysError(f"{self.folder / AUTHORITY_KEY}: is the key of another authority")

    def _applied(self, name: str, parties: list[Party], now: datetime) -> tuple[Party, bytes]:
        """Return a party's line that counts, and the TLS key of its application."""
        file = self.folder / REQUESTS / f"{name}.party"
        request = read_request(files.read_public(file), str(file))
        roster = self.roster()
        for party in parties:
            if party.verify_key == request.verify_key and roster.revocation(party) is None:
                if party.until <= now:
                    raise KeysError(f"{name}: its key has ended; rotate it first")
                return party, request.tls
        raise KeysError(f"{name}: its key is revoked, or not yet on the signed roster")

    def _hand_out(self, name: str, unit: str, made: Certificate, file: Path) -> None:
        self.ledger.add(name, unit, made)
        files.write(file, made.pem)

    def _revoke_in_draft(self, draft: Roster, name: str, now: datetime, reason: str) -> None:
        if _has_keys(draft, name):
            draft = edits.revoked(draft, name, now, reason)
        self.change(draft, now)

    def _sign(self, roster: Roster, key: SigningKey, now: datetime) -> Roster:
        before = self.roster()
        if now < before.issued:
            raise KeysError(
                f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and the last roster was"
                f" signed at {before.issued:%Y-%m-%d %H:%M}: set the clock"
            )
        blob = sign_roster(replace(roster, sequence=before.sequence + 1, issued=now), key)
        signed = read_roster(blob, "the new roster", self.root().key, before.sequence + 1)
        files.write(self.folder / ROSTER_FILE, blob)
        return signed

    def _write_revoked(self, authority: Authority, now: datetime) -> None:
        blob = revocation_list(authority, self.ledger.revoked(), now)
        files.write(self.folder / REVOKED_FILE, blob)

    def _root_key(self, passphrase: str) -> SigningKey:
        return SigningKey(self._unlock(ROOT_KEY, passphrase))

    def _authority(self, passphrase: str) -> Authority:
        certificate = files.read_public(self.folder / AUTHORITY_FILE)
        return Authority(certificate, self._unlock(AUTHORITY_KEY, passphrase))

    def _unlock(self, name: str, passphrase: str) -> bytes:
        blob = files.read_private(self.folder, name)
        return locked.unlock(blob, passphrase, _bound(self.root().town, name), name)


def make_town(
    folder: Path, name: str, passphrase: str, now: datetime, cost: int = locked.COST
) -> Town:
    """Make the root of town *name* in *folder*, with an authority and an empty roster.

    Raises:
        KeysError: a town is there already, the name is none, or the passphrase is too short.
    """
    check_name(name, "a town's name")
    if (folder / ROOT_FILE).exists():
        raise KeysError(f"{folder}: has a root already; nothing was changed")
    files.make_folder(folder)
    key, authority, town = SigningKey.make(), make_authority(name, now), Town(folder)
    for file, secret in ((ROOT_KEY, key.raw), (AUTHORITY_KEY, authority.key)):
        blob = locked.lock(secret, passphrase, _bound(name, file), cost)
        files.write(folder / file, blob, private=True)
    files.write(folder / AUTHORITY_FILE, authority.certificate)
    files.write(folder / REVOKED_FILE, revocation_list(authority, (), now))
    town.ledger.start()
    first = Roster(name, 1, now, (), (), authority.digest)
    files.write(folder / ROSTER_FILE, sign_roster(first, key))
    save_root(Root(name, key.public), folder / ROOT_FILE)  # last: from here on it is a town
    return town


def _has_keys(roster: Roster, name: str) -> bool:
    return any(one.name == name and roster.revocation(one) is None for one in roster.parties)


def _bound(town: str, name: str) -> str:
    return f"{name} of {town}"
