"""Random videos with all that makes reading frame by number hard: open groups of pictures, B-frames, gaps and jumps in time, late starts,
headers without duration, rotation, odd sizes."""

import io
import struct
from fractions import Fraction

import av

from clips import ONE_THREAD, RATES, frames_of

X265 = "pools=1:frame-threads=1:log-level=none"
# codec, pixel formats, containers, whether odd sizes are legal, options of B-frames and groups to draw from
KINDS = {
    "h264": ("libx264", ["yuv420p", "yuv420p", "yuv422p", "yuv444p", "yuv420p10le"], ["mp4", "mov", "mkv", "avi"], False,
             [{"crf": "30"}, {"crf": "30", "bf": "3", "g": "12"}, {"crf": "30", "bf": "0"}, {"crf": "30", "g": "9", "x264-params": "open-gop=1:bframes=2"}]),
    "hevc": ("libx265", ["yuv420p", "yuv420p10le", "yuv422p"], ["mp4", "mkv"], False,
             [{"crf": "34", "x265-params": X265}, {"crf": "34", "x265-params": X265 + ":keyint=9:bframes=3"},
              {"crf": "34", "x265-params": X265 + ":keyint=9:bframes=3:open-gop=0"}]),
    "vp9": ("libvpx-vp9", ["yuv420p", "yuv444p"], ["webm", "mkv", "mp4"], True,
            [{"crf": "45", "b": "0", "cpu-used": "8", "deadline": "realtime"}, {"crf": "45", "b": "0", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "12", "g": "15", "deadline": "good"}]),
    "av1": ("libsvtav1", ["yuv420p", "yuv420p10le"], ["mp4", "mkv", "webm"], False,
            [{"crf": "50", "preset": "12", "svtav1-params": "lp=1"}, {"crf": "50", "preset": "11", "g": "12", "svtav1-params": "lp=1"}]),
    "mpeg4": ("mpeg4", ["yuv420p"], ["mp4", "avi", "mkv"], True, [{"q": "8"}, {"q": "8", "bf": "2", "g": "12"}]),
    "mjpeg": ("mjpeg", ["yuvj420p", "yuvj422p", "yuvj444p"], ["avi", "mov", "mkv"], True, [{"q": "9"}]),
    "mpeg2": ("mpeg2video", ["yuv420p", "yuv422p"], ["mp4", "mkv", "avi"], False, [{"q": "8"}, {"q": "8", "bf": "2", "g": "12"}]),
}
ODDITIES = ["plain", "plain", "gaps", "late", "no_duration", "rotated"]


def rotate(path, degrees):
    """Writes the display matrix of an MP4's only track."""
    a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    matrix = struct.pack(">9i", a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    content[at : at + len(matrix)] = matrix
    path.write_bytes(content)


class Unseekable(io.RawIOBase):
    """A stream to write to: no header can be completed afterwards."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def times(rng, oddity, count, rate):
    """Milliseconds of each frame, or nothing where the rate says it."""
    if oddity not in ("gaps", "late"):
        return None
    step, time, all_times = 1000 / float(rate), rng.randint(300, 9000) if oddity == "late" else 0, []
    for _ in range(count):
        all_times.append(round(time))
        time += step * (rng.choice([1, 1, 1, 0.5, 2, 7]) if oddity == "gaps" else 1)
    return all_times


def clip(rng, folder, number, small):
    """-> (path, seconds). Kinds take turns; everything else is drawn."""
    name = list(KINDS)[number % len(KINDS)]
    codec, formats, containers, odd, variants = KINDS[name]
    pixel_format, container, options, oddity = rng.choice(formats), rng.choice(containers), rng.choice(variants), rng.choice(ODDITIES)
    if codec == "libx264":
        threads = ONE_THREAD["x264-params"]
        options = {**options, "x264-params": f"{threads}:{options['x264-params']}" if "x264-params" in options else threads}
    if oddity == "rotated" and (container not in ("mp4", "mov") or name == "av1"):
        oddity = "plain"  # nowhere to write it, or nobody to compare with
    if oddity in ("gaps", "late") and (container == "avi" or name == "mpeg2"):
        oddity = "plain"  # holds no times, or knows steady rates only
    if oddity == "no_duration" and container not in ("mkv", "webm", "mp4", "mov"):
        oddity = "plain"
    least = 64 if codec in ("libx265", "libsvtav1") else 16
    width, height = (rng.randint(least, 100 if small else 360) for _ in range(2))
    if not odd or pixel_format not in ("yuv420p", "yuvj420p", "yuv444p", "yuvj444p"):
        width, height = width // 2 * 2, height // 2 * 2
    count, rate = round((40 if small else 400) ** rng.uniform(0.4, 1)), rng.choice(RATES)
    degrees = rng.choice([90, 180, 270])
    moments = times(rng, oddity, count, rate)
    label = f"{oddity}{degrees}" if oddity == "rotated" else oddity
    path = folder / f"{number}-{name}-{pixel_format}-{label}.{container}"
    target = Unseekable(path) if oddity == "no_duration" and container in ("mkv", "webm") else str(path)
    movflags = {"movflags": "frag_keyframe+empty_moov"} if oddity == "no_duration" and container in ("mp4", "mov") else {}
    with av.open(target, "w", format={"mkv": "matroska"}.get(container, container), options=movflags) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = width, height, pixel_format, options
        stream.thread_count = 1
        if moments:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, pixels in enumerate(frames_of(rng, count, width, height)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if moments:
                frame.pts, frame.time_base = moments[index], Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    if isinstance(target, Unseekable):
        target.file.close()
    if oddity == "rotated":
        rotate(path, degrees)
    return path, moments[-1] / 1000 if moments else count / float(rate)
