"""The folder of officers on a console: one locked identity each, no password written anywhere.

``NAME.officer`` can be opened by its password; ``NAME.barred`` is the same file while the officer
is shut out on this console. ``NAME.party`` beside it is the application to the town's root.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from edge.errors import KeysError
from edge.keys import files
from edge.keys.identity import NAME_OF_PARTY, Identity, check_name, make_identity
from edge.keys.password import Cost, Label, check_password, label_of, lock_identity, unlock_identity
from edge.keys.request import make_request
from edge.keys.roles import Role
from edge.keys.x509 import make_tls_key, tls_public

ROLES: Final = (Role.OFFICER, Role.SUPERVISOR)
AT_TOWN_HALL: Final = (Role.SUPERVISOR, Role.AUDITOR)
"""Who logs in to the archive's page."""
AT_UNIT: Final = (Role.TECHNICIAN,)
"""Who logs in to the technician's page of a unit."""
_RESERVED: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)  # device names of Windows, whatever follows the dot
_OPEN, _BARRED = ".officer", ".barred"


class OfficerFolder:
    """The identities of those who may log in to one console, or to the archive's page.

    Args:
        cost: of a guess at a password; tests take less.
        roles: who may.
    """

    def __init__(
        self, folder: Path, cost: Cost | None = None, roles: Collection[Role] = ROLES
    ) -> None:
        self._folder = folder
        self._cost = cost or Cost()
        self._roles = tuple(roles)

    def add(self, name: str, role: Role, town: str, password: str) -> tuple[Identity, Path]:
        """Make an officer's keys; return them and the application to the root.

        Raises:
            KeysError: there is such an officer, the name or role is none, or the password weak.
        """
        check_name(name, NAME_OF_PARTY)
        if role not in self._roles:
            raise KeysError(f"a {role} does not log in here; choose {' or '.join(self._roles)}")
        if name in _RESERVED:
            raise KeysError(f"{name!r} cannot be a file's name on every system; choose another")
        check_password(password, name)
        if self._file(name, _OPEN).exists() or self._file(name, _BARRED).exists():
            raise KeysError(f"{self._folder}: has {name} already; nothing was changed")
        identity = make_identity(name, role, town)
        files.make_folder(self._folder)
        application = self._folder / f"{name}.party"
        # nobody connects with an officer's certificate: the key of the application is not kept
        files.write(application, make_request(identity, tls_public(make_tls_key())))
        files.hand_over(application)
        blob = lock_identity(identity, password, self._cost)
        self._write(name, blob)
        return identity, application

    def change(self, name: str, old: str, new: str) -> None:
        """Lock an officer's keys with another password.

        Raises:
            KeysError: no such officer, a wrong password, or the new one is weak.
        """
        identity = self.open(name, old)
        if identity is None:
            raise KeysError(f"{name}: the password is wrong; nothing was changed")
        blob = lock_identity(identity, new, self._cost)
        self._write(name, blob)

    def bar(self, name: str) -> None:
        """Shut an officer out on this console; a session ends with the next thing it asks.

        Raises:
            KeysError: no such officer.
        """
        self._move(name, _OPEN, _BARRED)

    def admit(self, name: str) -> None:
        """Let a barred officer in again.

        Raises:
            KeysError: no such officer is barred.
        """
        self._move(name, _BARRED, _OPEN)

    def names(self) -> tuple[str, ...]:
        """Return those who may log in, in order."""
        return tuple(sorted(file.stem for file in self._folder.glob(f"*{_OPEN}")))

    def labels(self) -> list[tuple[Label, bool]]:
        """Return what stands on each file, and whether the officer is barred.

        Raises:
            KeysError: a file is damaged.
        """
        found = [(file, False) for file in self._folder.glob(f"*{_OPEN}")]
        found += [(file, True) for file in self._folder.glob(f"*{_BARRED}")]
        return [(self._label(file), barred) for file, barred in sorted(found)]

    def open(self, name: str, password: str) -> Identity | None:
        """Return an officer's keys; None when the password is wrong.

        Raises:
            KeysError: no such officer, or the file is damaged or another's.
        """
        check_name(name, NAME_OF_PARTY)
        file = self._file(name, _OPEN)
        identity = unlock_identity(files.read_private(self._folder, file.name), password, str(file))
        if identity is not None and (identity.name != name or identity.role not in self._roles):
            raise KeysError(f"{file}: holds the keys of {identity.name}, {identity.role}")
        return identity

    def admits(self, name: str) -> bool:
        """Say whether there is such an officer, and not barred."""
        return self._file(name, _OPEN).exists()

    def spend(self) -> None:
        """Take as long as a wrong password does: a name that is none must not be told by time."""
        nobody = make_identity("nobody", Role.OFFICER, "nowhere")
        lock_identity(nobody, "spent for no one", self._cost)

    def _label(self, file: Path) -> Label:
        label = label_of(files.read_private(self._folder, file.name), str(file))
        if label.name != file.stem:
            raise KeysError(f"{file}: holds the keys of {label.name}: put it back in its place")
        return label

    def _write(self, name: str, blob: bytes) -> None:
        file = self._file(name, _OPEN)
        files.write(file, blob, private=True)
        files.hand_over(file)  # the page's own user reads it; root's command may have added it

    def _move(self, name: str, before: str, after: str) -> None:
        check_name(name, NAME_OF_PARTY)
        if not self._file(name, before).exists():
            raise KeysError(f"{self._folder}: has no {name}{before}; see 'edge officers list'")
        files.move(self._file(name, before), self._file(name, after))

    def _file(self, name: str, suffix: str) -> Path:
        return self._folder / f"{name}{suffix}"
