#!/usr/bin/env python3
"""Build the demo's knowledge base: documents.jsonl, searches.json, images/, videos/.  usage: build_demo.py OUTDIR [--seed 3]

Everything comes from the split `demo`: no fact, scene parameter set or sentence of it is drawn in training.
Rebuilding needs Pillow, PyAV (libx264) and the DejaVu fonts; the built files are committed.
"""
import argparse
import json
import os
import random
import shutil

from evaluate_demo import terms
from minirank import lexicon as lx
from minirank.bundles import SCENES, bare, settle
from minirank.clips import CLIPS
from minirank.documents import draw_in
from minirank.facts import FAMILIES, key_of, key_params
from minirank.split import bucket_of, draw

SCENE = {s.name: s for s in SCENES}
CLIP = {s.name: s for s in CLIPS}
SIZES = [(256, 256), (320, 256), (288, 224), (224, 288)]
ASIDE = {"en": ["Entered by the early shift in week 14.", "Ask Ms Okafor for the old drawings.", "The customer was informed by letter.", "This replaces page 12 of the binder.",
                "Checked in the presence of the auditor.", "Spare keys hang behind the reception desk.", "Numbers were copied from the plate on the housing.", "Applies from the first of June."],
         "zh": ["早班于第十四周录入。", "旧图纸请向王工索取。", "已书面通知客户。", "本文替换活页夹第十二页。", "审核员在场核对。", "备用钥匙在前台后面。", "数字抄自外壳铭牌。", "自六月一日起适用。"]}
ROUND = {"en": "On the round at {hour} we noticed this: {text}. Passed on to the shift leader.", "zh": "{hour}点巡查发现：{text}。已转告班长。"}


def overlap(query, text):
    """Search terms that a first pass would find in common."""
    return len(set(terms(query)) & set(terms(text)))


class Builder:
    def __init__(self, out, seed):
        self.out, self.rng = out, random.Random(seed)
        self.documents, self.meta, self.searches = [], {}, []

    # documents -------------------------------------------------------------------------------------------------
    def add(self, kind, title, body, lang, **media):
        prefix = {"image": "img", "video": "vid"}.get(kind, "doc")
        number = sum(d["id"].startswith(prefix) for d in self.documents) + 1
        doc = {"id": f"{prefix}-{number:03d}", "title": title, "body": body, "lang": lang, "kind": kind, **media}
        self.documents.append(doc)
        return doc["id"]

    def page(self, facts, lang, like=None):
        """A page that states the facts; like=(query, +1|-1): the wording nearest to or farthest from the query's."""
        best = None
        for _ in range(24 if like else 1):
            said = [FAMILIES[f["family"]].stated(f, lang, self.rng) for f in facts]
            head = FAMILIES[facts[0]["family"]].titled(facts[0], lang, self.rng)
            common = overlap(like[0], head + " " + " ".join(said)) if like else 0
            # a right page that shares no term at all could not come into the window
            value = -1000 if like and common == 0 else common * like[1] if like else 0
            if best is None or value > best[0]:
                best = (value, head, said)
        _, head, said = best
        said.insert(self.rng.choice([0, len(said)]), self.rng.choice(ASIDE[lang]))
        kind = {"trouble": "note", "spec": "data sheet", "procedure": "manual", "feature": "catalogue", "direction": "project", "handover": "rule", "ticket": "ticket", "stock": "stock list"}
        i = self.add(kind[facts[0]["family"]], head, (" " if lang == "en" else "").join(said), lang)
        self.meta[i] = {"facts": facts}
        return i

    def report(self, scene, claim, lang):
        """A text that tells what a picture shows."""
        text = ROUND[lang].format(hour=self.rng.randrange(5, 23), text=scene.caption(claim, lang, self.rng))
        i = self.add("report", {"en": "Round report", "zh": "巡查报告"}[lang], text, lang)
        self.meta[i] = {"claim": claim, "scene": scene.name}
        return i

    def image(self, scene, p, search=False):
        size = self.rng.choice(SIZES)
        picture = scene.paint(bare(p), self.rng, size)
        name = f"{'query' if search else 'photo'}-{len(self.meta) + 1:03d}"
        path, options = self.rng.choice([(f"images/{name}.jpg", {"quality": 90}), (f"images/{name}.png", {"optimize": True}), (f"images/{name}.webp", {"quality": 88})])
        picture.save(f"{self.out}/{path}", **options)
        if search:
            self.meta[path] = {}
            return path
        note = self.rng.random() < 0.3
        lang = self.rng.choice(["en", "zh"])
        i = self.add("image", f"IMG_{self.rng.randrange(1000):04d}", {"en": "Seen on Tuesday.", "zh": "周二所见。"}[lang] if note else "", lang, image=path)
        self.meta[i] = {"scene": scene.name, "p": p}
        return i

    def video(self, clip, p, search=False):
        import av
        name = f"videos/{'query' if search else 'clip'}-{len(self.meta) + 1:03d}.mp4"
        frames = clip.paint(bare(p), self.rng, count=30)
        with av.open(f"{self.out}/{name}", "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt, stream.options = *frames[0].size, "yuv420p", {"crf": "20", "preset": "slow"}
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_image(frame)))
            container.mux(stream.encode())
        if search:
            self.meta[name] = {}
            return name
        i = self.add("video", f"CLIP-{self.rng.randrange(1000):03d}", "", "en", video=name)
        self.meta[i] = {"scene": clip.name, "p": p}
        return i

    # searches --------------------------------------------------------------------------------------------------
    def search(self, name, query, first_pass, relevant, candidates=None, window=50):
        entry = {"name": name, "query": query, "first_pass": first_pass, "window_size": window, "relevant": {i: 2 for i in relevant}}
        if candidates:
            assert set(relevant) <= set(candidates) and len(set(candidates)) == len(candidates)
            entry.update(seed=self.rng.randrange(1000), candidates=candidates)
        assert relevant, name
        self.searches.append(entry)

    def fact_search(self, name, fact, question, lang, doc_lang, right=2, wrong=9):
        """Right pages in words far from the question, near misses in its own words."""
        assert bucket_of(key_params(fact)) == "demo", fact
        for k in range(right):
            self.page([fact] if k else [draw_in(self.rng, "demo", "stock"), fact], doc_lang, (question, -1))
        near = []
        for attempt in range(400):
            if len(near) >= wrong:
                break
            # few pairs of systems belong to the demo: other facts of the family stand in once near misses run out
            drawn = FAMILIES[fact["family"]].near(fact, self.rng) if attempt < 200 else [draw_in(self.rng, "demo", fact["family"])]
            for f in drawn:
                if key_of(f) != key_of(fact) and bucket_of(key_params(f)) == "demo" and f not in near:
                    near.append(f)
        self.rng.shuffle(near)
        opposite = [f for f in near if key_params(f) == key_params(fact)][:3]
        others = [f for f in near if key_params(f) != key_params(fact)]
        for f in (opposite + others)[:wrong - 2]:
            # as many unrelated facts beside the near misses as beside the right ones
            beside = [draw_in(self.rng, "demo", "stock")] if self.rng.random() < 0.5 else []
            self.page(beside + [f], doc_lang, (question, 1))
        for pair in zip(others[-4:-2], others[-2:]):
            self.page(list(pair), doc_lang, (question, 1))
        self.pending.append((name, question, key_of(fact)))

    def finish_fact_searches(self):
        for name, question, key in self.pending:
            right = [i for i, m in self.meta.items() if any(key_of(f) == key for f in m.get("facts", []))]
            self.search(name, {"text": question}, "bm25", right)

    def pick(self, family, accept):
        while True:
            fact = draw_in(self.rng, "demo", family)
            if accept(fact):
                return fact

    def place(self, scene, p):
        return settle(scene, p, self.rng, "demo")

    def wanted(self, scene, accept):
        """A parameter set of the demo's split that meets a condition."""
        for _ in range(20000):
            p = scene.draw(self.rng)
            moved = self.place(scene, p) if accept(p) else None
            if moved:
                return moved
        raise RuntimeError(f"no {scene.name} for the demo")

    def near(self, scene, p, count):
        found = []
        for _ in range(200):
            if len(found) >= count:
                break
            found += [q for q in (self.place(scene, n) for n in scene.near(bare(p), self.rng)) if q and q not in found]
        return found[:count]

    def fill(self, wanted, exclude, count=50):
        """Candidates: the wanted ids and others without a claim about what they show."""
        rest = [d["id"] for d in self.documents if d["id"] not in wanted and d["id"] not in exclude and "claim" not in self.meta[d["id"]]]
        return sorted(wanted + self.rng.sample(rest, count - len(wanted)))



def build(b):
    rng, say = b.rng, lambda table, i, lang, k=0: table[i][lang][k]
    b.pending = []
    f = b.pick("procedure", lambda f: lx.ACTIONS[f["action"]]["en"][0] == "remove")
    b.fact_search("manual: the right action on the right part", f, f"How can I take out the {say(lx.PARTS, f['part'], 'en', 1)} of a {say(lx.DEVICES, f['device'], 'en', 1)}?", "en", "en")
    f = b.pick("trouble", lambda f: True)
    b.fact_search("fault in other words", f, f"Our {say(lx.DEVICES, f['device'], 'en', 1)} {say(lx.SYMPTOMS, f['symptom'], 'en', 1)}. What can we do about it?", "en", "en")
    f = b.pick("feature", lambda f: not f["yes"])
    b.fact_search("negation: devices without a feature", f, f"Which {say(lx.DEVICES, f['device'], 'en')} does not support {say(lx.FEATURES, f['feature'], 'en')}?", "en", "en", right=3)
    f = b.pick("ticket", lambda f: f["open"])
    b.fact_search("unresolved ticket of one node", f, f"unresolved tickets: {f['node']} {say(lx.SYMPTOMS, f['symptom'], 'en', 0)}", "en", "en")
    f = b.pick("procedure", lambda f: lx.ACTIONS[f["action"]]["en"][0] in ("install", "lock", "fill", "connect"))
    b.fact_search("中文：操作说明", f, f"请问怎样{say(lx.ACTIONS, f['action'], 'zh', 1)}{say(lx.DEVICES, f['device'], 'zh', 1)}的{say(lx.PARTS, f['part'], 'zh', 1)}？", "zh", "zh")
    f = b.pick("trouble", lambda f: True)
    b.fact_search("中文：故障", f, f"{say(lx.DEVICES, f['device'], 'zh', 1)}{say(lx.SYMPTOMS, f['symptom'], 'zh', 1)}，该怎么处理？", "zh", "zh")
    f = b.pick("spec", lambda f: True)
    b.fact_search("Chinese question, English data sheets", f, f"{f['code']} 的{say(lx.PROPERTIES, f['property'], 'zh', 0)}是多少", "zh", "en")
    f = b.pick("direction", lambda f: True)
    b.fact_search("direction of a migration", f, f"How do records get from the {say(lx.SYSTEMS, f['a'], 'en', 0)} to the {say(lx.SYSTEMS, f['b'], 'en', 0)}?", "en", "en")

    # pictures and clips: sets of near misses around each search's scene, and others
    sets = {}
    for key, kind, accept, count in (("rack", "rack", lambda p: len(p["nodes"]) == 3 and ["red"] == [c for _, c in p["nodes"] if c != "green"], 7),
                                     ("gauge", "gauge", lambda p: p["zone"] == "high" and p["kind"] == "pressure gauge", 6),
                                     ("tool", "tool", lambda p: p["kind"] == "wrench" and p["colour"] == "red", 6), ("ports", "ports", lambda p: p["cable"] == "yellow" and p["count"] == 6, 6),
                                     ("dialog", "dialog", lambda p: p["message"] == "disk full" and p["icon"] == "error", 6), ("place", "place", lambda p: p["place"] == "city" and p["time"] == "night", 5)):
        scene = SCENE[kind]
        p = b.wanted(scene, accept)
        ids = [b.image(scene, p)] + [b.image(scene, q) for q in b.near(scene, p, count)]
        sets[key] = (scene, p, ids)
    for scene in SCENES:
        for _ in range(3):
            b.image(scene, draw(lambda r: scene.params(scene.draw(r)), rng, "demo"))
    for key, kind, accept, count in (("module", "module", lambda p: p["action"] == "remove", 4), ("swing", "swing", lambda p: p["action"] == "close", 4),
                                     ("needle", "needle", lambda p: p["action"] == "rise", 4), ("blink", "blink", lambda p: p["blink"], 4)):
        clip = CLIP[kind]
        p = b.wanted(clip, accept)
        sets[key] = (clip, p, [b.video(clip, p)] + [b.video(clip, q) for q in b.near(clip, p, count)])
    for clip in CLIPS:
        for _ in range(2):
            b.video(clip, draw(lambda r: clip.params(clip.draw(r)), rng, "demo"))
    for fact in [draw_in(rng, "demo") for _ in range(64)]:
        b.page([fact] + ([draw_in(rng, "demo")] if rng.random() < 0.3 else []), rng.choice(["en", "en", "zh"]))
    b.finish_fact_searches()

    def shown(claim, scene):
        return [i for i, m in b.meta.items() if "p" in m and m["scene"] == scene.name and scene.holds(claim, bare(m["p"]))]

    def ask(name, key, claim, query):
        scene, _, ids = sets[key]
        right = shown(claim, scene)
        b.search(name, query, "shuffle", right, b.fill(sorted(set(ids) | set(right)), []))

    scene, p, _ = sets["rack"]
    label = next(n for n, c in p["nodes"] if c == "red")
    ask("rack photo: red light at one node", "rack", {"view": "led", "node": label, "led": "red"}, {"text": f"Which rack has a red LED at {label}?"})
    ask("仪表照片", "gauge", {"view": "both", "kind": "pressure gauge", "zone": "high"}, {"text": "找一张压力表读数过高、处于红色区域的照片"})
    ask("port panel: cable and port", "ports", {"view": "both", "port": bare(sets["ports"][1])["port"], "cable": "yellow"}, {"text": f"show me the panel with a yellow cable in port {bare(sets['ports'][1])['port']}"})
    ask("drawing of a city at night", "place", {"view": "both", "place": "city", "time": "night"}, {"text": "town with tall buildings, seen at night"})
    ask("clip: module pulled out", "module", {"view": "action", "action": "remove"}, {"text": "recording in which a module is pulled out of the slot"})
    ask("视频：关门", "swing", {"view": "action", "action": "close"}, {"text": "柜门被关上的录像"})

    scene, p, ids = sets["tool"]
    again = b.image(scene, p, search=True)
    right = [i for i, m in b.meta.items() if "p" in m and m["scene"] == "tool" and m["p"]["kind"] == p["kind"] and m["p"]["colour"] == p["colour"]]
    b.search("picture query: the same tool", {"image": again}, "shuffle", right, b.fill(sorted(set(ids) | set(right)), []))

    reports = []
    for key in ("dialog", "needle", "rack", "gauge", "blink", "tool", "module"):
        scene, p, ids = sets[key]
        for i in [ids[0]] + ids[1:4]:
            reports.append(b.report(scene, scene.claim(bare(b.meta[i]["p"]), rng), rng.choice(["en", "zh"])))

    def told(scene, p):
        return [i for i in reports if b.meta[i]["scene"] == scene.name and scene.holds(b.meta[i]["claim"], bare(p))]

    def about(name, key, query):
        scene, p, _ = sets[key]
        right = told(scene, p)
        rest = [d["id"] for d in b.documents if d["kind"] not in ("image", "video", "report")]
        b.search(name, query, "shuffle", right, sorted(reports + rng.sample(rest, 50 - len(reports))))

    about("screenshot query: which report is this", "dialog", {"image": b.image(sets["dialog"][0], sets["dialog"][1], search=True)})
    about("video query: which report is this", "needle", {"video": b.video(sets["needle"][0], sets["needle"][1], search=True)})
    about("mixed query: text and picture", "rack", {"text": "Find the text about this.", "image": b.image(sets["rack"][0], sets["rack"][1], search=True)})


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=3)
    a = ap.parse_args()
    for folder in ("images", "videos"):
        shutil.rmtree(f"{a.out}/{folder}", ignore_errors=True)
        os.makedirs(f"{a.out}/{folder}")
    b = Builder(a.out, a.seed)
    build(b)
    with open(a.out + "/documents.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(d, ensure_ascii=False) + "\n" for d in b.documents)
    with open(a.out + "/searches.json", "w", encoding="utf-8") as f:
        json.dump(b.searches, f, ensure_ascii=False, indent=1)
        f.write("\n")
    print(len(b.documents), "documents,", len(b.searches), "searches")


if __name__ == "__main__":
    main()
