"""How far two pictures are apart."""

from __future__ import annotations

import base64
import io
import math

TOLERANCE = 2.0
"""RMS, in grey levels of 255, up to which two renderings of one figure are the same picture."""


def rms(first: str, second: str) -> float:
    """Root mean square of the difference of two PNGs (base64), over pixels and channels, in grey levels 0 … 255.

    Transparency counts as white. Pictures of unlike size are infinitely far apart.
    """
    import numpy as np

    a, b = _pixels(first), _pixels(second)
    if a.shape != b.shape:
        return math.inf
    return float(np.sqrt(np.mean((a - b) ** 2)))


def _pixels(png: str):
    """float64 (height, width, 3)"""
    import numpy as np
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"), dtype=np.float64)
