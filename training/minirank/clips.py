"""Short clips of actions. A clip is four frames in time order as the reader samples them, or any number for a file."""
import math

from .canvas import Canvas, shade, tone
from .scene import Scene
from .scenes_room import INK, PALE, Gauge, Level, State

COLOURS = ["red", "blue", "green", "yellow", "orange", "purple"]
SIZE = (208, 160)


class Clip(Scene):
    """paint() gives a list of frames; `at` in 0..1 is the time of a frame, style is fixed by a seed per clip."""

    def frame(self, p, at, c, style):
        raise NotImplementedError

    def opposite(self, p):
        """What the same frames backwards show; None where they show the same."""
        actions = [a for a in self.table if a not in Gauge.KINDS]
        return dict(p, action=actions[1 - actions.index(p["action"])])

    def times(self, count):
        return [i / (count - 1) for i in range(count)]

    def paint(self, p, rng, size=SIZE, count=4):
        import random
        seed = rng.randrange(1 << 30)
        style_seed = rng.randrange(1 << 30)
        frames = []
        for at in self.times(count):
            c = Canvas(*size, random.Random(seed))
            self.frame(p, at, c, random.Random(style_seed))
            frames.append(c.done())
        return frames


class Module(Clip):
    name, weight = "module", 1.5
    table = {"insert": ("inserted into|pushed into", "插入"), "remove": ("pulled out of|removed from", "拔出")}
    views = {"action": {"keys": ("action",), "en": ["a module is {action} the rack slot", "clip: module {action} a slot"], "zh": ["模块{action}机架插槽", "视频：模块{action}"]},
             "full": {"keys": ("action", "colour"), "en": ["a {colour} module is {action} the rack slot", "{colour} module being {action} a slot"], "zh": ["{colour}模块{action}机架插槽"]}}

    def draw(self, rng):
        return {"action": rng.choice(["insert", "remove"]), "colour": rng.choice(COLOURS), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="remove" if p["action"] == "insert" else "insert"), dict(p, colour=rng.choice([k for k in COLOURS if k != p["colour"]]))]

    def frame(self, p, at, c, style):
        amount = at if p["action"] == "insert" else 1 - at
        w, h = c.w, c.h
        y0, y1 = h * style.uniform(.3, .38), h * style.uniform(.62, .7)
        edge = w * style.uniform(.48, .56)
        colour = tone(p["colour"], style)
        x = edge + (1 - amount) * w * style.uniform(.3, .4) - w * .4 + 8
        c.box(x, y0 + 6, x + w * .4, y1 - 6, colour, INK, 3)
        c.box(x + w * .4, (y0 + y1) / 2 - 10, x + w * .44, (y0 + y1) / 2 + 10, PALE, INK, 2)
        body = tone((70, 74, 82), style)
        c.box(w * .04, h * .08, edge, y0 + 2, body, INK, 2)
        c.box(w * .04, y1 - 2, edge, h * .92, body, INK, 2)
        c.box(w * .04, y0, edge - 8, y1, shade(body, -20))
        for i in range(3):
            c.disc(w * .1 + 14 * i, h * .16, 4, tone("green", style))


class Door(Clip):
    name, weight = "swing", 1.2
    table = {"open": ("opens|is being opened", "打开"), "close": ("closes|is being closed", "关上")}
    views = {"action": {"keys": ("action",), "en": ["the cabinet door {action}", "clip of a door that {action}"], "zh": ["柜门{action}", "视频：柜门{action}"]},
             "full": {"keys": ("action", "colour"), "en": ["the {colour} cabinet door {action}"], "zh": ["{colour}柜门{action}"]}}

    def draw(self, rng):
        return {"action": rng.choice(["open", "close"]), "colour": rng.choice(COLOURS), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="close" if p["action"] == "open" else "open"), dict(p, colour=rng.choice([k for k in COLOURS if k != p["colour"]]))]

    def frame(self, p, at, c, style):
        amount = at if p["action"] == "open" else 1 - at
        State()._door(c, amount > 0.5, tone(p["colour"], style), style, amount)


class Blink(Clip):
    name, weight = "blink", 1.5
    HUES = ["red", "green", "blue", "orange"]
    views = {"steady": {"keys": ("first", "second", "blink"), "en": [], "zh": []}}

    def draw(self, rng):
        first = rng.choice(self.HUES)
        mode = rng.choice(["steady", "blink", "change"])
        return {"first": first, "second": rng.choice([k for k in self.HUES if k != first]) if mode == "change" else first, "blink": mode == "blink", "turn": rng.randrange(20)}

    def near(self, p, rng):
        other = rng.choice([k for k in self.HUES if k not in (p["first"], p["second"])])
        if p["first"] != p["second"]:
            return [dict(p, first=p["second"], second=p["first"]), dict(p, second=other), dict(p, second=p["first"])]
        return [dict(p, blink=not p["blink"]), dict(p, first=other, second=other), dict(p, second=other, blink=False)]

    def caption(self, claim, lang, rng):
        from .scene import words
        a, b = words(claim["first"], lang, rng), words(claim["second"], lang, rng)
        if claim["blink"]:
            texts = {"en": ["a {a} LED that blinks", "flashing {a} light"], "zh": ["{a} LED 闪烁", "闪烁的{a}灯"]}
        elif claim["first"] == claim["second"]:
            texts = {"en": ["a {a} LED that stays on", "steady {a} light"], "zh": ["{a} LED 常亮", "常亮的{a}灯"]}
        else:
            texts = {"en": ["the LED turns from {a} to {b}", "light changing from {a} to {b}"], "zh": ["LED 由{a}变为{b}", "灯从{a}变成{b}"]}
        return rng.choice(texts[lang]).format(a=a, b=b)

    def opposite(self, p):
        return dict(p, first=p["second"], second=p["first"]) if p["first"] != p["second"] else None

    def frame(self, p, at, c, style):
        w, h = c.w, c.h
        phase = style.random() < .5
        c.box(w * .08, h * .22, w * .92, h * .78, tone((64, 68, 76), style), INK, 3, 5)
        for i in range(6):
            c.line([(w * (.14 + .06 * i), h * .34), (w * (.14 + .06 * i), h * .66)], INK, 3)
        x, y, r = w * style.uniform(.64, .8), h * style.uniform(.45, .55), h * style.uniform(.1, .14)
        light = tone(p["first"] if at < .5 else p["second"], style, 10)
        on = not p["blink"] or (int(round(at * 3)) % 2 == 0) == phase
        c.disc(x, y, r * 1.5, shade(light, -110) if on else (30, 32, 36))
        c.disc(x, y, r, shade(light, 25) if on else (54, 56, 60))


class Fan(Clip):
    name, weight = "fan", 1.2
    table = {"spin": ("is spinning|turns", "正在转动|旋转"), "stop": ("stands still|is stopped", "停止不动|静止")}
    views = {"action": {"keys": ("action",), "en": ["the fan {action}", "clip of a fan that {action}"], "zh": ["风扇{action}", "视频：风扇{action}"]},
             "full": {"keys": ("action", "colour"), "en": ["the {colour} fan {action}"], "zh": ["{colour}风扇{action}"]}}

    def draw(self, rng):
        return {"action": rng.choice(["spin", "stop"]), "colour": rng.choice(COLOURS), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="stop" if p["action"] == "spin" else "spin"), dict(p, colour=rng.choice([k for k in COLOURS if k != p["colour"]]))]

    def frame(self, p, at, c, style):
        w, h = c.w, c.h
        x, y, r = w / 2, h / 2, min(w, h) * style.uniform(.36, .42)
        blades = style.choice([3, 4, 5])
        start, speed = style.uniform(0, 360), style.uniform(100, 150)
        turn = start + (at * 3 * speed if p["action"] == "spin" else 0)
        colour = tone(p["colour"], style)
        c.box(x - r * 1.15, y - r * 1.15, x + r * 1.15, y + r * 1.15, tone((80, 84, 90), style), INK, 3, 6)
        c.disc(x, y, r, (24, 26, 30))
        for i in range(blades):
            a = math.radians(turn + 360 * i / blades)
            b = a + .55
            c.poly([(x, y), (x + r * .9 * math.cos(a), y + r * .9 * math.sin(a)), (x + r * .95 * math.cos(b), y + r * .95 * math.sin(b))], colour, INK, 1)
        c.disc(x, y, r * .2, PALE, INK, 2)


class Needle(Clip):
    name, weight = "needle", 1.2
    table = {"rise": ("rises|goes up", "上升"), "fall": ("falls|goes down", "下降"), **Gauge.KINDS}
    views = {"action": {"keys": ("action",), "en": ["the needle of the gauge {action}", "clip: gauge reading {action}"], "zh": ["仪表指针{action}", "视频：读数{action}"]},
             "full": {"keys": ("action", "kind"), "en": ["the {kind} {action}", "needle of the {kind} {action}"], "zh": ["{kind}{action}", "{kind}指针{action}"]}}

    def draw(self, rng):
        return {"action": rng.choice(["rise", "fall"]), "kind": rng.choice(list(Gauge.KINDS)), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="fall" if p["action"] == "rise" else "rise"), dict(p, kind=rng.choice([k for k in Gauge.KINDS if k != p["kind"]]))]

    def frame(self, p, at, c, style):
        low, high = style.uniform(.02, .2), style.uniform(.7, .95)
        amount = at if p["action"] == "rise" else 1 - at
        Gauge().dial(c, p, low + (high - low) * amount, style)


class Belt(Clip):
    name, weight = "belt", 1.0
    table = {"left": ("to the left", "向左"), "right": ("to the right", "向右")}
    views = {"action": {"keys": ("action",), "en": ["a box moves {action} on the conveyor", "conveyor running {action}"], "zh": ["箱子在传送带上{action}移动", "传送带{action}运行"]},
             "full": {"keys": ("action", "colour"), "en": ["a {colour} box moves {action} on the conveyor"], "zh": ["{colour}箱子在传送带上{action}移动"]}}

    def draw(self, rng):
        return {"action": rng.choice(["left", "right"]), "colour": rng.choice(COLOURS), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="left" if p["action"] == "right" else "right"), dict(p, colour=rng.choice([k for k in COLOURS if k != p["colour"]]))]

    def frame(self, p, at, c, style):
        w, h = c.w, c.h
        y = h * style.uniform(.6, .7)
        amount = at if p["action"] == "right" else 1 - at
        s = h * style.uniform(.14, .18)
        c.box(0, y, w, y + h * .1, (60, 62, 66), INK, 2)
        for i in range(5):
            c.disc(w * (.1 + .2 * i), y + h * .05, h * .035, PALE)
        x = w * (.14 + .72 * amount)
        c.box(x - s, y - 2 * s, x + s, y, tone(p["colour"], style), INK, 3)


class Fill(Clip):
    name, weight = "fill", 1.0
    table = {"fill": ("fills up|is being filled", "注水|加满"), "drain": ("drains|is being emptied", "排空|放水")}
    views = {"action": {"keys": ("action",), "en": ["the tank {action}", "clip of a tank that {action}"], "zh": ["水箱{action}", "视频：储罐{action}"]}}

    def draw(self, rng):
        return {"action": rng.choice(["fill", "drain"]), "turn": rng.randrange(200)}

    def near(self, p, rng):
        return [dict(p, action="drain" if p["action"] == "fill" else "fill")]

    def frame(self, p, at, c, style):
        low, high = style.uniform(.05, .2), style.uniform(.75, .95)
        amount = at if p["action"] == "fill" else 1 - at
        Level().fill(c, "tank", low + (high - low) * amount, style, tone("blue", style))


class Hoist(Clip):
    name, weight = "hoist", 1.0
    table = {"lift": ("lifts|raises", "吊起|升起"), "lower": ("lowers|lets down", "放下|降下")}
    views = {"action": {"keys": ("action",), "en": ["the crane {action} a load", "crane that {action} a box"], "zh": ["吊车{action}货物", "起重机{action}箱子"]},
             "full": {"keys": ("action", "colour"), "en": ["the crane {action} a {colour} load"], "zh": ["吊车{action}{colour}货物"]}}

    def draw(self, rng):
        return {"action": rng.choice(["lift", "lower"]), "colour": rng.choice(COLOURS), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, action="lower" if p["action"] == "lift" else "lift"), dict(p, colour=rng.choice([k for k in COLOURS if k != p["colour"]]))]

    def frame(self, p, at, c, style):
        w, h = c.w, c.h
        c.box(w * .1, h * .06, w * .9, h * .14, tone("yellow", style), INK, 2)
        c.box(w * .1, h * .06, w * .16, h * .95, tone("yellow", style), INK, 2)
        x = w * style.uniform(.5, .7)
        amount = at if p["action"] == "lower" else 1 - at
        y = h * (.3 + .45 * amount)
        c.line([(x, h * .14), (x, y)], INK, 3)
        c.box(x - 24, y, x + 24, y + 30, tone(p["colour"], style), INK, 3)
        c.box(0, h * .94, w, h, (110, 108, 104))


CLIPS = [Module(), Door(), Blink(), Fan(), Needle(), Belt(), Fill(), Hoist()]


def reversible():
    return [clip for clip in CLIPS if not isinstance(clip, Fan)]
