"""Media that are not what they claim, made on the spot."""

import struct
import zlib


def png(width, height, row=None):
    """A grey 1-bit PNG; rows repeat, so that even a huge one is a small file."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + (row or b"\xaa" * ((width + 7) // 8))
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def write_all(folder, good):
    """Files below `folder`; `good` is the folder of sound media. -> nothing"""
    video = (good / "v2.mp4").read_bytes()
    jpeg = (good / "j420.jpg").read_bytes()
    files = {
        "cut.mp4": video[: len(video) * 2 // 3],
        "cut.webm": (good / "vp9.webm").read_bytes()[:1500],
        "text.jpg": b"This is a text file that calls itself a picture.\n" * 40,
        "text.mp4": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "empty.png": b"",
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "one.png": png(1, 1),
        "huge.png": png(20000, 20000),
        "thin.png": png(4, 4000),
        "good.png": (good / "a.png").read_bytes(),
        "good.mp4": (good / "v1.mp4").read_bytes(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return sorted(files)
