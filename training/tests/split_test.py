"""Training and evaluation share no statement, question, caption, scene parameter set, picture or clip."""
import hashlib
import itertools
import json
import os
import random
import re
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from minirank import bundles, frames, names, pack, voice  # noqa: E402
from minirank.facts import Family  # noqa: E402

FILE_NAME = re.compile(r"^(IMG_|DSC|CLIP-|Photo |Recording |照片 |录像 )\d+$")
BUNDLES = {"text_bundle": 120, "long_bundle": 10, "scene_bundle": 30, "clip_bundle": 10, "reversed_bundle": 8, "mixed_bundle": 15}
PACKED = {"emoji_bundle": 12, "name_bundle": 30}


class Recorder:
    """What the builders draw for one split."""

    def __init__(self, split, kinds):
        self.texts, self.statements, self.parameters, self.pixels, self.skills = set(), set(), set(), set(), set()
        render, paint, clip = Family._render, bundles.paint, bundles.clip_media

        def rendered(family, templates, *rest):
            text = render(family, templates, *rest)
            if templates is not family.title:
                self.statements.add(text)
            return text

        def recorded(draw):
            def call(scene, p, rng):
                self.parameters.add(json.dumps(scene.params(bundles.bare(p)), sort_keys=True))
                return draw(scene, p, rng)

            return call

        with mock.patch.object(Family, "_render", rendered), mock.patch.object(bundles, "paint", recorded(paint)), mock.patch.object(bundles, "clip_media", recorded(clip)):
            for name, count in kinds.items():
                for i in range(count):
                    self.take(getattr(bundles, name)(random.Random(f"{name}/{i}"), split))

    def take(self, bundle):
        for item in bundle["media"]:
            for image in [item[1]] if item[0] == "image" else item[1][:1]:
                self.pixels.add(hashlib.sha256(image.tobytes()).digest())
        for query, documents, skill in bundle["groups"]:
            self.skills.add(skill)
            for side in [query] + [d for d, _ in documents]:
                if side.get("text") and not FILE_NAME.match(side["text"]):
                    self.texts.add(side["text"])


class SplitTest(unittest.TestCase):
    def test_nothing_drawn_is_shared(self):
        kinds = dict(BUNDLES, **(PACKED if os.path.exists(pack.path()) else {}))
        train, held = Recorder("train", kinds), Recorder("eval", kinds)
        for part in ("texts", "statements", "parameters", "pixels"):
            mine, others = getattr(train, part), getattr(held, part)
            # a picture and its second drawing both count; only pairs of the two splits may not
            self.assertTrue(mine.isdisjoint(others), f"{part}: {len(mine & others)} shared")
            self.assertGreater(min(len(mine), len(others)), 50, part)
        # every note beside a picture repeats among few: whole texts alone would hide a shared question of one word
        self.assertGreater(len(held.skills), 12)

    def test_fixed_sentences_belong_to_one_split(self):
        for table in (voice.FILLER, voice.NOTES, voice.REPORTS, voice.LENSES, voice.BOTH):
            for a, b in itertools.combinations(voice.SPLITS, 2):
                for lang in ("en", "zh"):
                    self.assertFalse(set(table[a][lang]) & set(table[b][lang]))
        for table in (voice.ABOUT, voice.SAME):
            for a, b in itertools.combinations(voice.SPLITS, 2):
                self.assertFalse(set(table[a]) & set(table[b]))
        for split in ("eval", "demo"):
            self.assertNotIn("{}", [t for lang in ("en", "zh") for t in voice.LENSES[split][lang] + voice.REPORTS[split][lang]])
        for lang in voice.LANGUAGES:
            framed = {a + "{}" + b for a in frames.OPENINGS[lang] for b in frames.CLOSINGS[lang]}
            self.assertNotIn(voice.NAMED[lang], framed | {"{}"})

    def test_unseen_concepts_and_languages_are_kept_out(self):
        self.assertFalse(set(voice.LANGUAGES) & set(voice.HELD_OUT))
        self.assertGreaterEqual(len(voice.LANGUAGES), 12)
        if not os.path.exists(pack.path()):
            self.skipTest("no emoji pack: training/material makes it")
        known, unseen = ({e["cp"] for e in names.table(k)} for k in (True, False))
        self.assertFalse(known & unseen)
        self.assertGreater(len(unseen), 60)
        with self.assertRaises(AssertionError):
            bundles.emoji_bundle(random.Random(1), "train", known=False)

    def test_words_of_other_matters_name_nothing_and_ask_nothing(self):
        if not os.path.exists(pack.path()):
            self.skipTest("no emoji pack: training/material makes it")
        pieces = pack.table("words.json")
        self.assertEqual(set(pieces), set(voice.LANGUAGES))
        for lang, texts in pieces.items():
            self.assertGreater(len(texts), 500, lang)
            phrase = set(re.findall(r"\w+", voice.NAMED[lang].replace("{}", " ").lower()))
            whole = {e[lang][0].lower() for known in (True, False) for e in names.table(known)}
            for text in texts:
                self.assertFalse(phrase & set(re.findall(r"\w+", text.lower())), (lang, text))
                self.assertFalse(text.lower() in whole, (lang, text))

    def test_a_keyword_that_fits_another_picture_is_not_asked_for(self):
        table = names.table()
        faces = [e for e in table if "face" in e["en"]][:8]
        rng = random.Random(4)
        for _ in range(300):
            word = names.word(faces[0], "en", rng, faces)
            self.assertFalse(any(word in e["en"] for e in faces[1:]), word)

    def test_reversed_clips_are_the_same_frames(self):
        for i in range(6):
            bundle = bundles.reversed_bundle(random.Random(i), "eval")
            forward, backward = (bundle["media"][k][1] for k in (0, 1))
            self.assertEqual([f.tobytes() for f in forward], [f.tobytes() for f in backward[::-1]])
            for _, documents, _ in bundle["groups"]:
                self.assertEqual(sorted(label for _, label in documents), [0, 1])

    def test_one_seed_draws_the_same(self):
        def texts():
            rng = random.Random(5)
            return [[q.get("text"), [d.get("text") for d, _ in docs]] for _ in range(20) for q, docs, _ in bundles.mixed_bundle(rng, "train")["groups"]]

        self.assertEqual(texts(), texts())


if __name__ == "__main__":
    unittest.main()
