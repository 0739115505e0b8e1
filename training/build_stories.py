#!/usr/bin/env python3
"""Add the demo's eight stories to its knowledge base: documents, media, searches that carry "story".  usage: build_stories.py OUTDIR [--seed 8]

OUTDIR is what build_demo.py wrote; stories that stand in it are replaced, all else stays as it is. Scenes that training draws too come from
the split `demo`; the dog, the formula, the face and the catalogue are drawn here and nowhere else. Needs Pillow, PyAV and the DejaVu fonts.
"""
import argparse
import json
import math
import os
import random

from minirank.bundles import CLIPS, SCENES
from minirank.canvas import Canvas, shade
from minirank.split import bucket_of

SCENE = {s.name: s for s in SCENES}
CLIP = {s.name: s for s in CLIPS}
SIZE, CLIP_SIZE = (256, 256), (208, 160)
RATE = 10
INK = (28, 30, 34)


class Stories:
    def __init__(self, out, seed):
        self.out, self.rng, self.seed = out, random.Random(seed), seed
        with open(out + "/documents.jsonl", encoding="utf-8") as f:
            self.base = [d for d in map(json.loads, f) if not d["id"].startswith("story-")]
        with open(out + "/searches.json", encoding="utf-8") as f:
            self.searches = [s for s in json.load(f) if "story" not in s]
        for folder in ("images", "videos"):
            for name in os.listdir(f"{out}/{folder}"):
                if name.startswith("story-"):
                    os.remove(f"{out}/{folder}/{name}")
        self.documents, self.files = [], 0

    def add(self, kind, title="", body="", lang="en", **media):
        name = f"story-{len(self.documents) + 1:03d}"
        self.documents.append({"id": name, "title": title, "body": body, "lang": lang, "kind": kind, **media})
        return name

    def image(self, picture):
        self.files += 1
        path = f"images/story-{self.files:03d}.webp"
        picture.save(f"{self.out}/{path}", quality=88)
        return path

    def video(self, frames):
        import av
        self.files += 1
        path = f"videos/story-{self.files:03d}.mp4"
        with av.open(f"{self.out}/{path}", "w") as container:
            stream = container.add_stream("libx264", rate=RATE)
            stream.width, stream.height, stream.pix_fmt, stream.options = *frames[0].size, "yuv420p", {"crf": "22", "preset": "slow"}
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_image(frame)))
            container.mux(stream.encode())
        return path

    def placed(self, scene, p):
        """The parameters with a free one moved until the set belongs to the demo."""
        turns = (dict(p, turn=p["turn"] + i) for i in range(1000))
        return next(q for q in turns if bucket_of(scene.params(q)) == "demo")

    def still(self, scene, p):
        return self.image(scene.paint(self.placed(scene, p), self.rng, SIZE))

    def clip(self, scene, p):
        return self.video(scene.paint(self.placed(scene, p), self.rng, CLIP_SIZE, 3 * RATE))

    def tell(self, story, query, right, rivals, kinds=(), window=24):
        """One search: the right documents, their rivals, and as many of the knowledge base's documents of the kinds as fill the window."""
        rest = [d["id"] for d in self.base if not kinds or d["kind"] in kinds]
        candidates = sorted([*right, *rivals, *self.rng.sample(rest, window - len(right) - len(rivals))])
        self.searches.append({"name": story, "story": story, "query": query, "first_pass": "shuffle", "window_size": window, "relevant": {i: 2 for i in right},
                              "seed": self.rng.randrange(1000), "candidates": candidates})


# 1 -------------------------------------------------------------------------------------------------------------------
def city_at_night(b):
    place, rng = SCENE["place"], b.rng

    def film(p):
        """The scene before a camera that moves a little."""
        wide = place.paint(b.placed(place, p), rng, (256, 192))
        return b.video([wide.crop((i, 16, i + 208, 176)) for i in range(3 * RATE)])

    right = [b.add("image", "IMG_7001", image=b.still(place, {"place": "city", "time": "night", "turn": 0})), b.add("video", "CLIP-701", video=film({"place": "city", "time": "night", "turn": 0}))]
    rivals = [b.add("image", f"IMG_70{k}", image=b.still(place, {"place": p, "time": t, "turn": 0})) for k, (p, t) in
              enumerate([("city", "day"), ("factory", "night"), ("sea", "night"), ("mountain", "night"), ("forest", "night")], 10)]
    rivals.append(b.add("video", "CLIP-702", video=film({"place": "city", "time": "day", "turn": 0})))
    b.tell("a city at night, drawn and filmed", {"text": "view of a town with tall buildings at night"}, right, rivals, ("image", "video", "note"))


# 2 -------------------------------------------------------------------------------------------------------------------
def sofa(c, y, colour):
    w, h = c.w, c.h
    c.box(w * .2, y - h * .34, w * .8, y, colour, INK, 2, 8)
    c.box(w * .14, y - h * .24, w * .25, y + h * .08, shade(colour, -20), INK, 2, 6)
    c.box(w * .75, y - h * .24, w * .86, y + h * .08, shade(colour, -20), INK, 2, 6)
    c.box(w * .22, y - h * .1, w * .78, y + h * .08, shade(colour, 15), INK, 2, 4)


def animal(c, x, y, s, colour, cat):
    c.oval(x - s, y - s * .45, x + s * .7, y + s * .35, colour, INK, 2)
    for d in (-.8, -.5, .25, .5):
        c.box(x + s * d - 2, y + s * .2, x + s * d + 3, y + s * .8, colour, INK, 1)
    c.disc(x + s * .85, y - s * .5, s * .38, colour, INK, 2)
    for d in (-.2, .2):
        ear = [(x + s * (.85 + d) - s * .1, y - s * .78), (x + s * (.85 + d), y - s * 1.12), (x + s * (.85 + d) + s * .1, y - s * .78)]
        c.poly(ear if cat else [(px, 2 * (y - s * .7) - py) for px, py in ear], shade(colour, -40), INK, 1)
    c.disc(x + s * .98, y - s * .55, 2, INK)
    c.line([(x - s * .95, y - s * .1), (x - s * 1.4, y - s * (.8 if cat else .45))], colour, 4)


def dog_and_sofa(b):
    def film(kind, furniture):
        seed, frames = b.rng.randrange(1 << 30), []
        for i in range(3 * RATE):
            c, at = Canvas(*CLIP_SIZE, random.Random(seed), (206, 226, 206) if furniture else (150, 200, 240)), i / (3 * RATE - 1)
            if furniture:
                c.box(0, c.h * .82, c.w, c.h, (170, 130, 90))
                sofa(c, c.h * .72, (150, 60, 60))
            else:
                c.box(0, c.h * .6, c.w, c.h, (90, 160, 80))
            if kind:
                jump = math.sin(min(1, at * 1.6) * math.pi / 2)
                animal(c, c.w * (.05 + .45 * jump), c.h * (.84 - (.36 if furniture else .04) * jump), 22, (140, 92, 50) if kind == "dog" else (110, 110, 118), kind == "cat")
            frames.append(c.done())
        return b.video(frames)

    right = [b.add("video", "CLIP-711", video=film("dog", True))]
    rivals = [b.add("video", f"CLIP-71{k}", video=film(*what)) for k, what in enumerate([("cat", True), ("dog", False), ("", True)], 2)]
    for title, body in (("House rules", "Dogs stay outside. The sofa in the lobby is for visitors only."), ("Lost and found", "A brown dog was seen near the gate on Monday."),
                        ("Furniture list", "One sofa, red, three seats, bought in spring."), ("Cleaning plan", "The sofa in room 4 is cleaned on Fridays; dog hair is removed first.")):
        rivals.append(b.add("note", title, body))
    b.tell("a clip without text: the dog and the sofa", {"text": "a dog jumps on a sofa"}, right, rivals, ("video", "note"))


# 3 -------------------------------------------------------------------------------------------------------------------
STROKES = {"E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, .5), (.8, .5)]], "=": [[(0, .35), (1, .35)], [(0, .65), (1, .65)]],
           "m": [[(0, 1), (0, .4), (.25, .4), (.5, .55), (.5, 1)], [(.5, .55), (.75, .4), (1, .55), (1, 1)]], "c": [[(1, .5), (.5, .4), (.1, .6), (.1, .85), (.5, 1), (1, .9)]],
           "2": [[(0, .3), (.3, 0), (.8, .1), (.8, .4), (0, 1), (1, 1)]]}


def formula(b):
    c = Canvas(320, 160, b.rng, (252, 252, 246))
    x = 24
    for sign in "E=mc2":
        size, top = (22, 30) if sign == "2" else (40, 56)
        for stroke in STROKES[sign]:
            shaky = [(x + px * size + b.rng.uniform(-2, 2), top + py * size * 1.4 + b.rng.uniform(-2, 2)) for px, py in stroke]
            c.line(shaky, (30, 40, 120), 4)
        x += size + 18
    query = {"text": "Which page explains this?", "image": b.image(c.done())}
    right = [b.add("note", "Rest energy", "A body of mass m holds the energy E = mc²: mass times the square of the speed of light.")]
    rivals = [b.add("note", title, body) for title, body in
              (("Right triangles", "The squares over the two short sides make the long one's: a² + b² = c²."), ("Ohm's law", "Voltage is resistance times current: U = R I."),
               ("Force", "Force is mass times acceleration: F = m a."), ("Energy of motion", "A moving body has the energy E = ½ m v²."), ("Waves", "Speed is wavelength times frequency: c = λ f."))]
    b.tell("a formula drawn by hand", query, right, rivals, ("note", "data sheet", "manual"))


# 4 -------------------------------------------------------------------------------------------------------------------
def swahili(b):
    things = SCENE["object"]
    query = {"text": "tafuta picha nyingine ya kitu hiki", "image": b.still(things, {"kind": "umbrella", "colour": "red", "turn": 0})}
    right = [b.add("image", "IMG_7201", image=b.still(things, {"kind": "umbrella", "colour": "red", "turn": 20}))]
    rivals = [b.add("image", f"IMG_72{k}", image=b.still(things, {"kind": kind, "colour": colour, "turn": 0})) for k, (kind, colour) in
              enumerate([("umbrella", "blue"), ("lamp", "red"), ("tree", "red"), ("boat", "red"), ("car", "red"), ("umbrella", "green")], 10)]
    b.tell("a query in Swahili with a picture", query, right, rivals, ("image", "note"))


# 5 -------------------------------------------------------------------------------------------------------------------
LAUGH = (42, 48)


def face(c, laughing, at):
    x, y, r = c.w / 2, c.h * .55, c.h * .34
    c.disc(x, y, r, (245, 200, 150), INK, 2)
    for d in (-.4, .4):
        if laughing:
            c.arc(x + d * r, y - r * .2, r * .18, 180, 360, INK, 3)
        else:
            c.disc(x + d * r, y - r * .2, r * .09, INK)
    if laughing:
        open_ = r * (.28 + .16 * abs(math.sin(at * 6)))
        c.pie(x, y + r * .1, open_ * 1.5, 0, 180, (150, 30, 40), INK)
    else:
        c.line([(x - r * .3, y + r * .4), (x + r * .3, y + r * .4)], INK, 3)


def laugh(b):
    """A minute of a face that laughs for six seconds; /v1/locate is asked for the moment."""
    seed, frames = b.rng.randrange(1 << 30), []
    for i in range(60 * RATE):
        c, at = Canvas(*CLIP_SIZE, random.Random(seed), (206, 212, 222)), i / RATE
        face(c, LAUGH[0] <= at < LAUGH[1], at)
        frames.append(c.done())
    moment = {"video": b.video(frames), "query": "a person laughs", "window_s": 6, "stride_s": 6, "fps": 2, "start": LAUGH[0], "end": LAUGH[1]}
    b.searches.append({"name": "the laugh in a long recording", "story": "the laugh in a long recording", "locate": moment})


# 6 -------------------------------------------------------------------------------------------------------------------
def look_alikes(b):
    tools = SCENE["tool"]
    made = []
    for kind, colour, text in (("drill", "green", "supports night operation"), ("drill", "green", "does not support night operation"), ("drill", "orange", "supports night operation"),
                               ("flashlight", "green", "supports night operation"), ("drill", "purple", "does not support night operation"), ("screwdriver", "green", "supports night operation")):
        made.append(b.add("catalogue", f"Tool {len(made) + 1:02d}", f"This {kind} of series T{len(made) + 1} {text}.", image=b.still(tools, {"kind": kind, "colour": colour, "turn": 0})))
    b.tell("look-alike products, one attribute wrong", {"text": "a green drill that supports night operation"}, made[:1], made[1:], ("catalogue", "image"))


# 7 -------------------------------------------------------------------------------------------------------------------
def rack(b):
    scene, rng = SCENE["rack"], b.rng

    def shelf(nodes):
        """Other labels beside the named ones until the set belongs to the demo."""
        for _ in range(4000):
            beside = [f"Node-{n:02d}" for n in rng.sample([n for n in range(1, 100) if n not in (7, 17, 70)], 3 - len(nodes))]
            p = {"nodes": [*nodes, *([label, "green"] for label in beside)]}
            if bucket_of(scene.params(p)) == "demo":
                return b.image(scene.paint(p, rng, SIZE))
        raise RuntimeError("no such rack belongs to the demo")

    right = [b.add("image", "IMG_7301", image=shelf([["Node-07", "red"]]))]
    rivals = [b.add("image", f"IMG_73{k}", image=shelf(nodes)) for k, nodes in
              enumerate([[["Node-07", "green"]], [["Node-17", "red"]], [["Node-07", "blue"]], [["Node-07", "green"], ["Node-70", "red"]], [["Node-70", "red"]], [["Node-07", "orange"]]], 10)]
    b.tell('the rack photo: red light and "Node-07"', {"text": "the rack photo with a red light at Node-07"}, right, rivals, ("image", "ticket"))


# 8 -------------------------------------------------------------------------------------------------------------------
def mounting(b):
    module = CLIP["module"]
    query = {"text": "Which step of the manual is this?", "video": b.clip(module, {"action": "insert", "colour": "blue", "turn": 0})}
    right = [b.add("manual", "Mounting, step 3", "The blue module is pushed into the slot until it clicks.")]
    rivals = [b.add("manual", title, body) for title, body in
              (("Dismounting, step 1", "The blue module is pulled out of the slot."), ("Mounting, step 1", "The cabinet door is opened; a green lamp shows that the power is off."),
               ("Mounting, step 4", "The cabinet door is closed."), ("Mounting, step 5", "The fan turns; the needle of the gauge rises."), ("Dismounting, step 4", "The tank is emptied before the crane lifts it."))]
    b.tell("the mounting clip and the manual", query, right, rivals, ("manual", "report"))


TOLD = (city_at_night, dog_and_sofa, formula, swahili, laugh, look_alikes, rack, mounting)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--seed", type=int, default=8)
    a = ap.parse_args()
    b = Stories(a.out, a.seed)
    for story in TOLD:
        b.rng = random.Random(f"{a.seed}/{story.__name__}")
        story(b)
    with open(a.out + "/documents.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(d, ensure_ascii=False) + "\n" for d in b.base + b.documents)
    with open(a.out + "/searches.json", "w", encoding="utf-8") as f:
        json.dump(b.searches, f, ensure_ascii=False, indent=1)
        f.write("\n")
    print(len(b.base) + len(b.documents), "documents,", len(b.searches), "searches,", len(TOLD), "of them stories")


if __name__ == "__main__":
    main()
