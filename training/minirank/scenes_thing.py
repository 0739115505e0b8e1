"""Scenes of tools, objects, counts, coloured shapes and places."""
import math

from .canvas import Canvas, shade, tone
from .scene import Scene

INK = (28, 30, 34)
STEEL = (168, 172, 180)
COLOURS = ["red", "green", "blue", "yellow", "orange", "purple"]


def tool_hammer(c, x, y, s, col):
    c.box(x - s * .1, y - s * .5, x + s * .1, y + s, col, INK, 2, 3)
    c.box(x - s * .55, y - s * .85, x + s * .5, y - s * .45, STEEL, INK, 2)
    c.poly([(x - s * .55, y - s * .85), (x - s * .9, y - s * .4), (x - s * .55, y - s * .5)], STEEL, INK, 2)


def tool_screwdriver(c, x, y, s, col):
    c.box(x - s * .2, y - s * .95, x + s * .2, y - s * .05, col, INK, 2, 6)
    c.box(x - s * .06, y - s * .05, x + s * .06, y + s * .85, STEEL, INK, 2)
    c.poly([(x - s * .1, y + s * .8), (x + s * .1, y + s * .8), (x + s * .03, y + s), (x - s * .03, y + s)], STEEL, INK, 2)


def tool_wrench(c, x, y, s, col):
    c.box(x - s * .13, y - s * .6, x + s * .13, y + s * .6, col, INK, 2)
    for d in (-1, 1):
        c.disc(x, y + d * s * .68, s * .32, STEEL, INK, 2)
        c.box(x - s * .13, y + d * s * .68 - (s * .4 if d < 0 else -s * .05), x + s * .13, y + d * s * .68 + (s * .4 if d > 0 else -s * .05), c.ground)


def tool_saw(c, x, y, s, col):
    c.poly([(x - s, y - s * .25), (x + s * .45, y - s * .35), (x + s * .45, y + s * .2), (x - s, y + s * .02)], STEEL, INK, 2)
    for i in range(9):
        a = x - s + i * s * .16
        c.poly([(a, y + s * .04 + i * s * .02), (a + s * .08, y + s * .2 + i * s * .02), (a + s * .16, y + s * .05 + i * s * .02)], STEEL, INK, 1)
    c.box(x + s * .42, y - s * .5, x + s, y + s * .35, col, INK, 3, 10)
    c.box(x + s * .58, y - s * .25, x + s * .84, y + s * .1, c.ground, INK, 2, 6)


def tool_pliers(c, x, y, s, col):
    for d in (-1, 1):
        c.line([(x, y - s * .1), (x + d * s * .4, y + s * .4), (x + d * s * .35, y + s)], col, s * .2)
        c.line([(x, y - s * .1), (x - d * s * .22, y - s * .5), (x - d * s * .04, y - s)], STEEL, s * .2)
    c.disc(x, y - s * .1, s * .14, STEEL, INK, 2)


def tool_drill(c, x, y, s, col):
    c.box(x - s * .6, y - s * .6, x + s * .45, y - s * .05, col, INK, 3, 8)
    c.poly([(x - s * .5, y - s * .1), (x - s * .1, y - s * .1), (x - s * .2, y + s * .7), (x - s * .6, y + s * .7)], col, INK, 3)
    c.box(x - s * .7, y + s * .65, x - s * .05, y + s * .95, INK, None, 1, 4)
    c.box(x + s * .45, y - s * .42, x + s * .62, y - s * .22, STEEL, INK, 2)
    c.box(x + s * .62, y - s * .36, x + s, y - s * .28, STEEL, INK, 1)


def tool_flashlight(c, x, y, s, col):
    c.box(x - s * .95, y - s * .18, x + s * .3, y + s * .18, col, INK, 3, 4)
    c.poly([(x + s * .3, y - s * .18), (x + s * .6, y - s * .4), (x + s * .6, y + s * .4), (x + s * .3, y + s * .18)], col, INK, 3)
    c.poly([(x + s * .62, y - s * .35), (x + s, y - s * .7), (x + s, y + s * .7), (x + s * .62, y + s * .35)], (255, 246, 170))


def tool_meter(c, x, y, s, col):
    c.box(x - s * .5, y - s, x + s * .5, y + s * .8, col, INK, 3, 10)
    c.box(x - s * .38, y - s * .85, x + s * .38, y - s * .4, (196, 214, 190), INK, 2)
    c.text(x, y - s * .62, "12.4", s * .3, INK)
    c.disc(x, y + s * .15, s * .3, INK)
    c.line([(x, y + s * .15), (x + s * .15, y - s * .05)], (240, 240, 240), s * .07)


def obj_cup(c, x, y, s, col):
    c.arc(x + s * .55, y, s * .32, 270, 90, col, s * .12)
    c.poly([(x - s * .6, y - s * .6), (x + s * .6, y - s * .6), (x + s * .45, y + s * .7), (x - s * .45, y + s * .7)], col, INK, 3)


def obj_key(c, x, y, s, col):
    c.disc(x - s * .55, y, s * .4, col, INK, 3)
    c.disc(x - s * .55, y, s * .17, c.ground, INK, 2)
    c.box(x - s * .18, y - s * .1, x + s, y + s * .1, col, INK, 2)
    c.box(x + s * .6, y + s * .1, x + s * .72, y + s * .38, col, INK, 1)
    c.box(x + s * .82, y + s * .1, x + s * .95, y + s * .32, col, INK, 1)


def obj_book(c, x, y, s, col):
    c.poly([(x, y - s * .5), (x - s, y - s * .7), (x - s, y + s * .5), (x, y + s * .7)], col, INK, 3)
    c.poly([(x, y - s * .5), (x + s, y - s * .7), (x + s, y + s * .5), (x, y + s * .7)], shade(col, 30), INK, 3)
    for i in range(4):
        c.line([(x + s * .15, y - s * .3 + i * s * .22), (x + s * .85, y - s * .43 + i * s * .22)], (245, 245, 245), 2)


def obj_lamp(c, x, y, s, col):
    c.poly([(x - s * .35, y - s), (x + s * .35, y - s), (x + s * .7, y - s * .2), (x - s * .7, y - s * .2)], col, INK, 3)
    c.box(x - s * .06, y - s * .2, x + s * .06, y + s * .75, STEEL, INK, 2)
    c.box(x - s * .45, y + s * .75, x + s * .45, y + s * .95, STEEL, INK, 2)


def obj_chair(c, x, y, s, col):
    c.box(x - s * .55, y - s, x - s * .35, y + s, col, INK, 2)
    c.box(x - s * .55, y, x + s * .55, y + s * .2, col, INK, 2)
    c.box(x + s * .35, y + s * .2, x + s * .55, y + s, col, INK, 2)


def obj_house(c, x, y, s, col):
    c.box(x - s * .7, y - s * .1, x + s * .7, y + s * .9, (240, 228, 200), INK, 3)
    c.poly([(x - s * .95, y - s * .1), (x, y - s), (x + s * .95, y - s * .1)], col, INK, 3)
    c.box(x - s * .15, y + s * .35, x + s * .2, y + s * .9, (120, 80, 50), INK, 2)
    c.box(x + s * .35, y + s * .1, x + s * .6, y + s * .35, (180, 215, 240), INK, 2)


def obj_car(c, x, y, s, col):
    c.poly([(x - s * .5, y - s * .05), (x - s * .3, y - s * .5), (x + s * .35, y - s * .5), (x + s * .6, y - s * .05)], shade(col, 20), INK, 3)
    c.box(x - s, y - s * .05, x + s, y + s * .38, col, INK, 3, 8)
    for d in (-.55, .55):
        c.disc(x + s * d, y + s * .4, s * .22, INK)
        c.disc(x + s * d, y + s * .4, s * .09, STEEL)


def obj_truck(c, x, y, s, col):
    c.box(x - s, y - s * .65, x + s * .35, y + s * .35, col, INK, 3)
    c.poly([(x + s * .38, y - s * .35), (x + s * .75, y - s * .35), (x + s, y), (x + s, y + s * .35), (x + s * .38, y + s * .35)], (225, 226, 230), INK, 3)
    for d in (-.65, -.25, .68):
        c.disc(x + s * d, y + s * .42, s * .19, INK)


def obj_boat(c, x, y, s, col):
    c.poly([(x - s, y + s * .3), (x + s, y + s * .3), (x + s * .6, y + s * .8), (x - s * .6, y + s * .8)], col, INK, 3)
    c.box(x - s * .05, y - s * .9, x + s * .03, y + s * .3, INK)
    c.poly([(x + s * .07, y - s * .85), (x + s * .07, y + s * .15), (x + s * .8, y + s * .15)], (250, 250, 250), INK, 2)


def obj_tree(c, x, y, s, col):
    c.box(x - s * .13, y + s * .2, x + s * .13, y + s, (120, 80, 46), INK, 2)
    c.disc(x, y - s * .25, s * .62, col, INK, 3)


def obj_fish(c, x, y, s, col):
    c.poly([(x + s * .45, y), (x + s, y - s * .45), (x + s, y + s * .45)], col, INK, 2)
    c.oval(x - s * .9, y - s * .45, x + s * .6, y + s * .45, col, INK, 3)
    c.disc(x - s * .5, y - s * .08, s * .09, (250, 250, 250), INK, 2)


def obj_umbrella(c, x, y, s, col):
    c.pen.pieslice([(x - s) * 2, (y - s * .9) * 2, (x + s) * 2, (y + s * 1.0) * 2], 180, 360, col, INK, 4)
    c.box(x - s * .04, y, x + s * .04, y + s * .75, INK)
    c.arc(x + s * .14, y + s * .75, s * .18, 0, 180, INK, s * .08)


class Things(Scene):
    DRAW = {}
    NAMES = {}
    views = {"kind": {"keys": ("kind",), "en": ["a {kind}", "{kind}"], "zh": ["{kind}", "一个{kind}"]},
             "full": {"keys": ("kind", "colour"), "en": ["a {colour} {kind}", "{kind} in {colour}"], "zh": ["{colour}{kind}", "{colour}的{kind}"]}}

    @property
    def table(self):
        return self.NAMES

    def draw(self, rng):
        return {"kind": rng.choice(list(self.NAMES)), "colour": rng.choice(COLOURS), "turn": rng.randrange(12)}

    def near(self, p, rng):
        return [dict(p, kind=k) for k in rng.sample([k for k in self.NAMES if k != p["kind"]], 2)] + [dict(p, colour=k) for k in rng.sample([k for k in COLOURS if k != p["colour"]], 2)]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        s = min(c.w, c.h) * rng.uniform(0.3, 0.44)
        self.DRAW[p["kind"]](c, c.w * rng.uniform(0.44, 0.56), c.h * rng.uniform(0.46, 0.54), s, tone(p["colour"], rng))
        return c.done()


class Tool(Things):
    name, weight = "tool", 1.5
    NAMES = {"hammer": ("hammer", "锤子"), "screwdriver": ("screwdriver", "螺丝刀|起子"), "wrench": ("wrench|spanner", "扳手"), "saw": ("saw|hand saw", "锯子|手锯"), "pliers": ("pair of pliers|pliers", "钳子"),
             "drill": ("power drill|drill", "电钻"), "flashlight": ("flashlight|torch", "手电筒"), "meter": ("multimeter|digital meter", "万用表")}
    DRAW = {"hammer": tool_hammer, "screwdriver": tool_screwdriver, "wrench": tool_wrench, "saw": tool_saw, "pliers": tool_pliers, "drill": tool_drill, "flashlight": tool_flashlight, "meter": tool_meter}


class Object(Things):
    name, weight = "object", 1.5
    NAMES = {"cup": ("cup|mug", "杯子"), "key": ("key", "钥匙"), "book": ("book|open book", "书本|书"), "lamp": ("lamp|table lamp", "台灯|灯"), "chair": ("chair", "椅子"), "house": ("house", "房子|房屋"),
             "car": ("car", "汽车|小汽车"), "truck": ("truck|lorry", "卡车|货车"), "boat": ("sailing boat|boat", "帆船|船"), "tree": ("tree", "树"), "fish": ("fish", "鱼"), "umbrella": ("umbrella", "雨伞|伞")}
    DRAW = {"cup": obj_cup, "key": obj_key, "book": obj_book, "lamp": obj_lamp, "chair": obj_chair, "house": obj_house, "car": obj_car, "truck": obj_truck, "boat": obj_boat, "tree": obj_tree, "fish": obj_fish, "umbrella": obj_umbrella}


class Count(Scene):
    name, weight = "count", 1.0
    NUMBERS = {1: ("one|a single", "一个"), 2: ("two", "两个"), 3: ("three", "三个"), 4: ("four", "四个"), 5: ("five", "五个")}
    KINDS = {"box": ("cardboard box|box", "纸箱|箱子"), "barrel": ("barrel|drum", "油桶|圆桶"), "cone": ("traffic cone|cone", "路锥|交通锥")}
    PLURAL = {"box": ("cardboard boxes|boxes", "纸箱|箱子"), "barrel": ("barrels|drums", "油桶|圆桶"), "cone": ("traffic cones|cones", "路锥|交通锥")}
    views = {"count": {"keys": ("number", "kind"), "en": ["{number} {kind}", "{number} {kind} on the floor"], "zh": ["{number}{kind}", "地上有{number}{kind}"]}}

    def draw(self, rng):
        return {"number": rng.randrange(1, 6), "kind": rng.choice(list(self.KINDS)), "turn": rng.randrange(40)}

    def near(self, p, rng):
        return [dict(p, number=k) for k in rng.sample([k for k in self.NUMBERS if k != p["number"]], 3)] + [dict(p, kind=rng.choice([k for k in self.KINDS if k != p["kind"]]))]

    def caption(self, claim, lang, rng):
        from .scene import words
        view = self.views["count"]
        kinds = self.KINDS if claim["number"] == 1 else self.PLURAL
        return rng.choice(view[lang]).format(number=words(claim["number"], lang, rng, self.NUMBERS), kind=words(claim["kind"], lang, rng, kinds))

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        w, h = size
        c.box(0, h * 0.75, w, h, tone((150, 146, 138), rng))
        cells = [(i, j) for i in range(3) for j in range(2)]
        s = min(w / 3, h / 2) * 0.36
        for i, j in rng.sample(cells, p["number"]):
            x = w * (i + 0.5) / 3 + rng.uniform(-0.1, 0.1) * s
            y = h * (j + 0.5) / 2 + rng.uniform(-0.1, 0.1) * s
            if p["kind"] == "box":
                col = tone((190, 140, 80), rng)
                c.box(x - s, y - s * .8, x + s, y + s * .8, col, INK, 2)
                c.box(x - s * .15, y - s * .8, x + s * .15, y - s * .2, shade(col, 40))
            elif p["kind"] == "barrel":
                col = tone("blue", rng)
                c.box(x - s * .7, y - s, x + s * .7, y + s, col, INK, 2, 6)
                for d in (-.35, .35):
                    c.line([(x - s * .7, y + s * d), (x + s * .7, y + s * d)], INK, 2)
            else:
                col = tone("orange", rng)
                c.poly([(x, y - s), (x + s * .65, y + s * .7), (x - s * .65, y + s * .7)], col, INK, 2)
                c.poly([(x - s * .3, y - s * .1), (x + s * .3, y - s * .1), (x + s * .42, y + s * .2), (x - s * .42, y + s * .2)], (250, 250, 250))
                c.box(x - s * .9, y + s * .7, x + s * .9, y + s * .9, col, INK, 2)
        return c.done()


class Shapes(Scene):
    name, weight = "shapes", 1.2
    KINDS = {"circle": ("circle", "圆形"), "square": ("square", "方形"), "triangle": ("triangle", "三角形"), "star": ("star", "五角星")}
    views = {"pair": {"keys": ("ca", "a", "rel", "cb", "b"), "en": ["{ca} {a} {rel} {cb} {b}", "a {ca} {a} {rel} a {cb} {b}"], "zh": ["{ca}{a}在{cb}{b}{rel}"]},
             "one": {"keys": ("ca", "a"), "en": ["a {ca} {a}", "drawing with a {ca} {a}"], "zh": ["{ca}{a}", "有{ca}{a}的图形"]}}
    table = {**KINDS, "left": ("left of|to the left of", "左边"), "above": ("above|over", "上方")}

    def draw(self, rng):
        a, b = rng.sample(list(self.KINDS), 2)
        ca, cb = rng.sample(COLOURS, 2)
        return {"a": a, "b": b, "ca": ca, "cb": cb, "rel": rng.choice(["left", "above"]), "turn": rng.randrange(20)}

    def near(self, p, rng):
        return [dict(p, a=p["b"], b=p["a"], ca=p["cb"], cb=p["ca"]), dict(p, ca=p["cb"], cb=p["ca"]), dict(p, rel="left" if p["rel"] == "above" else "above"),
                dict(p, ca=rng.choice([k for k in COLOURS if k not in (p["ca"], p["cb"])]))]

    def holds(self, claim, p):
        if claim["view"] == "one":
            return (claim["ca"], claim["a"]) in ((p["ca"], p["a"]), (p["cb"], p["b"]))
        return super().holds(claim, p)

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        w, h = size
        j = lambda: rng.uniform(-0.04, 0.04)
        at = [(w * (.27 + j()), h * (.5 + 2 * j())), (w * (.73 + j()), h * (.5 + 2 * j()))] if p["rel"] == "left" else [(w * (.5 + 2 * j()), h * (.26 + j())), (w * (.5 + 2 * j()), h * (.74 + j()))]
        for (x, y), kind, colour in ((at[0], p["a"], p["ca"]), (at[1], p["b"], p["cb"])):
            s = min(w, h) * rng.uniform(0.15, 0.2)
            col = tone(colour, rng)
            if kind == "circle":
                c.disc(x, y, s, col, INK, 2)
            elif kind == "square":
                c.box(x - s, y - s, x + s, y + s, col, INK, 2)
            elif kind == "triangle":
                c.poly([(x, y - s), (x + s, y + s * .85), (x - s, y + s * .85)], col, INK, 2)
            else:
                pts = [(x + s * 1.15 * (1 if i % 2 == 0 else .45) * math.sin(math.pi * i / 5), y - s * 1.15 * (1 if i % 2 == 0 else .45) * math.cos(math.pi * i / 5)) for i in range(10)]
                c.poly(pts, col, INK, 2)
        return c.done()


class Place(Scene):
    name, weight = "place", 1.5
    PLACES = {"city": ("city skyline|town with tall buildings", "城市天际线|高楼城市"), "mountain": ("mountains|mountain landscape", "群山|山景"), "sea": ("sea with a ship|ocean with a ship", "海上的船|大海与轮船"),
              "forest": ("forest|many trees", "森林|树林"), "factory": ("factory with chimneys|industrial plant", "带烟囱的工厂|厂房")}
    TIMES = {"day": ("by day|in sunshine", "白天|阳光下"), "night": ("at night|in the dark", "夜晚|夜间")}
    table = {**PLACES, **TIMES}
    views = {"both": {"keys": ("place", "time"), "en": ["{place} {time}", "view of a {place} {time}"], "zh": ["{time}的{place}"]}}

    def draw(self, rng):
        return {"place": rng.choice(list(self.PLACES)), "time": rng.choice(list(self.TIMES)), "turn": rng.randrange(60)}

    def near(self, p, rng):
        return [dict(p, time="day" if p["time"] == "night" else "night")] + [dict(p, place=k) for k in rng.sample([k for k in self.PLACES if k != p["place"]], 2)]

    def paint(self, p, rng, size):
        night = p["time"] == "night"
        c = Canvas(*size, rng, background=(18, 24, 56) if night else (150, 200, 240))
        w, h = size
        dim = -60 if night else 0
        if night:
            for _ in range(25):
                c.disc(rng.uniform(0, w), rng.uniform(0, h * .5), 1.2, (240, 240, 220))
            mx = rng.uniform(.15, .85) * w
            c.disc(mx, h * .18, h * .07, (245, 240, 200))
            c.disc(mx + h * .035, h * .165, h * .06, c.ground)
        else:
            c.disc(rng.uniform(.15, .85) * w, h * .18, h * .08, (252, 220, 70))
        ground = h * rng.uniform(.7, .78)
        soil = {"sea": (40, 100, 170), "forest": (80, 150, 70), "mountain": (100, 150, 90), "city": (110, 112, 116), "factory": (140, 136, 124)}[p["place"]]
        c.box(0, ground, w, h, shade(tone(soil, rng, 8), dim))
        if p["place"] in ("city",):
            x = w * .03
            while x < w * .95:
                bw, bh = rng.uniform(.09, .15) * w, rng.uniform(.25, .58) * h
                c.box(x, ground - bh, x + bw, ground, shade(tone((120, 124, 134), rng, 20), dim), INK, 1)
                for i in range(int(bh // 16)):
                    for k in range(int(bw // 12)):
                        lit = rng.random() < .6
                        c.box(x + 4 + k * 12, ground - bh + 6 + i * 16, x + 9 + k * 12, ground - bh + 14 + i * 16, ((255, 230, 120) if lit else (40, 44, 60)) if night else (200, 222, 240))
                x += bw + rng.uniform(0, .03) * w
        elif p["place"] == "mountain":
            for _ in range(3):
                x, s = rng.uniform(.1, .9) * w, rng.uniform(.3, .5) * h
                c.poly([(x - s, ground), (x, ground - s * 1.15), (x + s, ground)], shade(tone((120, 112, 108), rng), dim), INK, 2)
                c.poly([(x - s * .26, ground - s * .85), (x, ground - s * 1.15), (x + s * .26, ground - s * .85)], shade((245, 246, 250), dim // 2))
        elif p["place"] == "sea":
            x, s = rng.uniform(.35, .65) * w, w * .22
            c.poly([(x - s, ground - h * .02), (x + s, ground - h * .02), (x + s * .75, ground + h * .12), (x - s * .75, ground + h * .12)], shade(tone((170, 50, 44), rng), dim), INK, 2)
            c.box(x - s * .5, ground - h * .14, x + s * .4, ground - h * .02, shade((235, 235, 235), dim), INK, 2)
            c.box(x, ground - h * .26, x + s * .2, ground - h * .14, shade((60, 60, 64), dim), INK, 2)
            for i in range(4):
                y = ground + h * (.08 + .05 * i)
                c.line([(w * k / 8, y + (3 if k % 2 else -3)) for k in range(9)], shade((90, 150, 210), dim), 2)
        elif p["place"] == "forest":
            for i in range(7):
                x = w * (i + .5) / 7 + rng.uniform(-6, 6)
                s = h * rng.uniform(.2, .3)
                c.box(x - 4, ground - s * .4, x + 4, ground + 6, shade((110, 76, 46), dim))
                c.poly([(x - s * .42, ground - s * .3), (x, ground - s * 1.6), (x + s * .42, ground - s * .3)], shade(tone((40, 120, 60), rng), dim), INK, 1)
        else:
            c.box(w * .12, ground - h * .28, w * .88, ground, shade(tone((160, 110, 90), rng), dim), INK, 2)
            for i in range(rng.choice([2, 3])):
                x = w * (.25 + .22 * i)
                c.box(x, ground - h * .55, x + w * .07, ground - h * .28, shade((130, 90, 80), dim), INK, 2)
                for k in range(3):
                    c.disc(x + w * .04 + k * 9, ground - h * (.58 + .05 * k), 7 + 3 * k, shade((210, 210, 214), dim))
        return c.done()


SCENES = [Tool(), Object(), Count(), Shapes(), Place()]
