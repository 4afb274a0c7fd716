"""A small folder of labelled pictures, drawn here: bright plates in black streets."""

from pathlib import Path

import cv2
import numpy as np
import onnx

from edge.config.load import load
from edge.config.models import DetectorSection, ReaderSection
from edge.evaluate.run import Sections
from tests.vision import graphs


def write(folder: Path) -> Path:
    """Write crops, scenes and pictures of split ``dev``, and one of ``train``; return *folder*."""
    for part in ("plates/one", "scenes/two", "pictures/three"):
        (folder / part).mkdir(parents=True)
    picture(folder / "plates/one/a.webp", (24, 90))
    picture(folder / "plates/one/b.webp", (24, 90))
    table(
        folder / "plates/plates.csv",
        "file,text,region,label,split",
        "one/a.webp,AB12,us-ny,hand,dev",
        "one/b.webp,ABI2,eu-de,hand,dev",
        "one/none.webp,ABI2,eu-de,hand,train",
    )
    picture(folder / "scenes/two/a.webp", (312, 416), (100, 100, 180, 130))
    picture(folder / "scenes/two/b.webp", (312, 416), (100, 100, 180, 130))
    table(
        folder / "scenes/scenes.csv",
        "file,source,width,height,plates,split",
        "two/a.webp,two,416,312,1,dev",
        "two/b.webp,two,416,312,2,dev",
    )
    found = f"{100 / 416},{100 / 312},{180 / 416},{130 / 312}"
    table(
        folder / "scenes/boxes.csv",
        "file,x0,y0,x1,y1",
        f"two/a.webp,{found}",
        "two/b.webp,0.7,0.7,0.9,0.8",
        "two/b.webp,0.7,0.2,0.73,0.21",
    )
    picture(folder / "pictures/three/a.webp", (300, 500), (200, 100, 300, 140))
    picture(folder / "pictures/three/b.webp", (300, 500), (200, 100, 300, 140))
    picture(folder / "pictures/three/c.webp", (300, 500))
    table(
        folder / "pictures/pictures.csv",
        "file,x0,y0,x1,y1,text",
        "three/a.webp,200,100,300,140,AB12",
        "three/b.webp,205,102,310,150,XY99",
        "three/c.webp,10,10,80,30,AB12",
    )
    return folder


def picture(
    file: Path, size: tuple[int, int], plate: tuple[int, int, int, int] | None = None
) -> None:
    image = np.zeros((*size, 3), np.uint8)
    if plate is not None:
        x1, y1, x2, y2 = plate
        image[y1:y2, x1:x2] = 255
    assert cv2.imwrite(str(file), image, [cv2.IMWRITE_WEBP_QUALITY, 101])


def table(file: Path, *lines: str) -> None:
    file.write_text("\n".join(lines) + "\n", "utf-8")


def sections(folder: Path, reader: onnx.ModelProto, **fields: object) -> Sections:
    """Return settings with a detector of bright rectangles and *reader*, written to *folder*."""
    detector_card = graphs.write(folder, "detector", graphs.bright_detector())
    reader_card = graphs.write(folder, "reader", reader, **fields)
    return Sections(
        DetectorSection(
            card=str(detector_card),
            min_score=0.4,
            min_width=24.0,
            max_plates=20,
            look_again_over=0.0,
            look_closer_under=0.0,
            threads=1,
        ),
        ReaderSection(
            card=str(reader_card),
            margin=0.06,
            look_again_below=0.0,
            least_confidence=0.05,
            threads=1,
        ),
        load([]).settings.policy.model_copy(update={"jurisdiction_probability": 0.75}),
    )
