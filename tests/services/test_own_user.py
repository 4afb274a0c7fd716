"""A unit's daemon is not run as root in a folder of its own user's."""

import os
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.errors import StoreError
from edge.services.own_user import refuse_root


def settings(folder: Path) -> Settings:
    site = folder / "site.toml"
    site.write_text(f'[unit]\nname = "main-street"\n[store]\nfolder = "{folder}/store"\n')
    return load([site]).settings


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store's folder of an ordinary user, looked at by root."""
    folder = tmp_path / "store"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 65_534, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


@pytest.mark.parametrize(
    ("daemon", "user"),
    [("watch", "edge-watch"), ("deliver", "edge-deliver"), ("search", "edge-watch")],
)
def test_root_is_refused_in_another_users_store(store: Path, daemon: str, user: str) -> None:
    """With both right ways in the sentence."""
    with pytest.raises(StoreError) as error:
        refuse_root(daemon, settings(store.parent))
    assert f"'systemctl start edge-{daemon}'" in str(error.value)
    assert f"'runuser -u {user} -g edge -- edge run {daemon}'" in str(error.value)


def test_whoever_it_belongs_to_runs_it(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own user; root where nothing is there yet; and daemons that are of no unit."""
    monkeypatch.setattr(os, "geteuid", lambda: store.stat().st_uid)
    refuse_root("watch", settings(store.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    refuse_root("archive", settings(store.parent))
    store.rmdir()
    refuse_root("watch", settings(store.parent))
