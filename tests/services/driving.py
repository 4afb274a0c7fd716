"""A unit and a street for tests of an installer: the test car drives by, a stranger's is parked."""

from pathlib import Path

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.config.packed import packed
from edge.store import open_store
from models.synth.clips import ClipSpec, Parked, Pass
from models.synth.video import write_clip
from tests.keys.cast import keys_folder

OWN, STRANGER = "AB12345", "CD67890"
CLOCK = SystemClock("always")


def street_clip(folder: Path) -> Path:
    """Render a clip in which both plates are readable, and return it."""
    one = Pass("car-1", OWN, "us-ct", 0.1, 40.0)
    still = Parked("car-2", STRANGER, "us-ct", -0.2, 10.0)
    spec = ClipSpec(seed=5, fps=5.0, seconds=3.0, passes=(one,), parked=(still,), lanes=2)
    return write_clip(spec, folder).video


def settings_of(folder: Path, street: Path, *, clips: bool = True) -> Settings:
    """Return the settings of a unit whose town's own law allows clips, or does not."""
    body = (packed("configs") / "law" / "us-me.toml").read_text("utf-8")
    if clips:
        body = body.replace("clips = false", "clips = true")
        body = body.replace('counsel = ""', 'counsel = "the town\'s counsel, 2026-01-02"')
    law = folder / "law.toml"
    law.write_text(body.replace("confirmed = false", "confirmed = true"))
    site, keys = folder / "site.toml", keys_folder(folder / "keys", "main-street")
    site.write_text(
        f'[law]\nprofile = "{law if clips else "us-me"}"\n[clock]\ntrust = "always"\n'
        f'[source]\nkind = "video"\naddress = "{street}"\npaced = false\n'
        f'[store]\nfolder = "{folder}/store"\nreserve_mb = 2\n'
        f'[runtime]\nfolder = "{folder}/run"\n[keys]\nfolder = "{keys}"\n'
        '[unit]\ntown = "windsor"\nname = "main-street"\n'
    )
    (folder / "run").mkdir()
    settings = load([site]).settings
    with open_store(settings.store, settings.unit.name, CLOCK):
        pass
    return settings
