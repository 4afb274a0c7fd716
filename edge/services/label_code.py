"""The one door to segno: a QR code as rows of dark and light."""

import segno


def code_rows(text: str) -> list[list[bool]]:
    """Return the QR code of *text*, row by row, true for dark, without the light border.

    A quarter of it may be scratched or dirty (error correction Q) and it still reads.
    """
    code = segno.make_qr(text, error="q")
    return [[bool(cell) for cell in row] for row in code.matrix]
