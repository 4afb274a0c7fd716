"""Who may open an alert or search: the town's own by role, other agencies by their grants."""

from collections.abc import Collection
from datetime import datetime

from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.policy.grants import Standing


def recipients(
    roster: Roster,
    grants: Collection[Standing],
    roles: Collection[str],
    category: str,
    at: datetime,
    own: Party,
) -> tuple[Party, ...]:
    """Return everybody that an alert of *category* is sealed to, *own* first.

    Without a grant nobody outside the town is among them, whatever *roles* say.

    Args:
        roles: what the category's handling names; a partner or a unit is never named there.
        at: the present; ended and revoked keys, and ended grants, count no more.
        own: the unit itself, so that it reads its own store after a restart.
    """
    named = [role for role in Role if role.value in roles and role not in _NEVER_BY_ROLE]
    ours = [party for role in named for party in roster.recipients(role, at)]
    granted = {grant.who for grant in grants if grant.covers(category, at)}
    partners = [one for one in roster.recipients(Role.PARTNER, at) if one.name in granted]
    return (own, *ours, *partners)


def may_search(
    grants: Collection[Standing], who: str, at: datetime, category: str | None = None
) -> Standing | None:
    """Return the grant by which the partner *who* may search at *at*; None when there is none.

    It finds hits of the grant's categories alone, and no kept reads.

    Args:
        category: of one hit; None asks whether it may search at all.
    """
    mine = (one for one in grants if one.who == who)
    found = [
        one
        for one in mine
        if any(
            one.searches(name, at) for name in (one.categories if category is None else (category,))
        )
    ]
    return max(found, key=lambda one: (len(one.categories), one.until), default=None)


_NEVER_BY_ROLE = frozenset({Role.PARTNER, Role.UNIT})
