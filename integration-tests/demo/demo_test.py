"""The demo's own arithmetic and typesetting."""

import itertools
import json
import pathlib
import tempfile
import unittest

import ndcg
import outcome
import story
import table
from knowledge_base import KnowledgeBase, Search
from object_store import signature


def hit(identifier, score, title="fan"):
    return {"_id": identifier, "_score": score, "_source": {"title": title, "kind": "image"}}


def some_outcome(first, reranked, **search):
    search = Search(**{"name": "s", "query": {"text": "q"}, "first_pass": "bm25", "window_size": 3, "relevant": {"c": 2}, **search})
    hits = [[hit(identifier, 0.9 - place / 10) for place, identifier in enumerate(ids)] for ids in (first, reranked)]
    return outcome.Outcome(search, *hits, 1.0, 2.0, tuple("abc"))


class NdcgTest(unittest.TestCase):
    def test_hand_computed(self):
        # Gains 0, 1, 2 against the ideal 2, 1: (1/log2 3 + 2/2) / (2 + 1/log2 3).
        self.assertAlmostEqual(ndcg.ndcg(["x", "a", "b"], {"a": 1, "b": 2}), (0.6309298 + 1) / (2 + 0.6309298), 6)

    def test_relevant_documents_that_were_not_found_count(self):
        self.assertAlmostEqual(ndcg.ndcg(["a"], {"a": 1, "b": 1}), 1 / 1.6309298, 6)

    def test_expectation_is_the_mean_over_all_orders(self):
        relevant = {"a": 2, "b": 1, "elsewhere": 1}
        for k in (2, 10):
            orders = [ndcg.ndcg(order, relevant, k) for order in itertools.permutations("abcde")]
            self.assertAlmostEqual(ndcg.expected_ndcg("abcde", relevant, k), sum(orders) / len(orders))


class OutcomeTest(unittest.TestCase):
    def test_a_shuffle_is_measured_against_its_expectation_and_stays_out_of_the_bm25_figure(self):
        bm25 = some_outcome("abc", "cab")
        shuffle = some_outcome("cba", "cab", query={"image": "i.jpg"}, first_pass="shuffle")
        figures = outcome.groups([bm25, shuffle])
        self.assertEqual((figures["bm25"].searches, figures["bm25"].baseline, figures["bm25"].reranked), (1, 0.5, 1.0))
        self.assertEqual(figures["shuffle"].first_pass, 1.0)
        self.assertAlmostEqual(figures["shuffle"].baseline, (1 + 0.6309298 + 0.5) / 3, 6)
        self.assertTrue(figures["shuffle"].better)

    def test_the_report_s_means_follow_from_its_lists(self):
        report = outcome.report([some_outcome("abc", "cab"), some_outcome("cab", "acb")], [], [], "elasticsearch", {})
        for order in ("first_pass", "reranked"):
            values = [ndcg.ndcg(s[order], s["relevant"]) for s in report["searches"]]
            self.assertAlmostEqual(report["ndcg_at_10"][order], sum(values) / len(values))
        json.dumps(report)

    def test_broken_promises_are_noticed(self):
        with self.assertRaisesRegex(RuntimeError, "lost or added"):
            some_outcome("abc", "cax").check()
        rising = some_outcome("abc", "cab")
        rising.reranked[2]["_score"] = 0.95
        with self.assertRaisesRegex(RuntimeError, "not falling"):
            rising.check()


class StoryTest(unittest.TestCase):
    def test_places_of_the_right_answers(self):
        told = story.of_search(some_outcome("abc", "cab", story="s", first_pass="shuffle", relevant={"c": 2, "a": 2}))
        self.assertEqual((told.among, told.before, told.after, told.told), (3, (1, 3), (1, 2), True))
        failed = story.of_search(some_outcome("abc", "bca", story="s", first_pass="shuffle", relevant={"c": 2}))
        self.assertEqual((failed.after, failed.told), ((2,), False))
        lines = list(table.stories_block([told, failed]))
        self.assertEqual([table.FAILED in line for line in lines], [False, False, False, False, True])
        self.assertLessEqual(max(map(table.width, lines)), table.WIDTH)

    def test_a_story_is_a_group_of_its_own(self):
        figures = outcome.groups([some_outcome("abc", "cab"), some_outcome("cab", "abc", story="s", first_pass="shuffle")])
        self.assertEqual([(name, group.searches) for name, group in figures.items()], [("bm25", 1), ("stories", 1), ("all", 2)])


class TableTest(unittest.TestCase):
    def test_chinese_takes_two_columns(self):
        self.assertEqual(table.width("风扇 fan"), 8)
        self.assertEqual(table.fit("更换风扇模块", 8), "更换风… ")
        self.assertEqual(table.fit("更换风扇", 8), "更换风扇")

    def test_every_line_is_as_wide_as_the_terminal_at_most(self):
        wide = some_outcome("abc", "cab", query={"text": "如何更换风扇模块" * 20})
        wide.first_pass[0]["_source"]["title"] = "更换风扇模块的步骤" * 20
        wide.first_pass[1]["_score"] = 123.456
        lines = [*table.search_block(1, 9, wide), *table.figures_block(outcome.groups([wide]))]
        self.assertLessEqual(max(map(table.width, lines)), table.WIDTH)
        bars = {table.width(line.split("│")[0]) for line in lines if "│" in line}
        self.assertEqual(len(bars), 1, "the two sides are aligned")


class KnowledgeBaseTest(unittest.TestCase):
    def load(self, documents, searches):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "documents.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents))
            (folder / "searches.json").write_text(json.dumps(searches))
            base = KnowledgeBase(folder)
            base.media()
            return base

    def test_contradictions_are_refused(self):
        document = {"id": "a", "title": "t", "body": "b"}
        search = {"name": "s", "query": {"text": "q"}, "first_pass": "bm25", "window_size": 5, "relevant": {"a": 1}}
        self.assertEqual(len(self.load([document], [search]).searches), 1)
        for documents, searches, complaint in (
            ([document, document], [search], "twice"),
            ([document], [{**search, "relevant": {"z": 1}}], "no such documents"),
            ([document], [{**search, "query": {"image": "i.jpg"}}], "needs a text"),
            ([{**document, "image": "i.jpg"}], [search], "no such files"),
        ):
            with self.assertRaisesRegex(ValueError, complaint):
                self.load(documents, searches)


class SignatureTest(unittest.TestCase):
    def test_amazon_s_own_example(self):
        # "GET Object" of the S3 documentation on Signature Version 4.
        text = (
            "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
            "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
        )
        self.assertEqual(
            signature("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", text),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        )


if __name__ == "__main__":
    unittest.main()
