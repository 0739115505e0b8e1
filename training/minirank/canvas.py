"""A small drawing surface: PIL at twice the size, reduced at the end, with jittered backgrounds and fonts."""
import functools
import importlib.util
import os
import random

from PIL import Image, ImageDraw, ImageFont


def font_dirs():
    """Where DejaVu may lie: a folder of one's own, the distribution's, the one within matplotlib."""
    matplotlib = importlib.util.find_spec("matplotlib")
    inside = [os.path.join(p, "mpl-data/fonts/ttf") for p in (matplotlib.submodule_search_locations if matplotlib else [])]
    return [os.environ.get("MINIRANK_FONTS", ""), "/usr/share/fonts/truetype/dejavu", *inside]


SCALE = 2
PALETTE = {"red": (214, 40, 40), "green": (46, 160, 67), "blue": (38, 98, 217), "yellow": (240, 200, 30), "orange": (240, 130, 20),
           "purple": (140, 60, 170), "white": (245, 245, 245), "black": (30, 30, 34), "gray": (130, 134, 140), "brown": (130, 84, 44)}


@functools.lru_cache(maxsize=256)
def font(name: str, size: int):
    for folder in font_dirs():
        path = os.path.join(folder, name + ".ttf")
        if folder and os.path.exists(path):
            return ImageFont.truetype(path, size)
    raise FileNotFoundError(f"font {name}.ttf not found in {font_dirs()}")


def shade(colour, amount):
    return tuple(max(0, min(255, int(c + amount))) for c in colour)


def tone(colour, rng, spread=18):
    """A colour near the named one, so that no exact value carries the meaning."""
    base = PALETTE[colour] if isinstance(colour, str) else colour
    return tuple(max(0, min(255, c + rng.randint(-spread, spread))) for c in base)


class Canvas:
    """Coordinates are in output pixels; (0, 0) is the upper left corner."""

    def __init__(self, width, height, rng: random.Random, background=None):
        self.w, self.h, self.rng = width, height, rng
        fill = background or rng.choice([(236, 238, 240), (250, 250, 246), (222, 228, 234), (206, 212, 206), (228, 220, 208), (70, 76, 86), (44, 50, 60)])
        self.ground = tone(fill, rng, 8)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), self.ground)
        self.pen = ImageDraw.Draw(self.image)

    def dark(self):
        return sum(self.ground) < 330

    def _xy(self, points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    def box(self, x0, y0, x1, y1, fill=None, line=None, width=1, round_=0):
        xy = [min(x0, x1) * SCALE, min(y0, y1) * SCALE, max(x0, x1) * SCALE, max(y0, y1) * SCALE]
        if round_:
            self.pen.rounded_rectangle(xy, round_ * SCALE, fill, line, max(1, int(width * SCALE)))
        else:
            self.pen.rectangle(xy, fill, line, max(1, int(width * SCALE)))

    def disc(self, x, y, r, fill=None, line=None, width=1):
        self.pen.ellipse([(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE], fill, line, max(1, int(width * SCALE)))

    def oval(self, x0, y0, x1, y1, fill=None, line=None, width=1):
        self.pen.ellipse([x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE], fill, line, max(1, int(width * SCALE)))

    def poly(self, points, fill=None, line=None, width=1):
        self.pen.polygon(self._xy(points), fill, None)
        if line:
            self.pen.line(self._xy(list(points) + [points[0]]), line, max(1, int(width * SCALE)), joint="curve")

    def line(self, points, fill, width=1):
        self.pen.line(self._xy(points), fill, max(1, int(width * SCALE)), joint="curve")

    def arc(self, x, y, r, start, end, fill, width=1):
        self.pen.arc([(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE], start, end, fill, max(1, int(width * SCALE)))

    def pie(self, x, y, r, start, end, fill, line=None):
        self.pen.pieslice([(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE], start, end, fill, line)

    def text(self, x, y, text, size, fill, name="DejaVuSans-Bold", anchor="mm"):
        self.pen.text((x * SCALE, y * SCALE), text, fill, font(name, max(6, int(size * SCALE))), anchor=anchor)

    def done(self):
        return self.image.reduce(SCALE)
