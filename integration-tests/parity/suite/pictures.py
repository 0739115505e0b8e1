"""Random pictures in every format, mode and odd size that the decoder takes, and some that nobody can read."""

import math

import numpy as np
from PIL import Image

MODES = ["RGB"] * 6 + ["RGBA", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"]


def random_size(random, largest):
    """(width, height): mostly small, some long and thin, now and then `largest`."""
    if random.random() < 0.03:
        return random.randint(1, largest[0]), random.randint(1, largest[1])
    side = math.exp(random.uniform(0, math.log(min(420, largest[0]))))
    aspect = math.exp(random.choice([random.uniform(-0.7, 0.7)] * 3 + [random.uniform(-math.log(199), math.log(199))]) / 2)
    clamp = lambda value, most: max(1, min(most, round(value)))
    return clamp(side * aspect, largest[0]), clamp(side / aspect, largest[1])


def pixels(random, width, height):
    """uint8 [height, width, 3]: waves, noise, edges or a flat colour."""
    rng = np.random.default_rng(random.getrandbits(32))
    y, x = np.mgrid[0:height, 0:width]
    kind = random.choice(["waves", "waves", "noise", "edges", "flat"])
    if kind == "noise":
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == "flat":
        return np.full((height, width, 3), rng.integers(0, 256, 3), dtype=np.uint8)
    waves = [128 + 120 * np.sin(x / rng.uniform(2, 40) + y / rng.uniform(2, 40) + c) for c in range(3)]
    picture = np.stack(waves, -1)
    return np.where(picture > 128, 250, 5).astype(np.uint8) if kind == "edges" else picture.astype(np.uint8)


def picture(random, width, height):
    image, mode = Image.fromarray(pixels(random, width, height)), random.choice(MODES)
    if mode == "P":
        return image.quantize(random.choice([2, 7, 16, 255]))
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * random.choice([1, 3, 257]))
    if mode in ("RGBA", "LA"):
        alpha = Image.fromarray(pixels(random, width, height)).convert("L")
        image = image.convert(mode[:-1])
        image.putalpha(alpha)
        return image
    return image.convert(mode)


def save(random, folder, name, image):
    """-> the file's name. The format follows from the mode, the rest is drawn."""
    mode, draw = image.mode, random.random()
    if mode in ("RGB", "L", "CMYK") and (mode == "CMYK" or draw < 0.45):
        options = dict(quality=random.randint(20, 98), progressive=random.random() < 0.3, optimize=random.random() < 0.3)
        if mode == "RGB":
            options["subsampling"] = random.choice([0, 1, 2])
        if random.random() < 0.2:
            exif = Image.Exif()
            exif[0x0112] = random.randint(2, 8)
            options["exif"] = exif
        return write(image, folder, name + ".jpg", **options)
    if mode in ("RGB", "RGBA") and draw < 0.7:
        return write(image, folder, name + ".webp", quality=random.randint(10, 95), lossless=random.random() < 0.4)
    if mode in ("P", "L") and draw < 0.8:
        transparent = dict(transparency=random.randint(0, 1)) if random.random() < 0.4 else {}
        return write(image, folder, name + ".gif", interlace=random.randint(0, 1), **transparent)
    transparent = dict(transparency=0) if mode == "P" and random.random() < 0.4 else {}
    return write(image, folder, name + ".png", **transparent)


def write(image, folder, name, **options):
    image.save(folder / name, **options)
    return name


def draw(random, folder, count, largest):
    """-> names of `count` pictures; one in forty is thinner than 200 : 1 or, by its name, cut off."""
    names = []
    for index in range(count):
        fault = random.random()
        width, height = (random.randint(1, 3), random.randint(700, 900)) if fault < 0.015 else random_size(random, largest)
        cut = fault > 0.985
        name = save(random, folder, f"cut-p{index}" if cut else f"p{index}", picture(random, width, height))
        if cut:
            content = (folder / name).read_bytes()
            (folder / name).write_bytes(content[: len(content) // 3])
        names.append(name)
    return names


def draw_frames(random, folder, lists, largest):
    """-> lists of picture names that may stand for a video; one list in twelve holds two sizes."""
    drawn = []
    for number in range(lists):
        width, height = random_size(random, largest)
        names = []
        for index in range(random.randint(1, 9)):
            odd = random.random() < 0.02
            frame = Image.fromarray(pixels(random, max(1, height * 2) if odd else width, max(1, width * 3) if odd else height))
            names.append(write(frame, folder, f"l{number}-{index}.{'png' if max(width, height) < 60 else 'jpg'}"))
        drawn.append(names)
    return drawn
