"""nDCG@k with linear gains, as trec_eval computes it."""

import math


def dcg(gains, k):
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:k]))


def ndcg(ids, relevant, k=10):
    """ids: best first; relevant: {id: grade}, of the whole collection."""
    ideal = dcg(sorted(relevant.values(), reverse=True), k)
    return dcg([relevant.get(identifier, 0) for identifier in ids], k) / ideal


def expected_ndcg(candidates, relevant, k=10):
    """The mean of ndcg over all orders of the candidates: every place gets the candidates' mean gain."""
    mean = sum(relevant.get(identifier, 0) for identifier in candidates) / len(candidates)
    return dcg([mean] * min(k, len(candidates)), k) / dcg(sorted(relevant.values(), reverse=True), k)
