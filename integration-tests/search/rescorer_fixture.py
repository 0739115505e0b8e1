"""What the rescorer's cases share: an index whose first pass is known, searches with and without the rescorer."""

import math
import struct

from imposter import well

FLOOR = 1e-6


class Skipped(Exception):
    pass


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def equal(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected}, got {actual}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def close(actual, expected, what):
    """Equal but for float32's rounding and for what a batch's other documents change of a score (about 1e-6 of it)."""
    near = len(actual) == len(expected) and all(
        math.isclose(a, float32(e), rel_tol=1e-5) for a, e in zip(actual, expected)
    )
    true(near, f"{what}: expected {expected}, got {actual}")


def falling(scores):
    return all(a >= b for a, b in zip(scores, scores[1:])) and all(score >= 0 for score in scores)


# The first pass puts a, b, c, d, e in this order with the scores 9, 7, 5, 3, 1; the imposter wants c, e, a, d, b.
FIVE = {
    "a": {"rank": 9, "title": "fan score=0.50"},
    "b": {"rank": 7, "title": "pump score=0.10"},
    "c": {"rank": 5, "title": "valve score=0.90"},
    "d": {"rank": 3, "title": "belt score=0.25"},
    "e": {"rank": 1, "title": "motor score=0.75"},
}
FIRST_PASS = {
    "function_score": {
        "query": {"match_all": {}},
        "field_value_factor": {"field": "rank"},
        "boost_mode": "replace",
    }
}


class Fixture:
    def __init__(self, node, imposter, spare, search_threads, api_key, warm_queue_size):
        self.node, self.imposter, self.spare = node, imposter, spare
        self.search_threads, self.api_key = search_threads, api_key
        self.warm_queue_size = warm_queue_size
        self.proxy = None

    def use(self, *endpoints):
        self.node.must("PUT", "/_cluster/settings", {"transient": {"vl_rerank.endpoints": list(endpoints)}})

    def make_once(self, name, documents, **arguments):
        """An index that no case changes."""
        if name not in self.node.kept:
            self.node.make_index(name, documents, **arguments)
            self.node.kept.add(name)

    def recover(self):
        """The imposters answer well and the plugin has forgotten what failed: a new list of endpoints is a fresh start."""
        self.imposter.reset()
        self.spare.reset()
        self.use(self.spare.url)
        self.use(self.imposter.url)

    def body(self, rescore=True, window_size=None, search=None, **parameters):
        body = {"query": FIRST_PASS, **(search or {})}
        if rescore:
            own = {"query": "which part", "fields": {"text": "title"}, "timeout": "30s", **parameters}
            body["rescore"] = {"vl_rerank": {key: value for key, value in own.items() if value is not None}}
            if window_size:
                body["rescore"]["window_size"] = window_size
        return body

    def search(self, index, query_string="", **arguments):
        """An answer of any status."""
        return self.node.call("POST", f"/{index}/_search{query_string}", self.body(**arguments))

    def reranked(self, index, query_string="", **arguments):
        """An answer that must have come from the imposter."""
        answer = self.search(index, query_string, **arguments)
        equal(answer.status, 200, f"status ({answer.body})")
        true(answer.markers in (["applied"], ["applied;scope=shard"]), f"marker {answer.markers}")
        true(falling(answer.scores), f"scores rise or are negative: {answer.scores}")
        return answer

    def five(self):
        self.make_once("five", FIVE)

    def refused(self, word, **arguments):
        """The search must be a 400 that says the word, and ask the sidecar nothing."""
        answer = self.search("five", **arguments)
        equal(answer.status, 400, f"status ({answer.body})")
        true(word in str(answer.body), f"the complaint does not say [{word}]: {answer.body}")
        equal(len(self.imposter.requests), 0, "requests to the sidecar")

    def behave(self, reply):
        """reply: a function of the request."""
        self.imposter.reset(lambda request, n: reply(request))

    def hang(self):
        """From now on no answer comes until the next reset."""
        imposter = self.imposter
        imposter.reset()
        release = imposter.release

        def wait(request, n):
            release.wait(120)
            return well(request)

        imposter.behave = wait
        return release
