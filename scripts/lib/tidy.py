#!/usr/bin/env python3
"""clang-tidy over the sources of a compile_commands.json; what was clean once is not looked at again.

tidy.py CLANG_TIDY BUILD_DIR CACHE_DIR [--checks=CHECKS] [FILE…]
--checks: added to those of .clang-tidy.
A file's key is a hash of the tool, its settings, the compile command and every header of the project that the file reaches, so
a change anywhere in between checks it anew. Only clean results are kept. Paths are hashed relative to the checkout: another
checkout finds the same keys.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FINDING = re.compile(r"^(\S+):\d+:\d+: (?:warning|error): .*\[(\S+)\]$", re.MULTILINE)
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@functools.cache
def content(path):
    return path.read_bytes()


@functools.cache
def included(path):
    """The project's own headers that a file names."""
    names = [name.decode() for name in INCLUDE.findall(content(path))]
    roots = (path.parent, ROOT / "src", ROOT)
    found = (next((root / name for root in roots if (root / name).is_file()), None) for name in names)
    return sorted({header.resolve() for header in found if header})


def reached(path):
    seen, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += included(file)
    return sorted(seen)


def key(tool, checks, entry, path):
    digest = hashlib.sha256()
    command = entry["command"].replace(str(ROOT), "").replace(os.path.expanduser("~"), "")
    for part in (tool, content(ROOT / ".clang-tidy"), content(ROOT / "versions.env"), command.encode(), checks.encode()):
        digest.update(part + b"\0")
    for file in reached(path):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + content(file) + b"\0")
    return digest.hexdigest()


def is_clean(done, build):
    """A finding of the path-sensitive analyzer that ends in a header of a library is none of ours."""
    findings = FINDING.findall(done.stdout)
    foreign = [
        where
        for where, checks in findings
        if checks.startswith("clang-analyzer") and not (pathlib.Path(build) / where).resolve().is_relative_to(ROOT)
    ]
    return done.returncode == 0 or (findings and len(foreign) == len(findings))


def main():
    binary, build, cache, *only = sys.argv[1:]
    checks = only.pop(0) if only and only[0].startswith("--checks=") else "--checks="
    cache = pathlib.Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    tool = subprocess.run([binary, "--version"], check=True, stdout=subprocess.PIPE).stdout
    entries = {pathlib.Path(e["file"]).resolve(): e for e in json.loads(content(pathlib.Path(build) / "compile_commands.json"))}
    wanted = {pathlib.Path(name).resolve() for name in only} or set(entries)
    keys = {path: key(tool, checks, entries[path], path) for path in sorted(entries) if path in wanted and path.is_relative_to(ROOT)}
    waiting = [path for path in keys if not (cache / keys[path]).exists()]
    print(f"{len(keys)} files, {len(waiting)} to check", flush=True)

    def check(path):
        command = [binary, "-p", build, "--quiet", checks, "--warnings-as-errors=*", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        clean = is_clean(done, build)
        if clean:
            (cache / keys[path]).touch()
        return path, done, clean

    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, done, clean in pool.map(check, waiting):
            if not clean:
                dirty += 1
                print(f"{path.relative_to(ROOT)}:\n{done.stdout}", flush=True)
    print(f"{dirty} files with complaints")
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
