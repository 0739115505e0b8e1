#!/usr/bin/env python3
"""Test counts from what test programs leave: prints "PASSED FAILED SKIPPED".

counts.py junit FILE…     JUnit XML of ctest or Maven surefire
counts.py unittest LOG    the end of Python's unittest
counts.py closing LOG     the last line "N passed, N failed, N skipped" of an integration runner
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


def junit(files):
    total, bad, skipped = 0, 0, 0
    for file in files:
        for suite in xml.etree.ElementTree.parse(file).getroot().iter("testsuite"):
            number = {key: int(suite.get(key) or 0) for key in ("tests", "failures", "errors", "skipped", "disabled")}
            total += number["tests"]
            # What ctest calls disabled is a test that could not be started.
            bad += number["failures"] + number["errors"] + number["disabled"]
            skipped += number["skipped"]
    return total - bad - skipped, bad, skipped


def unittest(text):
    total = int(re.findall(r"^Ran (\d+) tests? in ", text, re.MULTILINE)[-1])
    numbers = dict(re.findall(r"(failures|errors|skipped|unexpected successes)=(\d+)", text.splitlines()[-1]))
    skipped = int(numbers.pop("skipped", 0))
    bad = sum(map(int, numbers.values()))
    return total - bad - skipped, bad, skipped


def closing(text):
    lines = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.MULTILINE)
    if not lines:
        raise SystemExit("no line that says how many tests passed")
    return tuple(map(int, lines[-1]))


def main():
    kind, *files = sys.argv[1:]
    if kind == "junit":
        counts = junit(files)
    else:
        text = pathlib.Path(files[0]).read_text(encoding="utf-8", errors="replace").rstrip()
        counts = {"unittest": unittest, "closing": closing}[kind](text)
    print(*counts)


if __name__ == "__main__":
    main()
