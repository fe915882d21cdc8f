"""How a picture has to be turned to stand upright, by the orientation that its metadata name (EXIF 2.3, tag 0x0112)."""

from __future__ import annotations

from typing import Final

from PIL import Image

TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What is missing stands upright already."""
