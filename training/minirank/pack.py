"""The zip that pack_emoji.py builds: pictures and names of emoji, and words that name none."""
import functools
import json
import os
import zipfile


def path():
    """The pack beside the code, where it has travelled to, or in the cache."""
    beside = os.path.join(os.path.dirname(__file__), "..", ".material", "emoji.zip")
    cache = os.environ.get("VL_RERANK_CACHE", os.path.expanduser("~/.cache/vl-rerank"))
    return beside if os.path.exists(beside) else os.path.join(cache, "material", "emoji.zip")


@functools.lru_cache(maxsize=1)
def _files():
    with zipfile.ZipFile(path()) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(name):
    return _files()[name]


@functools.lru_cache(maxsize=2)
def table(name):
    return json.loads(read(name))
