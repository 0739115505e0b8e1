"""Random videos: codecs, pixel formats, containers, rates, lengths, rotation."""

from fractions import Fraction

import av
import numpy as np

ONE_THREAD = {"x264-params": "threads=1:lookahead-threads=1:sliced-threads=0"}
# codec, pixel format, containers, whether odd sizes are legal, options
KINDS = [
    ("libx264", "yuv420p", ["mp4", "mkv", "mov", "avi"], False, {**ONE_THREAD, "crf": "30"}),
    ("libx264", "yuv420p", ["mp4", "mkv"], False, {**ONE_THREAD, "crf": "30", "bf": "3", "g": "12"}),
    ("libx264", "yuv444p", ["mp4"], True, {**ONE_THREAD, "crf": "32"}),
    ("libx264", "yuv422p", ["mkv"], False, {**ONE_THREAD, "crf": "32"}),
    ("libx264", "yuv420p10le", ["mp4"], False, {**ONE_THREAD, "crf": "32"}),
    ("libx265", "yuv420p", ["mp4", "mkv"], False, {"x265-params": "pools=1:frame-threads=1:log-level=none", "crf": "34"}),
    ("libx265", "yuv420p10le", ["mp4"], False, {"x265-params": "pools=1:frame-threads=1:log-level=none", "crf": "34"}),
    ("libvpx-vp9", "yuv420p", ["webm", "mkv"], True, {"crf": "45", "b": "0", "cpu-used": "8", "deadline": "realtime"}),
    ("libvpx", "yuv420p", ["webm"], True, {"crf": "45", "b": "100k", "cpu-used": "8", "deadline": "realtime"}),
    ("mpeg4", "yuv420p", ["mp4", "avi", "mkv"], True, {"q": "8"}),
    ("mjpeg", "yuvj420p", ["avi", "mov"], True, {"q": "9"}),
]
RATES = [Fraction(1), Fraction(5, 2), Fraction(5), Fraction(15, 2), Fraction(10), Fraction(12), Fraction(15), Fraction(24000, 1001),
         Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60)]


def frames_of(random, count, width, height):
    """uint8 frames [height, width, 3] with movement."""
    rng = np.random.default_rng(random.getrandbits(32))
    y, x = np.mgrid[0:height, 0:width]
    step, scale = rng.uniform(0.1, 1.5, 3), rng.uniform(4, 40, 6)
    for index in range(count):
        yield np.stack([128 + 110 * np.sin(x / scale[c] + y / scale[c + 3] + index * step[c]) for c in range(3)], -1).astype(np.uint8)


def clip(random, folder, name, longest, largest):
    """-> (the file's name, seconds); a file cut off says so in its name"""
    codec, pixel_format, containers, odd, options = random.choice(KINDS)
    least = 64 if codec == "libx265" else 16  # x265 writes past its buffers below a block
    width, height = (random.randint(least, most) for most in largest)
    if not odd:
        width, height = width // 2 * 2, height // 2 * 2
    container = random.choice(containers)
    count = 1 if random.random() < 0.02 else round(longest ** random.uniform(0.2, 1))
    rate = random.choice(RATES)
    cut = random.random() < 0.02
    path = folder / f"{'cut-' if cut else ''}{name}.{container}"
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = width, height, pixel_format, options
        stream.thread_count = 1
        for pixels in frames_of(random, count, width, height):
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)
    if cut:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    return path.name, count / float(rate)


def draw(random, folder, count, longest, largest):
    """-> [(name, seconds)]"""
    return [clip(random, folder, f"v{index}", longest, largest) for index in range(count)]
