"""What the searches came to: figures by search and by group, and the report that keeps them."""

import dataclasses
import statistics

import ndcg
from knowledge_base import Search

CUTOFF = 10


@dataclasses.dataclass(frozen=True)
class Outcome:
    search: Search
    first_pass: list  # hits, as the node gave them
    reranked: list
    first_pass_ms: float
    ms: float
    candidates: tuple  # ids that the first pass chose from

    @property
    def first_ids(self):
        return [hit["_id"] for hit in self.first_pass]

    @property
    def reranked_ids(self):
        return [hit["_id"] for hit in self.reranked]

    @property
    def first_ndcg(self):
        return ndcg.ndcg(self.first_ids, self.search.relevant, CUTOFF)

    @property
    def baseline_ndcg(self):
        """What the reranked order has to beat: of a shuffle its expected value, not the luck of one seed."""
        if self.search.shuffled:
            return ndcg.expected_ndcg(self.candidates, self.search.relevant, CUTOFF)
        return self.first_ndcg

    @property
    def reranked_ndcg(self):
        return ndcg.ndcg(self.reranked_ids, self.search.relevant, CUTOFF)

    def check(self):
        """Raises where the node broke a promise about order and scores."""
        if sorted(self.first_ids) != sorted(self.reranked_ids):
            raise RuntimeError(f"search {self.search.name}: reranking lost or added hits")
        scores = [hit["_score"] for hit in self.reranked]
        if any(not 0 < score <= 1 for score in scores) or scores != sorted(scores, reverse=True):
            raise RuntimeError(f"search {self.search.name}: reranked scores are not falling within 0…1: {scores}")


@dataclasses.dataclass(frozen=True)
class Figures:
    """nDCG@10, means over some searches."""

    searches: int
    first_pass: float
    baseline: float
    reranked: float

    @staticmethod
    def of(outcomes):
        mean = statistics.fmean
        return Figures(
            len(outcomes),
            mean(o.first_ndcg for o in outcomes),
            mean(o.baseline_ndcg for o in outcomes),
            mean(o.reranked_ndcg for o in outcomes),
        )

    @property
    def better(self):
        return self.reranked > self.baseline


def groups(outcomes):
    """-> {"bm25": Figures, "shuffle": Figures, "stories": Figures, "all": Figures}; a group without searches is left out."""
    counted = [o for o in outcomes if not o.search.story]
    members = {
        "bm25": [o for o in counted if not o.search.shuffled],
        "shuffle": [o for o in counted if o.search.shuffled],
        "stories": [o for o in outcomes if o.search.story],
        "all": outcomes,
    }
    return {name: Figures.of(some) for name, some in members.items() if some}


def report(outcomes, stories, analyzers, engine, load):
    figures = groups(outcomes)
    return {
        "engine": engine,
        "analyzers": analyzers or ["standard"],
        **load,
        "searches": [
            {
                "name": o.search.name,
                "query": o.search.query,
                "first_pass_by": o.search.first_pass,
                "first_pass": o.first_ids,
                "reranked": o.reranked_ids,
                "relevant": o.search.relevant,
                "ms": round(o.ms, 1),
                "first_pass_ms": round(o.first_pass_ms, 1),
                "ndcg_at_10": {"first_pass": o.first_ndcg, "baseline": o.baseline_ndcg, "reranked": o.reranked_ndcg},
            }
            for o in outcomes
        ],
        "stories": [{**dataclasses.asdict(story), "told": story.told} for story in stories],
        # first_pass and reranked follow from the lists above; baseline has the shuffles' expected values instead.
        "ndcg_at_10": {
            "first_pass": figures["all"].first_pass,
            "reranked": figures["all"].reranked,
            "baseline": figures["all"].baseline,
            **{name: dataclasses.asdict(f) for name, f in figures.items() if name != "all"},
        },
    }
