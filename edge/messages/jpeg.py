"""The size of a JPEG by its header: neither sender nor receiver decodes a picture for it."""

from edge.errors import MessageError

_START = b"\xff\xd8"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0-15 without DHT, JPG, DAC
_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}  # markers that carry no length


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        MessageError: these are not the bytes of a JPEG.
    Source: ITU-T T.81, B.1 and B.2.2.
    """
    if not data.startswith(_START):
        raise MessageError("the crop is not a JPEG: it does not begin with FF D8")
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            width = int.from_bytes(data[at + 7 : at + 9], "big")
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise MessageError("the crop is not a JPEG: it ends before its frame header")
