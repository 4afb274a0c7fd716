"""What a key may be used for: each party on the roster has exactly one role."""

from enum import StrEnum


class Role(StrEnum):
    """A party's one role; whoever checks a document says which roles may sign it."""

    LIST_ISSUER = "list-issuer"  # signs hotlists
    UNIT = "unit"  # reads plates, signs alerts; opens hotlists
    CONSOLE = "console"  # shows alerts in a car; opens them
    OFFICER = "officer"  # signs verdicts
    SUPERVISOR = "supervisor"  # confirms what one officer may not do alone
    AUDITOR = "auditor"  # opens the audit, changes nothing
    ARCHIVE = "archive"  # the town's own copy; signs receipts
    UPDATER = "updater"  # signs software and models
    TECHNICIAN = "technician"  # tries a unit; opens the alerts of tests
    PARTNER = "partner"  # another agency; opens only what a grant names


OPENS = frozenset(Role) - {Role.LIST_ISSUER, Role.UPDATER}
"""Roles that things are sealed to, and that therefore have an opening key beside the other."""
