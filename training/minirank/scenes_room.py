"""Scenes of the machine room: racks, gauges, ports, wiring, state of doors and valves, levels."""
import math

from .canvas import PALETTE, Canvas, shade, tone
from .facts import node
from .scene import Scene, words

LEDS = ["red", "green", "blue", "orange"]
PALE, INK = (225, 228, 232), (28, 30, 34)


class Rack(Scene):
    name, weight = "rack", 6.0
    views = {"led": {"keys": ("node", "led"),
                     "en": ["server rack, {node} with a {led} LED", "{led} light on {node}", "{node} shows a {led} LED", "rack in which the LED of {node} is {led}", "the {led} lamp at {node}"],
                     "zh": ["{node} 亮{led}灯的机架", "{node} 的指示灯是{led}", "机架上 {node} 显示{led} LED", "{node} {led}指示灯"]}}

    def draw(self, rng):
        count = rng.choice([1, 2, 2, 3, 3, 4])
        labels = []
        while len(labels) < count:
            label = node(rng)
            if label not in labels:
                labels.append(label)
        usual = rng.choice(["green", "green", "blue"])
        colours = [usual] * count
        colours[rng.randrange(count)] = rng.choice(LEDS)
        return {"nodes": [list(x) for x in zip(labels, colours)]}

    def near(self, p, rng):
        out = []
        nodes = p["nodes"]
        i = rng.randrange(len(nodes))
        recoloured = [list(n) for n in nodes]
        recoloured[i][1] = rng.choice([c for c in LEDS if c != nodes[i][1]])
        out.append({"nodes": recoloured})
        renamed = [list(n) for n in nodes]
        j = self._odd(nodes)
        while renamed[j][0] in [n[0] for n in nodes]:
            renamed[j][0] = node(rng)
        out.append({"nodes": renamed})
        if len(nodes) > 1:
            swapped = [list(n) for n in nodes]
            k = rng.choice([x for x in range(len(nodes)) if x != j])
            swapped[j][1], swapped[k][1] = swapped[k][1], swapped[j][1]
            if swapped != nodes:
                out.append({"nodes": swapped})
        return out

    @staticmethod
    def _odd(nodes):
        colours = [c for _, c in nodes]
        return min(range(len(nodes)), key=lambda i: colours.count(colours[i]))

    def claim(self, p, rng, view=None):
        i = self._odd(p["nodes"]) if rng.random() < 0.7 else rng.randrange(len(p["nodes"]))
        return {"view": "led", "node": p["nodes"][i][0], "led": p["nodes"][i][1]}

    def holds(self, claim, p):
        return [claim["node"], claim["led"]] in p["nodes"]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        w, h = size
        left, right = w * rng.uniform(0.03, 0.1), w * rng.uniform(0.9, 0.97)
        top, bottom = h * rng.uniform(0.03, 0.08), h * rng.uniform(0.92, 0.97)
        body = tone(rng.choice([(50, 54, 60), (70, 74, 80), (36, 38, 44)]), rng, 8)
        c.box(left, top, right, bottom, body, shade(body, -25), 3)
        count = len(p["nodes"])
        slot = (bottom - top - 12) / max(count, rng.choice([2, 3]))
        y = top + 6 + rng.uniform(0, max(0, bottom - top - 12 - slot * count))
        led_left = rng.random() < 0.5
        for label, colour in p["nodes"]:
            face = tone(rng.choice([(92, 96, 104), (110, 114, 120), (60, 64, 72)]), rng, 6)
            c.box(left + 6, y + 3, right - 6, y + slot - 3, face, shade(face, 25), 1, 3)
            middle = y + slot / 2
            r = min(11, slot * 0.2) * rng.uniform(0.9, 1.1)
            x = left + 12 + r * 1.6 if led_left else right - 12 - r * 1.6
            light = tone(colour, rng, 10)
            c.disc(x, middle, r * 1.6, shade(light, -95))
            c.disc(x, middle, r, shade(light, 25))
            fsize = min(26, slot * 0.42, (right - left) * 0.12)
            tx = (x + r * 2.4 + 6) if led_left else left + 16
            plate = (235, 235, 228)
            length = fsize * 4.9
            c.box(tx, middle - fsize * 0.75, tx + length, middle + fsize * 0.75, plate, None, 1, 2)
            c.text(tx + length / 2, middle, label, fsize, INK)
            gx = tx + length + 10
            end = right - 14 if led_left else x - r * 2.4
            while gx + 6 < end:
                c.line([(gx, middle - slot * 0.25), (gx, middle + slot * 0.25)], shade(face, -30), 2)
                gx += 8
            y += slot
        return c.done()


class Gauge(Scene):
    name, weight = "gauge", 1.5
    KINDS = {"pressure gauge": ("pressure gauge|manometer", "压力表|压力计"), "thermometer dial": ("temperature gauge|thermometer dial", "温度表|温度计"),
             "voltmeter": ("voltmeter|voltage meter", "电压表|伏特计"), "rev counter": ("rev counter|speed gauge", "转速表|转速计")}
    UNIT = {"pressure gauge": "bar", "thermometer dial": "°C", "voltmeter": "V", "rev counter": "rpm"}
    ZONES = {"low": ("in the low range|showing too little", "处于低位|读数偏低"), "normal": ("in the normal range|in the green area", "处于正常范围|在绿色区域"),
             "high": ("in the red zone|far too high", "处于红色区域|读数过高")}
    table = {**KINDS, **ZONES}
    views = {"both": {"keys": ("kind", "zone"), "en": ["{kind} {zone}", "the {kind} is {zone}", "needle of the {kind} {zone}"], "zh": ["{kind}{zone}", "{kind}的指针{zone}"]},
             "zone": {"keys": ("zone",), "en": ["a gauge {zone}", "instrument {zone}"], "zh": ["仪表{zone}", "表盘{zone}"]}}

    def draw(self, rng):
        return {"kind": rng.choice(list(self.KINDS)), "zone": rng.choice(list(self.ZONES)), "turn": rng.randrange(40)}

    def near(self, p, rng):
        zones = [z for z in self.ZONES if z != p["zone"]]
        return [dict(p, zone=z) for z in zones] + [dict(p, kind=rng.choice([k for k in self.KINDS if k != p["kind"]]))]

    def level(self, p):
        low = {"low": 0.03, "normal": 0.42, "high": 0.82}[p["zone"]]
        return low + 0.16 * p["turn"] / 40

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        self.dial(c, p, self.level(p), rng)
        return c.done()

    def dial(self, c, p, level, rng):
        x, y = c.w * rng.uniform(0.46, 0.54), c.h * rng.uniform(0.47, 0.53)
        r = min(c.w, c.h) * rng.uniform(0.36, 0.44)
        c.disc(x, y, r * 1.08, tone("gray", rng))
        c.disc(x, y, r, (250, 250, 248))
        for start, end, colour in ((0, 0.3, "yellow"), (0.3, 0.7, "green"), (0.7, 1.0, "red")):
            c.arc(x, y, r * 0.93, 135 + 270 * start, 135 + 270 * end, tone(colour, rng, 10), r * 0.12)
        for i in range(11):
            a = math.radians(135 + 27 * i)
            c.line([(x + r * 0.7 * math.cos(a), y + r * 0.7 * math.sin(a)), (x + r * 0.8 * math.cos(a), y + r * 0.8 * math.sin(a))], INK, 2)
        a = math.radians(135 + 270 * level)
        c.text(x, y + r * 0.52, self.UNIT[p["kind"]], r * 0.28, INK)
        c.line([(x - r * 0.15 * math.cos(a), y - r * 0.15 * math.sin(a)), (x + r * 0.72 * math.cos(a), y + r * 0.72 * math.sin(a))], INK, r * 0.07)
        c.disc(x, y, r * 0.09, INK)


class Ports(Scene):
    name, weight = "ports", 1.5
    CABLES = ["red", "blue", "yellow", "green", "white"]
    views = {"both": {"keys": ("port", "cable"), "en": ["{cable} cable plugged into port {port}", "port {port} with a {cable} cable", "switch panel, {cable} plug in port {port}"],
                      "zh": ["{cable}网线插在 {port} 号端口", "{port} 号端口接{cable}线缆", "交换机面板，{port} 号口插{cable}插头"]},
             "port": {"keys": ("port",), "en": ["cable in port {port}", "only port {port} is connected"], "zh": ["{port} 号端口有线缆", "只有 {port} 号口已连接"]}}

    def draw(self, rng):
        return {"count": rng.choice([4, 6, 8]), "port": rng.randrange(1, 5), "cable": rng.choice(self.CABLES), "turn": rng.randrange(12)}

    def near(self, p, rng):
        ports = rng.sample([i for i in range(1, p["count"] + 1) if i != p["port"]], 2)
        return [dict(p, port=i) for i in ports] + [dict(p, cable=rng.choice([k for k in self.CABLES if k != p["cable"]]))]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        w, h = size
        columns = p["count"] // (1 if p["count"] == 4 else 2)
        rows = p["count"] // columns
        top, bottom = h * rng.uniform(0.08, 0.2), h * rng.uniform(0.72, 0.82)
        c.box(w * 0.04, top, w * 0.96, bottom, tone((96, 104, 116), rng, 10), INK, 3, 4)
        cell_w, cell_h = w * 0.88 / columns, (bottom - top) / rows
        for i in range(p["count"]):
            x = w * 0.06 + cell_w * (i % columns) + cell_w / 2
            y = top + cell_h * (i // columns) + cell_h * 0.58
            s = min(cell_w, cell_h) * 0.3
            c.text(x, y - s * 1.45, str(i + 1), max(12, s * 0.85), (250, 250, 250))
            c.box(x - s, y - s * 0.8, x + s, y + s * 0.8, INK, PALE, 2)
            if i + 1 == p["port"]:
                colour = tone(p["cable"], rng, 12)
                c.box(x - s * 0.7, y - s * 0.5, x + s * 0.7, y + s * 0.6, colour, shade(colour, -60), 2)
                bend = rng.uniform(-0.2, 0.2) * w
                c.line([(x, y + s * 0.3), (x + bend * 0.4, (y + h) / 2 + s), (x + bend, h)], colour, s * 0.5)
        return c.done()


class Wiring(Scene):
    name, weight = "wiring", 1.0
    WIRES = ["red", "blue", "yellow", "black", "green"]
    views = {"wire": {"keys": ("wire", "terminal"), "en": ["{wire} wire on terminal {terminal}", "wiring: terminal {terminal} carries the {wire} wire"],
                      "zh": ["{wire}导线接 {terminal} 号端子", "{terminal} 号端子接{wire}线"]}}

    def draw(self, rng):
        return {"wires": rng.sample(self.WIRES, 3), "turn": rng.randrange(30)}

    def near(self, p, rng):
        a = p["wires"]
        return [dict(p, wires=[a[i] for i in order]) for order in ((1, 0, 2), (0, 2, 1), (2, 0, 1))]

    def claim(self, p, rng, view=None):
        i = rng.randrange(3)
        return {"view": "wire", "wire": p["wires"][i], "terminal": i + 1}

    def holds(self, claim, p):
        return p["wires"][claim["terminal"] - 1] == claim["wire"]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng, background=(228, 226, 218))
        w, h = size
        y = h * rng.uniform(0.6, 0.72)
        c.box(w * 0.08, y, w * 0.92, y + h * 0.24, tone((160, 170, 160), rng), INK, 3, 3)
        for i, wire in enumerate(p["wires"]):
            x = w * (0.22 + 0.28 * i)
            c.text(x, y + h * 0.16, str(i + 1), h * 0.12, INK)
            start = x + rng.uniform(-0.08, 0.08) * w
            c.line([(start, 0), (start, y * 0.5), (x, y * 0.75), (x, y + h * 0.05)], tone(wire, rng, 12), w * 0.05)
            c.disc(x, y + h * 0.05, w * 0.03, (210, 210, 214), INK, 2)
        return c.done()


class State(Scene):
    name, weight = "state", 1.5
    THINGS = {"door": ("cabinet door|door", "柜门|门"), "valve": ("valve", "阀门"), "toggle": ("toggle switch|switch", "拨动开关|开关"), "padlock": ("padlock|lock", "挂锁|锁"),
              "box": ("tool box|box", "工具箱|箱子")}
    table = {**THINGS, "open": ("open", "打开的|开着的"), "closed": ("closed|shut", "关闭的|关着的")}
    views = {"state": {"keys": ("thing", "state"), "en": ["{state} {thing}", "a {thing} that is {state}"], "zh": ["{state}{thing}"]},
             "full": {"keys": ("thing", "state", "colour"), "en": ["{colour} {thing}, {state}", "{state} {colour} {thing}"], "zh": ["{state}{colour}{thing}", "{colour}{thing}，{state}"]}}

    def draw(self, rng):
        return {"thing": rng.choice(list(self.THINGS)), "state": rng.choice(["open", "closed"]), "colour": rng.choice(["red", "blue", "green", "yellow", "gray", "orange"]), "turn": rng.randrange(20)}

    def near(self, p, rng):
        return [dict(p, state="closed" if p["state"] == "open" else "open"), dict(p, colour=rng.choice([k for k in ("red", "blue", "green", "yellow", "gray", "orange") if k != p["colour"]])),
                dict(p, thing=rng.choice([k for k in self.THINGS if k != p["thing"]]))]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        getattr(self, "_" + p["thing"])(c, p["state"] == "open", tone(p["colour"], rng), rng)
        return c.done()

    def _door(self, c, is_open, colour, rng, amount=None):
        w, h = c.w, c.h
        x0, x1, y0, y1 = w * 0.25, w * 0.72, h * 0.08, h * 0.92
        c.box(x0, y0, x1, y1, (24, 26, 30) if is_open or amount else colour, (90, 90, 94), 4)
        opened = amount if amount is not None else (rng.uniform(0.75, 1.0) if is_open else 0.0)
        edge = x1 - (x1 - x0) * opened * 0.95 if opened < 0.98 else x0 + 6
        if opened > 0.05:
            for i in range(1, 4):
                c.line([(x0 + 4, y0 + (y1 - y0) * i / 4), (x1 - 4, y0 + (y1 - y0) * i / 4)], (120, 124, 130), 3)
        swing = (x1 - x0) * 0.35 * opened
        c.poly([(x0, y0), (edge - swing * (opened > 0.6), y0 + 14 * opened), (edge - swing * (opened > 0.6), y1 + 10 * opened), (x0, y1)], colour, shade(colour, -60), 3)
        if opened < 0.6:
            c.disc(edge - 14, (y0 + y1) / 2, 6, (230, 230, 230), INK, 2)

    def _valve(self, c, is_open, colour, rng):
        w, h = c.w, c.h
        y = h * rng.uniform(0.55, 0.62)
        c.box(0, y - h * 0.1, w, y + h * 0.1, tone("gray", rng), INK, 2)
        c.disc(w / 2, y, h * 0.15, tone((150, 140, 120), rng), INK, 3)
        if is_open:
            c.box(w * 0.18, y - h * 0.05, w * 0.82, y + h * 0.05, colour, INK, 3, 6)
        else:
            c.box(w * 0.46, y - h * 0.42, w * 0.54, y + h * 0.3, colour, INK, 3, 6)

    def _toggle(self, c, is_open, colour, rng):
        w, h = c.w, c.h
        c.box(w * 0.3, h * 0.1, w * 0.7, h * 0.9, (232, 232, 228), INK, 3, 8)
        c.text(w / 2, h * 0.19, "I", h * 0.1, INK)
        c.text(w / 2, h * 0.81, "O", h * 0.1, INK)
        c.box(w * 0.42, h * 0.3, w * 0.58, h * 0.7, (60, 60, 64), None, 1, 4)
        if is_open:
            c.box(w * 0.4, h * 0.48, w * 0.6, h * 0.72, colour, INK, 3, 4)
        else:
            c.box(w * 0.4, h * 0.28, w * 0.6, h * 0.52, colour, INK, 3, 4)

    def _padlock(self, c, is_open, colour, rng):
        w, h = c.w, c.h
        lift = h * 0.1 if is_open else 0
        side = w * 0.14 if is_open else 0
        c.arc(w / 2 + side, h * 0.42 - lift, min(w, h) * 0.2, 180, 360, tone("gray", rng), h * 0.06)
        reach = h * 0.42 - lift
        r = min(w, h) * 0.2
        c.line([(w / 2 + side - r + h * 0.03, reach), (w / 2 + side - r + h * 0.03, h * 0.5)], PALETTE["gray"], h * 0.06)
        if not is_open:
            c.line([(w / 2 + r - h * 0.03, reach), (w / 2 + r - h * 0.03, h * 0.5)], PALETTE["gray"], h * 0.06)
        c.box(w / 2 - h * 0.28, h * 0.46, w / 2 + h * 0.28, h * 0.88, colour, shade(colour, -60), 3, 8)
        c.disc(w / 2, h * 0.63, h * 0.05, INK)
        c.box(w / 2 - 3, h * 0.63, w / 2 + 3, h * 0.75, INK)

    def _box(self, c, is_open, colour, rng):
        w, h = c.w, c.h
        c.box(w * 0.2, h * 0.5, w * 0.8, h * 0.85, colour, shade(colour, -60), 3)
        if is_open:
            c.poly([(w * 0.2, h * 0.5), (w * 0.8, h * 0.5), (w * 0.9, h * 0.18), (w * 0.1, h * 0.18)], shade(colour, 35), shade(colour, -60), 3)
            c.oval(w * 0.24, h * 0.45, w * 0.76, h * 0.55, (20, 20, 22))
        else:
            c.box(w * 0.17, h * 0.38, w * 0.83, h * 0.52, shade(colour, 25), shade(colour, -60), 3)
            c.box(w * 0.46, h * 0.46, w * 0.54, h * 0.56, (220, 220, 224), INK, 2)


class Level(Scene):
    name, weight = "level", 1.0
    THINGS = {"tank": ("water tank|tank", "水箱|储罐"), "battery": ("battery indicator|battery", "电池指示|电池")}
    LEVELS = {"empty": ("almost empty|nearly empty", "快空了|几乎空了"), "half": ("half full", "半满"), "full": ("completely full|full", "满的|全满")}
    table = {**THINGS, **LEVELS}
    views = {"level": {"keys": ("thing", "level"), "en": ["{thing} {level}", "{level} {thing}"], "zh": ["{thing}{level}"]}}

    def draw(self, rng):
        return {"thing": rng.choice(list(self.THINGS)), "level": rng.choice(list(self.LEVELS)), "turn": rng.randrange(40)}

    def near(self, p, rng):
        return [dict(p, level=k) for k in self.LEVELS if k != p["level"]] + [dict(p, thing="tank" if p["thing"] == "battery" else "battery")]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        amount = {"empty": 0.04, "half": 0.44, "full": 0.88}[p["level"]] + 0.1 * p["turn"] / 40
        self.fill(c, p["thing"], amount, rng)
        return c.done()

    def fill(self, c, thing, amount, rng, colour=None):
        w, h = c.w, c.h
        if thing == "tank":
            x0, x1, y0, y1 = w * 0.28, w * 0.72, h * 0.12, h * 0.9
            c.box(x0, y0, x1, y1, (244, 248, 250), INK, 4, 10)
            c.box(x0 + 5, y1 - 5 - (y1 - y0 - 10) * amount, x1 - 5, y1 - 5, colour or tone("blue", rng), None)
            for i in range(1, 5):
                c.line([(x0, y0 + (y1 - y0) * i / 5), (x0 + 14, y0 + (y1 - y0) * i / 5)], INK, 2)
        else:
            x0, x1, y0, y1 = w * 0.12, w * 0.82, h * 0.3, h * 0.7
            c.box(x0, y0, x1, y1, (40, 44, 48), PALE, 5, 6)
            c.box(x1, h * 0.42, x1 + w * 0.05, h * 0.58, PALE)
            c.box(x0 + 8, y0 + 8, x0 + 8 + (x1 - x0 - 16) * amount, y1 - 8, tone("red" if amount < 0.25 else "green", rng))


SCENES = [Rack(), Gauge(), Ports(), Wiring(), State(), Level()]
