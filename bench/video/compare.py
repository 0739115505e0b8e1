#!/usr/bin/env python3
"""Milliseconds to choose, decode and resize frames of a long video, beside the reference's reader (decord) and PyAV, in one run.

  compare.py --program build/release/bench/video/vl-rerank-video-bench [--minutes 30] [--frames 64] [--rounds N]

Needs the reference environment. The video is made first: H.264 of 640×360 with B-frames and a key frame every ten seconds, twenty
seconds encoded and repeated. Rounds alternate between the three. Frame numbers and pixels are compared with decord's. PyAV seeks to the key
frame before each chosen frame and decodes up to it; all three resize with what torchvision's bicubic gives.
"""
import argparse, hashlib, json, os, pathlib, statistics, subprocess, tempfile, time

os.environ['FORCE_QWENVL_VIDEO_READER'] = 'decord'
import av, decord, numpy as np, torch, torchvision  # noqa: E402
from qwen_vl_utils import vision_process  # noqa: E402
from torchvision.transforms import InterpolationMode, functional  # noqa: E402

RATE, SIZE, PIECE_SECONDS = 25, (640, 360), 20


def make(path, minutes):
    rng = np.random.default_rng(1)
    field = rng.integers(0, 256, (SIZE[1] // 8 + 8, SIZE[0] // 8 + 200, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    piece = path.with_name('piece.mp4')
    with av.open(str(piece), 'w') as out:
        stream = out.add_stream('libx264', rate=RATE, options={'preset': 'veryfast', 'g': str(RATE * 10), 'bf': '2', 'crf': '28'})
        stream.width, stream.height, stream.pix_fmt = *SIZE, 'yuv420p'
        for number in range(PIECE_SECONDS * RATE):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(field[number % 60:, number:][:SIZE[1], :SIZE[0]]), format='rgb24')))
        out.mux(stream.encode())
    with av.open(str(path), 'w') as out:
        copy = None
        for repeat in range(minutes * 60 // PIECE_SECONDS):
            with av.open(str(piece)) as file:
                stream = file.streams.video[0]
                copy = copy or out.add_stream_from_template(stream)
                for packet in file.demux(stream):
                    if packet.dts is None: continue
                    shift = round(repeat * PIECE_SECONDS / packet.time_base)
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                    out.mux(packet)


def resized(frames, size):
    return functional.resize(frames, list(size), interpolation=InterpolationMode.BICUBIC, antialias=True)


def by_decord(path, frames):
    video, about = vision_process.fetch_video({'video': str(path), 'max_frames': frames, 'fps': 1}, image_patch_size=16, return_video_metadata=True)
    return video, [int(number) for number in about['frames_indices']]


def by_pyav(path, wanted, size):
    pictures = []
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type = 'AUTO'
        for number in wanted:
            pts = round(number / RATE / stream.time_base) + (stream.start_time or 0)
            file.seek(pts, stream=stream)
            pictures.append(next(frame for frame in file.decode(stream) if frame.pts >= pts).to_ndarray(format='rgb24'))
    return resized(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2), size)


def timed(times, call, *arguments):
    start = time.perf_counter()
    result = call(*arguments)
    times.append((time.perf_counter() - start) * 1e3)
    return result


parser = argparse.ArgumentParser()
parser.add_argument('--program', required=True)
parser.add_argument('--minutes', type=int, default=30)
parser.add_argument('--frames', type=int, default=64)
parser.add_argument('--rounds', type=int, default=5)
args = parser.parse_args()
times = {'decord': [], 'PyAV': [], 'vl-rerank': []}
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'long.mp4'
    make(path, args.minutes)
    for _ in range(args.rounds):
        video, numbers = timed(times['decord'], by_decord, path, args.frames)
        timed(times['PyAV'], by_pyav, path, numbers, video.shape[2:])
        ours = json.loads(subprocess.run([args.program, str(path), str(args.frames)], check=True, stdout=subprocess.PIPE).stdout)
        times['vl-rerank'].append(ours['milliseconds'])
        digests = [hashlib.sha256(frame.permute(1, 2, 0).contiguous().to(torch.uint8).numpy().tobytes()).hexdigest() for frame in video]
        assert ours['frames'] == [list(pair) for pair in zip(numbers, digests)], 'other frames than decord\'s'
    size = path.stat().st_size / 1e6
print(f'{args.minutes} minutes, {args.minutes * 60 * RATE} frames of {SIZE[0]}×{SIZE[1]}, {size:.0f} MB; {args.frames} frames wanted. decord {decord.__version__}, '
      f'PyAV {av.__version__}, torchvision {torchvision.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {args.rounds} rounds\n')
ours = statistics.median(times['vl-rerank'])
print('| reader | ms | vl-rerank is so many times as fast |\n|---|---|---|')
for name, values in times.items():
    median = statistics.median(values)
    print(f'| {name} | {median:.0f} | {median / ours:.1f} |')
