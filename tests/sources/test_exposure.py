"""Shutter and gain as libcamera's controls."""

from edge.sources.exposure import Exposure

OFFERED = {"ExposureTime": (60, 66_000, 20_000), "AnalogueGain": (1.0, 16.0, 1.0)}


def test_fixed_values_are_sent():
    """A shutter and a gain that the camera has are passed on without complaint."""
    assert Exposure(1000, 4.0).controls(OFFERED) == (
        {"ExposureTime": 1000, "AnalogueGain": 4.0},
        [],
    )


def test_automatic_is_said_only_when_it_was_not():
    """Automatic from the start sends nothing; back to automatic sends the zero."""
    assert Exposure().controls(OFFERED) == ({}, [])
    assert Exposure().controls(OFFERED, before=Exposure(1000, 0.0)) == ({"ExposureTime": 0}, [])


def test_a_missing_control_is_complained_about():
    """What the camera does not offer is not sent, and the sentence names the setting."""
    controls, complaints = Exposure(1000, 2.0).controls({"AnalogueGain": (1.0, 8.0, 1.0)})
    assert controls == {"AnalogueGain": 2.0}
    assert complaints == ["the camera has no ExposureTime: source.shutter_us is ignored"]


def test_a_value_beyond_the_camera_is_complained_about():
    """A shutter that the sensor cannot do is sent, as libcamera clips it, and told."""
    controls, complaints = Exposure(20, 0.0).controls(OFFERED)
    assert controls == {"ExposureTime": 20}
    assert "60 to 66000" in complaints[0]
