"""The technician's page is not served for ever: it ends when nobody was logged in for long."""

import os
import threading
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.services.tuning import run_tuning
from tests.brokers import until
from tests.fakes import FakeClock
from tests.keys.cast import keys_folder


def settings(folder: Path, ends_after_s: float) -> Settings:
    keys_folder(folder / "keys", "main-street")
    site = folder / "site.toml"
    site.write_text(
        '[unit]\nname = "main-street"\ntown = "windsor"\n'
        f'[keys]\nfolder = "{folder}/keys"\n[runtime]\nfolder = "{folder}/run"\n'
        f'[tuning]\nport = 0\nfolder = "{folder}/tuning"\nends_after_s = {ends_after_s}\n'
    )
    return load([site]).settings


@pytest.mark.parametrize("ends_after_s", [600.0, 0.0])
def test_it_ends_when_nobody_looks(
    ends_after_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes by the clock and not before; at 0 it is served until it is told to end."""
    monkeypatch.setattr(os, "nice", lambda _: 0)  # the other tests' process
    clock, stop, served = FakeClock(), threading.Event(), threading.Event()
    found = settings(tmp_path, ends_after_s)
    page = threading.Thread(
        target=run_tuning,
        args=(found, stop),
        kwargs={"clock": clock, "ready": lambda _: served.set()},
    )
    page.start()
    assert served.wait(60)
    clock.advance(590)
    page.join(1.2)  # two looks at the clock
    assert page.is_alive()
    clock.advance(20)
    if ends_after_s:
        until(lambda: not page.is_alive(), what="the end of a page that nobody looks at")
    else:
        page.join(1.2)
        assert page.is_alive(), "the control"
        stop.set()
    page.join(60)
    assert not page.is_alive()
