import base64
import io
import math

import matplotlib.pyplot as plt
from PIL import Image

from rnnbook.notebooks.pictures import TOLERANCE, rms


def png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def line(ys, **style):
    fig, ax = plt.subplots(figsize=(4, 3))
    ax.plot(ys, **style)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png")
    plt.close(fig)
    return base64.b64encode(buffer.getvalue()).decode()


def test_known_distances():
    black, white = (png(Image.new("RGB", (4, 4), colour)) for colour in ("black", "white"))
    assert rms(black, black) == 0
    assert rms(black, white) == 255
    assert rms(white, png(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))) == 0, "transparent is white"
    assert rms(white, png(Image.new("RGB", (4, 5), "white"))) == math.inf
    half = Image.new("RGB", (2, 1), "white")
    half.putpixel((0, 0), (0, 0, 0))
    assert math.isclose(rms(png(half), png(Image.new("RGB", (2, 1), "white"))), 255 / math.sqrt(2))


def test_a_drawing_is_within_the_tolerance_of_itself_and_another_line_or_colour_is_not():
    drawn = line([1, 3, 2, 4])
    assert rms(drawn, line([1, 3, 2, 4 + 1e-9])) < TOLERANCE
    assert rms(drawn, line([1, 3, 2.5, 4])) > TOLERANCE
    assert rms(drawn, line([1, 3, 2, 4], color="red")) > TOLERANCE
