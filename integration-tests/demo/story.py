"""Stories: where the right answers stood before and after reranking."""

import dataclasses
import json
import urllib.request

LOCATE_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Story:
    name: str
    among: int
    before: tuple  # places of the right answers, from 1
    after: tuple

    @property
    def told(self):
        """Whether nothing wrong stands above a right answer."""
        return self.after == tuple(range(1, len(self.after) + 1))


def places(ids, relevant):
    return tuple(place for place, i in enumerate(ids, 1) if relevant.get(i))


def of_search(outcome):
    relevant = outcome.search.relevant
    return Story(outcome.search.story, len(outcome.first_ids), places(outcome.first_ids, relevant), places(outcome.reranked_ids, relevant))


def of_moment(sidecar, media_base, moment):
    """Asks /v1/locate for all windows; before: in the order of time."""
    body = {"query": moment.query, "video": media_base + moment.video, "window_s": moment.window_s, "stride_s": moment.stride_s, "fps": moment.fps, "top_n": 0}
    request = urllib.request.Request(f"{sidecar}/v1/locate", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=LOCATE_SECONDS) as answer:
        found = [(m["start"], m["end"]) for m in json.loads(answer.read())["moments"]]
    # a window is right where more than half of it is
    right = {w: 1 for w in found if 2 * (min(w[1], moment.end) - max(w[0], moment.start)) > w[1] - w[0]}
    if not right:
        raise RuntimeError(f"{moment.story}: no window lies within {moment.start} to {moment.end} s")
    return Story(moment.story, len(found), places(sorted(found), right), places(found, right))
