#!/usr/bin/env python3
"""Something to begin with for a fuzzer: valid inputs from the test data, or short ones that name what a body may hold.

fuzz_seeds.py FUZZER FOLDER     FUZZER: the name of the program; one that is not known here gets none
"""

import json
import pathlib
import struct
import sys

DATA = pathlib.Path(__file__).resolve().parents[2] / "integration-tests/data"
MAX_MEDIA_BYTES = 4096  # a fuzzer learns more from many small inputs

MEDIUM = {"url": "http://h/v.mp4", "start": 1.0, "end": 2.5}
FRAMES = {"frames": ["http://h/0.png", "data:image/png;base64,iVBORw0KGgo="], "fps": 2}
IMAGE = {"resize": "fit", "width": 64, "height": 48, "blur_sigma": 0.5, "quality_threshold": 0.1, "profile": "product"}
CONTENT = {"text": ["a", "\ud83d\ude00"], "image": ["s3://b/k.jpg"], "video": [MEDIUM, FRAMES]}
MESSAGE = {"content": [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "http://h/i.png"}},
                       {"type": "video_url", "video_url": {"url": "http://h/v.mp4"}}]}
RERANK = {"model": "m", "query": CONTENT, "documents": ["d", CONTENT, MESSAGE], "instruction": "i", "top_n": 2, "min_score": 0.1,
          "return_documents": True, "explain": True, "fps": 1.0, "max_frames": 8, "max_length": 512, "image": IMAGE, "timeout_ms": 500,
          "on_document_error": "fail"}
SCHEMAS = [
    RERANK,
    {"model": "m", "query": "q", "documents": ["d", {"text": "e"}], "top_n": 1, "max_tokens_per_doc": 64, "priority": 1, "rank_fields": ["text"]},
    {"query": "q", "texts": ["a", "b"], "raw_scores": False, "return_text": True, "truncate": True, "truncation_direction": "right"},
    {"model": "m", "query": "q", "documents": ["d"], "return_documents": True, "raw_scores": True},
    {"model": "m", "text_1": ["a"], "text_2": ["b"]},
    {"queries": "q", "items": [MESSAGE]},
    {"data_1": ["a"], "data_2": {"content": []}},
]
TEXTS = ["The quick e\u0301 <|im_start|>user\n<think> 你好\r\n 12,345 we'll", "<|vision_start|><|image_pad|>", "\u1100\u1161\u11a8 \u0000\ud55c\u200d"]
JSON = ['{"a":[1,-2.5e-3,18446744073709551615,true,false,null,"\\ud83d\\ude00\\n"],"b":{}}', '"\\ud800"', '{"a":1,"a":2}', "[[[[]]]]", "0e151"]
URLS = ["https://user:p%40ss@EXAMPLE.org:8443/a/../b%2Fc?d=e#f", "s3://bucket/key with space", "http://[::1]:80/x", "file:///a/b", "//h/x", "?q"]
DATA_URLS = ["data:image/png;base64,iVBORw0KGgo=", "data:text/plain;charset=utf-8,%41b", "data:,"]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nETag: \"a\"\r\nContent-Length: 4\r\n\r\nabcd",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n0\r\nT: v\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://h/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<Error><Code>NoSuchKey</Code></Error>",
    b"HTTP/1.0 206 Partial Content\r\nContent-Range: bytes 0-3/4\r\n\r\nabcd",
]
# Queries, a corpus and rows of judgements, all of which one fuzzer reads.
DATASET = ['{"_id":"q1","text":"q","image":"i.png","metadata":{"language":"en","skill":"s"}}\n{"_id":"q2","title":"t","text":"x","video":"v.mp4"}\n',
           "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"]


def texts(values):
    return [value.encode("utf-8", "surrogatepass") for value in values]


def bodies(values):
    return texts(json.dumps(value) for value in values)


def safetensors():
    header = json.dumps({"__metadata__": {"format": "pt"}, "a": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]},
                         "b": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}).encode()
    return [struct.pack("<Q", len(header)) + header + bytes(12)]


def media():
    files = [path for folder in ("video", "parity") for path in sorted((DATA / folder).rglob("*.*"))
             if path.suffix not in (".json", ".jsonl") and path.stat().st_size <= MAX_MEDIA_BYTES]
    inputs = []
    for path in files:
        video = path.parent.name == "video" or path.suffix == ".mp4"
        # The fuzzer's first byte: decode a picture, decode a video, look at either.
        inputs += [bytes([way]) + path.read_bytes() for way in (1 if video else 0, 2)]
    return inputs


SEEDS = {
    "data_url_fuzzer": lambda: texts(DATA_URLS),
    "dataset_fuzzer": lambda: texts(DATASET),
    "http_response_fuzzer": lambda: [bytes([size]) + answer for answer in ANSWERS for size in (0, 63)],
    "json_fuzzer": lambda: texts(JSON) + bodies(SCHEMAS),
    "locate_body_fuzzer": lambda: bodies([{"query": CONTENT, "video": MEDIUM, "window_s": 10, "stride_s": 5, "top_n": 5, "fps": 1.0, "instruction": "i"}]),
    "media_fuzzer": media,
    "media_url_fuzzer": lambda: texts(URLS),
    "rerank_body_fuzzer": lambda: bodies(SCHEMAS),
    "safetensors_fuzzer": safetensors,
    "schemas_fuzzer": lambda: bodies(SCHEMAS),
    "tokenizer_encode_fuzzer": lambda: texts(TEXTS),
    "tokenizer_file_fuzzer": lambda: [(DATA / "golden-b/model/tokenizer.json").read_bytes()],
    "warm_body_fuzzer": lambda: bodies([{"media": ["http://h/i.png", MEDIUM, FRAMES], "image": IMAGE}]),
}


def main():
    fuzzer, folder = sys.argv[1:]
    for number, seed in enumerate(SEEDS.get(fuzzer, list)()):
        (pathlib.Path(folder) / f"seed-{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
