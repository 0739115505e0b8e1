#!/usr/bin/env python3
"""Build the evaluation set in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv, candidates.tsv, images/, videos/.

  build_eval.py OUTDIR [--seed 21] [--scale 1.0]
Everything comes from the split `eval`; unseen languages and concepts are skills of their own. qrels: 2 right, 1 right in part (the same
thing, one attribute of the question not met, where the set says so), 0 a near miss that must stand below. A query with "first_pass": "bm25" is searched in
the whole corpus by a search node; one with "shuffle" has its candidates in candidates.tsv. Needs Pillow and PyAV (libx264).
"""
import argparse
import collections
import json
import os
import random

from build_demo import overlap
from minirank import names, voice
from minirank.bundles import CLIPS, SCENES, bare, near_set, same
from minirank.documents import as_text, draw_in, near_in, page
from minirank.facts import FAMILIES, key_of
from minirank.media import IMAGE_SIZES
from minirank.split import draw

SPLIT = "eval"
WINDOW, SMALL = 50, 20
FAMILY_SKILL = {"trouble": "text: paraphrase", "procedure": "text: keyword trap", "spec": "text: keyword trap", "stock": "text: negated or opposite", "feature": "text: negated or opposite",
                "ticket": "text: negated or opposite", "direction": "text: swapped", "handover": "text: swapped"}


class Builder:
    def __init__(self, out, seed, scale):
        self.out, self.rng, self.scale = out, random.Random(seed), scale
        self.corpus, self.queries, self.qrels, self.candidates = {}, {}, collections.OrderedDict(), {}
        self.facts, self.shown = {}, {}  # what each text page states, what each medium shows
        self.cloud = {"image": [], "video": [], "text": []}  # documents of no query's own: strangers of a shuffle

    def times(self, count):
        return range(max(1, round(count * self.scale)))

    # documents ---------------------------------------------------------------------------------------------------
    def add(self, prefix, **document):
        name = f"{prefix}-{len(self.corpus) + 1:05d}"
        self.corpus[name] = document
        return name

    def text(self, facts, lang, like=None):
        """A page; like=(question, +1|-1): of some wordings the one nearest to or farthest from the question's."""
        tries = [page(facts, lang, self.rng, SPLIT) for _ in range(10 if like else 1)]
        if like:
            tries.sort(key=lambda d: like[1] * (overlap(like[0], d["title"] + " " + d["body"]) or -like[1] * 1000))
        name = self.add("page", title=tries[-1]["title"], text=tries[-1]["body"])
        self.facts[name] = facts
        return name

    def file(self, kind, draw_):
        """Writes one picture or clip; returns its path."""
        number = len(os.listdir(f"{self.out}/{kind}s")) + 1
        if kind == "image":
            path, options = self.rng.choice([(f"images/{number:05d}.jpg", {"quality": 90}), (f"images/{number:05d}.png", {}), (f"images/{number:05d}.webp", {"quality": 88})])
            draw_().save(f"{self.out}/{path}", **options)
            return path
        import av
        path, frames = f"videos/{number:05d}.mp4", draw_()
        with av.open(f"{self.out}/{path}", "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt, stream.options = *frames[0].size, "yuv420p", {"crf": "20", "preset": "veryfast"}
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_image(frame)))
            container.mux(stream.encode())
        return path

    def shot(self, scene, p, kind, backwards=False):
        if kind == "image":
            return self.file(kind, lambda: scene.paint(bare(p), self.rng, self.rng.choice(IMAGE_SIZES)))
        return self.file(kind, lambda: scene.paint(bare(p), self.rng, (208, 160), 30)[::-1 if backwards else 1])

    def medium(self, scene, p, kind, **text):
        name = self.add(kind, **{kind: self.shot(scene, p, kind)}, **text)
        self.shown[name] = (scene, p)
        return name

    # queries -----------------------------------------------------------------------------------------------------
    def ask(self, skill, lang, query, grades, candidates=None):
        name = f"q-{len(self.queries) + 1:04d}"
        if not any(grades.values()):
            raise ValueError(f"{skill}: nothing is right")
        self.queries[name] = dict(query, language=lang, skill=skill, first_pass="shuffle" if candidates else "bm25")
        self.qrels[name] = grades
        if candidates:
            assert set(grades) <= set(candidates) and len(set(candidates)) == len(candidates), (skill, len(candidates))
            candidates = sorted(candidates)
            self.rng.shuffle(candidates)
            self.candidates[name] = candidates

    def window(self, own, others, size):
        others = [d for d in others if d not in own]
        return list(own) + self.rng.sample(others, min(size - len(own), len(others)))


def text_queries(b):
    rng = b.rng
    for family, skill in FAMILY_SKILL.items():
        for lang in ("en", "zh"):
            for _ in b.times(12):
                fact = draw_in(rng, SPLIT, family)
                question = FAMILIES[family].asked(fact, lang, rng)
                b.text([fact], lang, (question, -1))
                for near in near_in(fact, rng, SPLIT, 7):
                    b.text([near] if rng.random() < 0.6 else [near, draw_in(rng, SPLIT)], lang, (question, 1))
                b.pending.append((skill, lang, question, fact))
    for lang in ("en", "zh"):
        for _ in b.times(18):
            fact = draw_in(rng, SPLIT)
            question = FAMILIES[fact["family"]].asked(fact, lang, rng)
            for tail in [fact] + near_in(fact, rng, SPLIT, 5):
                others = [f for f in (draw_in(rng, SPLIT) for _ in range(9)) if key_of(f) != key_of(fact)]
                others.insert(rng.randint(6, len(others)), tail)
                b.text(others, lang)
            b.pending.append(("text: late in a long page", lang, question, fact))
    for _ in b.times(420):
        b.text([draw_in(rng, SPLIT) for _ in range(rng.choice([1, 1, 2]))], rng.choice(["en", "zh"]))


def judge(b, fact):
    """Every page of the corpus: 2 where it answers, 0 where it is of the same family and does not."""
    key = key_of(fact)
    right = {d: 2 for d, facts in b.facts.items() if any(key_of(f) == key for f in facts)}
    return right


def finish_text(b):
    for skill, lang, question, fact in b.pending:
        grades = judge(b, fact)
        # near misses: they differ from the question in one slot
        near = [d for d, facts in b.facts.items() if d not in grades and any(f["family"] == fact["family"] and sum(x != y for x, y in zip(key_of(f), key_of(fact))) == 1 for f in facts)]
        grades.update({d: 0 for d in near[:30]})
        b.ask(skill, lang, {"text": question}, grades)


def cross_queries(b):
    rng = b.rng
    for lang, other in (("en", "zh"), ("zh", "en")):
        for _ in b.times(20):
            fact = draw_in(rng, SPLIT)
            own = {b.text([fact], other): 2}
            own.update({b.text([f], other): 0 for f in near_in(fact, rng, SPLIT, 6)})
            strangers = [b.text([f], other) for f in (draw_in(rng, SPLIT) for _ in range(WINDOW)) if key_of(f) != key_of(fact)][:12]
            pool = [d for d, facts in b.facts.items() if not any(key_of(f) == key_of(fact) for f in facts)]
            b.ask("cross-language text", f"{lang}-{other}", {"text": FAMILIES[fact["family"]].asked(fact, lang, rng)}, own, b.window(list(own) + strangers, pool, WINDOW))


def emoji_queries(b):
    rng = b.rng

    def group(known):
        picks = names.picks(rng, SMALL, known)
        return picks, [b.add("emoji", image=b.file("image", lambda e=e: names.picture(e, rng, rng.choice(IMAGE_SIZES[:3]), SPLIT))) for e in picks]

    def both(skill, picks, pictures, lang, to_image, to_text):
        for i in rng.sample(range(SMALL), to_image):
            text = voice.named(picks[i][lang][0], lang, rng, SPLIT)
            alike = [k for k in range(SMALL) if picks[k][lang][0] == picks[i][lang][0]]
            b.ask(skill + "text to picture", lang, {"text": text}, {pictures[k]: 2 for k in alike}, pictures)
        if to_text:
            words = [voice.named(e[lang][0], lang, rng, SPLIT) for e in picks]
            captions = [b.add("name", text=w) for w in words]
            for i in rng.sample(range(SMALL), to_text):
                again = b.file("image", lambda: names.picture(picks[i], rng, (256, 256), SPLIT))
                b.ask(skill + "picture to text", lang, {"image": again}, {c: 2 for c, w in zip(captions, words) if w == words[i]}, captions)

    for lang in voice.LANGUAGES:
        picks, pictures = group(True)
        for _ in b.times(1):
            both("", picks, pictures, lang, max(1, round(4 * b.scale)), max(1, round(2 * b.scale)))
            other = rng.choice([x for x in voice.LANGUAGES if x != lang])
            texts = [b.add("name", text=voice.named(e[other][0], other, rng, SPLIT)) for e in picks]
            for i in rng.sample(range(SMALL), max(1, round(2 * b.scale))):
                right = {texts[k]: 2 for k in range(SMALL) if picks[k][other][0] == picks[i][other][0]}
                b.ask("cross-language names", lang, {"text": voice.named(picks[i][lang][0], lang, rng, SPLIT)}, right, texts)
        again = rng.randrange(SMALL)
        b.ask("picture to picture", "none", {"image": b.file("image", lambda: names.picture(picks[again], rng, (256, 256), SPLIT))}, {pictures[again]: 2}, pictures)
    for lang in voice.HELD_OUT:
        picks, pictures = group(True)
        both("unseen language, ", picks, pictures, lang, max(1, round(5 * b.scale)), max(1, round(3 * b.scale)))
    for lang in ("en", "zh", "de", "ja"):
        picks, pictures = group(False)
        both("unseen concept, ", picks, pictures, lang, max(1, round(4 * b.scale)), max(1, round(2 * b.scale)))


def visual_queries(b):
    rng = b.rng
    for kind, scenes, skill, asks, tells in (("image", SCENES, "technical scene, ", 4, 2), ("video", CLIPS, "video action, ", 4, 2)):
        sets = []
        for scene in scenes:
            for _ in b.times(asks):
                first = draw(lambda r, s=scene: s.params(s.draw(r)), rng, SPLIT)
                params = [first] + near_set(scene, first, rng, SPLIT, 3)
                sets.append((scene, params, [b.medium(scene, p, kind) for p in params]))
        every = [d for _, _, own in sets for d in own]
        for scene, params, own in sets:
            claim = scene.claim(bare(params[0]), rng)
            right = {d: 2 for d in every if b.shown[d][0] is scene and scene.holds(claim, bare(b.shown[d][1]))}
            near = {d: 0 for d in own if d not in right}
            lang = rng.choice(["en", "zh"])
            # of the right ones few are shown, so that a shuffle does not find them by itself
            kept = dict([(d, g) for d, g in right.items() if d in own] + [(d, g) for d, g in right.items() if d not in own][:2])
            pool = [d for d in every if d not in right]
            b.ask(skill + "text to " + kind, lang, {"text": scene.question(claim, lang, rng, SPLIT)}, {**kept, **near}, b.window(list(kept) + list(near), pool, WINDOW))
        for scene, params, own in sets:
            if sets.index((scene, params, own)) % asks >= tells:
                continue
            lang = rng.choice(["en", "zh"])
            claims = [scene.claim(bare(p), rng) for p in params]
            texts = {}
            for other, more, _ in [(scene, [p], None) for p in params] + [(s, [p[0]], None) for s, p, _ in rng.sample(sets, min(16, len(sets)))]:
                claim = claims.pop(0) if claims else other.claim(bare(more[0]), rng)
                said = rng.choice(voice.REPORTS[SPLIT][lang]).format(other.caption(claim, lang, rng))
                texts[b.add("note", text=said)] = 2 if other is scene and scene.holds(claim, bare(params[0])) else 0
            b.ask(skill + kind + " to text", lang, {kind: b.shot(scene, params[0], kind)}, {d: g for i, (d, g) in enumerate(texts.items()) if g or i < len(params)}, list(texts))
            if kind == "image":
                alike = {d: 2 for d in every if b.shown[d][0] is scene and same(b.shown[d][1], params[0])}
                kept = dict([(d, 2) for d in own if d in alike] + [(d, 2) for d in alike if d not in own][:2])
                kept.update({d: 0 for d in own if d not in kept})
                pool = [d for d in every if d not in alike]
                if sets.index((scene, params, own)) % asks == 0:
                    b.ask("picture to picture", "none", {"image": b.shot(scene, params[0], kind)}, kept, b.window(list(kept), pool, SMALL))


def reversed_queries(b):
    rng = b.rng
    from minirank.bundles import settle
    from minirank.clips import reversible
    clips = [d for d, (s, _) in b.shown.items() if s in CLIPS]
    for _ in b.times(30):
        while True:
            scene = rng.choice(reversible())
            p = draw(lambda r: scene.params(scene.draw(r)), rng, SPLIT)
            back = scene.opposite(bare(p))
            if back and settle(scene, back, rng, SPLIT):
                break
        seed = rng.randrange(1 << 30)
        forward, backward = (b.add("video", video=b.file("video", lambda t=turn: scene.paint(bare(p), random.Random(seed), (208, 160), 30)[::t])) for turn in (1, -1))
        claim = scene.claim(bare(p), rng)
        lang = rng.choice(["en", "zh"])
        pool = [d for d in clips if b.shown[d][0] is not scene]
        b.ask("video action, reversed", lang, {"text": scene.question(claim, lang, rng, SPLIT)}, {forward: 2, backward: 0}, b.window([forward, backward], pool, SMALL))


def mixed_queries(b):
    rng = b.rng
    made = []
    for n in b.times(44):
        kind, scenes = ("image", SCENES) if n % 3 else ("video", CLIPS)
        scene = rng.choices(scenes, [s.weight for s in scenes])[0]
        p = draw(lambda r: scene.params(scene.draw(r)), rng, SPLIT)
        shown = [p] + near_set(scene, p, rng, SPLIT, 1)
        fact = draw_in(rng, SPLIT)
        facts = [fact] + near_in(fact, rng, SPLIT, 1)
        lang = rng.choice(["en", "zh"])
        own = {}
        for i, f in enumerate(facts):
            for k, q in enumerate(shown):
                side = page([f], lang, rng, SPLIT)
                document = {"title": side["title"], "text": side["body"], kind: b.shot(scene, q, kind)}
                if n % 4 == 1 and kind == "image":
                    clip = rng.choice(CLIPS)
                    document["video"] = b.shot(clip, draw(lambda r: clip.params(clip.draw(r)), rng, SPLIT), "video")
                own[b.add("mixed", **document)] = (i, k)
        made.append((kind, scene, shown, facts, lang, own))
    for n, (kind, scene, shown, facts, lang, own) in enumerate(made):
        family = FAMILIES[facts[0]["family"]]
        question = family.asked(facts[0], lang, rng)
        claim = scene.claim(bare(shown[0]), rng)
        if n % 2:
            query = {"text": rng.choice(voice.BOTH[SPLIT][lang]).format(fact=question, shown=scene.caption(claim, lang, rng))}
            agrees = [scene.holds(claim, bare(q)) for q in shown]
            skill = "mixed documents, text query"
        else:
            query = {"text": question, kind: b.shot(scene, shown[0], kind)}
            agrees = [same(q, shown[0]) for q in shown]
            skill = "mixed documents, mixed query"
        # 2: text and picture agree; 0: one of the two differs
        grades = {d: 2 if i == 0 and agrees[k] else 0 for d, (i, k) in own.items()}
        pool = [d for m in made for d in m[5] if m[3][0] != facts[0]]
        b.ask(skill, lang, query, grades, b.window(list(own), pool, WINDOW))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=21)
    ap.add_argument("--scale", type=float, default=1.0, help="share of the queries")
    a = ap.parse_args()
    for folder in ("images", "videos", "qrels"):
        os.makedirs(f"{a.out}/{folder}", exist_ok=True)
        if folder != "qrels" and os.listdir(f"{a.out}/{folder}"):
            raise SystemExit(f"{a.out}/{folder} is not empty")
    b = Builder(a.out, a.seed, a.scale)
    b.pending = []
    text_queries(b)
    cross_queries(b)
    finish_text(b)
    emoji_queries(b)
    visual_queries(b)
    reversed_queries(b)
    mixed_queries(b)
    for file, rows in (("corpus", b.corpus), ("queries", b.queries)):
        with open(f"{a.out}/{file}.jsonl", "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"_id": name, **row}, ensure_ascii=False) + "\n" for name, row in rows.items())
    with open(f"{a.out}/qrels/test.tsv", "w", encoding="utf-8") as f:
        f.write("query-id\tcorpus-id\tscore\n")
        f.writelines(f"{q}\t{d}\t{g}\n" for q, grades in b.qrels.items() for d, g in grades.items())
    with open(f"{a.out}/candidates.tsv", "w", encoding="utf-8") as f:
        f.write("query-id\tcorpus-id\tscore\n")
        f.writelines(f"{q}\t{d}\t{len(ids) - i}\n" for q, ids in b.candidates.items() for i, d in enumerate(ids))
    skills = collections.Counter(q["skill"] for q in b.queries.values())
    print(len(b.corpus), "documents,", len(b.queries), "queries")
    for skill, count in sorted(skills.items()):
        print(f"{count:5d} {skill}")


if __name__ == "__main__":
    main()
