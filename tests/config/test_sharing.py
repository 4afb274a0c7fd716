"""There is no "everybody": no setting shares by default, with all, or with partners by role."""

from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.config.base import Section
from edge.config.load import default_file
from edge.errors import ConfigError
from edge.keys.roles import Role
from edge.messages.access import RIGHTS

FOREIGN = ("everybody", "all", "any", "*", "#", "+", "nationwide", "partner", "unit", "auditor")
CATEGORIES = ("stolen_vehicle", "wanted_person", "missing_person", "other", "test")


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("role", FOREIGN)
def test_no_category_is_shared_by_role_with_others(
    tmp_path: Path, category: str, role: str
) -> None:
    """Recipients are roles of the town, each by its word; whatever means more is refused."""
    site = tmp_path / "site.toml"
    site.write_text(f'[categories.{category}]\nrecipients = ["archive", "{role}"]\n')
    with pytest.raises(ConfigError, match="recipients"):
        load([site])


def test_the_defaults_seal_to_the_owner_alone() -> None:
    """Consoles, archive and technicians of the town are the only recipients that stand anywhere."""
    settings = load([]).settings
    roles = {role for _, rules in settings.categories.items() for role in rules.recipients}
    assert roles <= {"console", "archive", "technician"}


def _fields(section: type[Section], path: str = "") -> list[str]:
    found = []
    for name, field in section.model_fields.items():
        kind = field.annotation
        here = f"{path}.{name}"
        found.append(here)
        if isinstance(kind, type) and issubclass(kind, Section):
            found += _fields(kind, here)
    return found


def test_no_setting_is_a_switch_for_sharing() -> None:
    """Nothing in the settings names partners or a nation; who sees more is a grant of two keys."""
    words = ("nation", "everybody", "everyone", "partner", "public_key", "share_with", "federat")
    fields = _fields(Settings)
    assert len(fields) > 100, "the control: they were found at all"
    assert [one for one in fields if any(word in one for word in words)] == []
    sections = default_file().read_text("utf-8").lower()
    assert not [word for word in ("nationwide =", "everybody =", "partners =") if word in sections]


@pytest.mark.parametrize("role", list(RIGHTS), ids=str)
def test_no_role_has_a_right_beyond_its_own_town(role: Role) -> None:
    """Rights name kinds of messages of one town; none can be written that means all."""
    rights = RIGHTS[role]
    every = rights.read_any | rights.write_any | rights.read_own | rights.write_own
    assert every
    assert all(kind.value.isalpha() for kind in every)
