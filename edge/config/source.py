"""Where frames come from."""

from typing import ClassVar, Literal

from pydantic import Field

from edge.config.base import Seconds, Section


class SourceSection(Section):
    """One camera or recording per daemon."""

    RELOADED: ClassVar = ("shutter_us", "gain")

    kind: Literal["picamera", "rtsp", "v4l2", "video", "pictures"] = Field(
        description="What the address below means."
    )
    address: str = Field(
        description="Camera number, rtsp:// URL, /dev/videoN, video file, or folder of pictures."
    )
    width: int = Field(description="Width asked of the camera, pixels.", ge=16, le=7680)
    height: int = Field(description="Height asked of the camera, pixels.", ge=16, le=4320)
    fps: float = Field(description="Frames a second asked, and the pace of pictures.", gt=0, le=240)
    shutter_us: int = Field(
        description="Exposure in microseconds; 0 leaves it to the camera.", ge=0, le=1_000_000
    )
    gain: float = Field(description="Analogue gain; 0 leaves it to the camera.", ge=0, le=64)
    paced: bool = Field(
        description="Play recordings at their own pace (true) or as fast as the line reads (false)."
    )
    loop: bool = Field(description="Begin a recording again when it ends.")
    stall_s: float = Field(
        description="A camera without a frame for this long is opened again.", gt=0, le=600
    )
    retry_first_s: Seconds = Field(description="First wait before a lost camera is tried again.")
    retry_max_s: Seconds = Field(description="Longest such wait; it doubles up to here.")


class GateSection(Section):
    """Which frames are worth looking at."""

    RELOADED: ClassVar = ("*",)

    enabled: bool = Field(description="false sends every frame to the detector.")
    motion_level: float = Field(
        description="Mean change of a grid cell, grey levels, that counts as motion.", ge=0, le=255
    )
    dark_level: float = Field(
        description="Frames whose 99th percentile of grey is below this are dark.", ge=0, le=255
    )
    blur_level: float = Field(
        description="Frames whose variance of the Laplacian is below this are blurred.", ge=0
    )
    keep_alive_s: Seconds = Field(description="A still scene is looked at this often all the same.")
