"""Scenes with signs, charts, dialogs and logs."""
import math

from .canvas import PALETTE, Canvas, shade, tone
from .scene import Scene

INK = (26, 28, 32)
WHITE = (250, 250, 250)


class Sign(Scene):
    name, weight = "sign", 2.0
    KINDS = {"voltage": ("high voltage warning sign|electrical hazard sign", "高压警告标志|当心触电标志"), "slip": ("slippery floor warning sign|wet floor sign", "小心地滑标志|地面湿滑标志"),
             "hot": ("hot surface warning sign", "高温表面警告标志|当心烫伤标志"), "laser": ("laser radiation warning sign|laser beam sign", "激光警告标志|当心激光标志"),
             "general": ("general warning sign with exclamation mark|attention sign", "一般警告标志|注意标志"), "smoke": ("no smoking sign|smoking prohibited sign", "禁止吸烟标志"),
             "phone": ("no mobile phones sign|phones prohibited sign", "禁止使用手机标志"), "entry": ("no entry sign|do not enter sign", "禁止入内标志|禁止通行标志"),
             "helmet": ("wear a helmet sign|head protection sign", "必须戴安全帽标志|头部防护标志"), "glasses": ("wear safety glasses sign|eye protection sign", "必须戴护目镜标志|眼部防护标志"),
             "exit": ("emergency exit sign|escape route sign", "紧急出口标志|逃生路线标志"), "aid": ("first aid sign", "急救标志"),
             "fire": ("fire extinguisher sign", "灭火器标志"), "radio": ("radioactive warning sign|radiation hazard sign", "放射性警告标志|当心辐射标志"),
             "recycle": ("recycling sign|waste separation sign", "回收标志|垃圾分类标志"), "parking": ("parking sign|car park sign", "停车标志|停车场标志")}
    table = KINDS
    views = {"kind": {"keys": ("kind",), "en": ["{kind}", "a {kind} on the wall"], "zh": ["{kind}", "墙上的{kind}"]}}

    def draw(self, rng):
        return {"kind": rng.choice(list(self.KINDS)), "turn": rng.randrange(60)}

    def near(self, p, rng):
        return [dict(p, kind=k) for k in rng.sample([k for k in self.KINDS if k != p["kind"]], 3)]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        x, y = c.w * rng.uniform(0.44, 0.56), c.h * rng.uniform(0.46, 0.54)
        r = min(c.w, c.h) * rng.uniform(0.36, 0.46)
        kind = p["kind"]
        if kind in ("voltage", "slip", "hot", "laser", "general", "radio"):
            pts = [(x, y - r), (x + r, y + r * 0.8), (x - r, y + r * 0.8)]
            c.poly(pts, tone("yellow", rng), INK, r * 0.09)
            y += r * 0.2
        elif kind in ("smoke", "phone", "entry"):
            c.disc(x, y, r, WHITE if kind != "entry" else tone("red", rng), tone("red", rng), r * 0.15)
        elif kind in ("helmet", "glasses"):
            c.disc(x, y, r, tone("blue", rng))
        elif kind in ("exit", "aid", "recycle"):
            c.box(x - r, y - r, x + r, y + r, tone("green", rng), WHITE, r * 0.05)
        else:
            c.box(x - r, y - r, x + r, y + r, tone("red" if kind == "fire" else "blue", rng), WHITE, r * 0.05)
        getattr(self, "_" + kind)(c, x, y, r * 0.55, rng)
        if kind in ("smoke", "phone"):
            c.line([(x - r * 0.68, y - r * 0.68), (x + r * 0.68, y + r * 0.68)], tone("red", rng), r * 0.15)
        return c.done()

    def _voltage(self, c, x, y, s, rng):
        c.poly([(x + s * .2, y - s), (x - s * .5, y + s * .15), (x - s * .05, y + s * .1), (x - s * .2, y + s), (x + s * .5, y - s * .25), (x + s * .05, y - s * .15)], INK)

    def _slip(self, c, x, y, s, rng):
        c.disc(x - s * .1, y - s * .7, s * .2, INK)
        c.line([(x, y - s * .5), (x + s * .3, y), (x - s * .4, y + s * .2)], INK, s * .2)
        c.line([(x + s * .3, y), (x + s * .7, y + s * .4)], INK, s * .2)
        c.line([(x - s * .9, y + s * .8), (x - s * .4, y + s * .65), (x, y + s * .85), (x + s * .5, y + s * .7), (x + s * .9, y + s * .85)], INK, s * .1)

    def _hot(self, c, x, y, s, rng):
        c.box(x - s * .8, y + s * .6, x + s * .8, y + s * .8, INK)
        for d in (-.5, 0, .5):
            c.line([(x + s * d, y + s * .45), (x + s * (d + .15), y + s * .1), (x + s * (d - .1), y - s * .25), (x + s * (d + .08), y - s * .65)], INK, s * .14)

    def _laser(self, c, x, y, s, rng):
        c.disc(x - s * .2, y + s * .1, s * .25, INK)
        c.line([(x - s * .2, y + s * .1), (x + s, y + s * .1)], INK, s * .12)
        for a in range(0, 360, 36):
            t = math.radians(a)
            c.line([(x - s * .2, y + s * .1), (x - s * .2 + s * .6 * math.cos(t), y + s * .1 + s * .6 * math.sin(t))], INK, s * .07)

    def _general(self, c, x, y, s, rng):
        c.box(x - s * .13, y - s * .85, x + s * .13, y + s * .3, INK)
        c.disc(x, y + s * .65, s * .17, INK)

    def _radio(self, c, x, y, s, rng):
        for a in (240, 0, 120):
            c.pie(x, y + s * .1, 1, 0, 0, INK)
            c.pen.pieslice([(x - s * .85) * 2, (y + s * .1 - s * .85) * 2, (x + s * .85) * 2, (y + s * .1 + s * .85) * 2], a, a + 60, INK)
        c.disc(x, y + s * .1, s * .26, PALETTE["yellow"])
        c.disc(x, y + s * .1, s * .16, INK)

    def _smoke(self, c, x, y, s, rng):
        c.box(x - s, y + s * .05, x + s * .6, y + s * .35, INK)
        c.box(x + s * .65, y + s * .05, x + s * .85, y + s * .35, tone("orange", rng))
        c.line([(x + s * .75, y - s * .05), (x + s * .6, y - s * .4), (x + s * .85, y - s * .8)], INK, s * .1)

    def _phone(self, c, x, y, s, rng):
        c.box(x - s * .45, y - s * .9, x + s * .45, y + s * .9, INK, None, 1, s * .15)
        c.box(x - s * .32, y - s * .65, x + s * .32, y + s * .5, WHITE)

    def _entry(self, c, x, y, s, rng):
        c.box(x - s * 1.2, y - s * .3, x + s * 1.2, y + s * .3, WHITE)

    def _helmet(self, c, x, y, s, rng):
        c.disc(x, y + s * .35, s * .6, WHITE)
        c.pen.pieslice([(x - s * .95) * 2, (y - s) * 2, (x + s * .95) * 2, (y + s * .9) * 2], 180, 360, WHITE)
        c.box(x - s * 1.15, y - s * .1, x + s * 1.15, y + s * .1, WHITE)
        c.line([(x - s * .95, y + s * .13), (x + s * .95, y + s * .13)], PALETTE["blue"], s * .09)

    def _glasses(self, c, x, y, s, rng):
        c.disc(x, y, s * 1.0, WHITE)
        for d in (-.45, .45):
            c.box(x + s * d - s * .4, y - s * .3, x + s * d + s * .4, y + s * .2, INK, None, 1, s * .15)
        c.line([(x - s, y - s * .15), (x + s, y - s * .15)], INK, s * .12)

    def _exit(self, c, x, y, s, rng):
        c.box(x + s * .4, y - s, x + s * 1.3, y + s * 1.1, WHITE)
        c.disc(x - s * .1, y - s * .8, s * .22, WHITE)
        c.line([(x - s * .1, y - s * .5), (x - s * .2, y + s * .2), (x + s * .25, y + s * .5), (x + s * .15, y + s)], WHITE, s * .22)
        c.line([(x - s * .2, y + s * .2), (x - s * .8, y + s * .8)], WHITE, s * .22)
        c.line([(x - s * .7, y), (x - s * .1, y - s * .4), (x + s * .35, y)], WHITE, s * .16)

    def _aid(self, c, x, y, s, rng):
        c.box(x - s * .3, y - s * 1.1, x + s * .3, y + s * 1.1, WHITE)
        c.box(x - s * 1.1, y - s * .3, x + s * 1.1, y + s * .3, WHITE)

    def _fire(self, c, x, y, s, rng):
        c.box(x - s * .4, y - s * .5, x + s * .4, y + s * 1.2, WHITE, None, 1, s * .2)
        c.box(x - s * .15, y - s * .9, x + s * .15, y - s * .4, WHITE)
        c.line([(x, y - s * .8), (x - s * .8, y - s * .6), (x - s * .9, y + s * .3)], WHITE, s * .16)
        c.line([(x, y - s * .9), (x + s * .7, y - s * 1.1)], WHITE, s * .16)

    def _recycle(self, c, x, y, s, rng):
        for a in (90, 210, 330):
            t, u = math.radians(a), math.radians(a + 85)
            p0, p1 = (x + s * math.cos(t), y + s * math.sin(t)), (x + s * math.cos(u), y + s * math.sin(u))
            c.line([p0, p1], WHITE, s * .28)
            v = math.radians(a + 85)
            c.disc(x + s * math.cos(v), y + s * math.sin(v), s * .3, WHITE)

    def _parking(self, c, x, y, s, rng):
        c.text(x, y, "P", s * 2.4, WHITE)


class Chart(Scene):
    name, weight = "chart", 1.5
    TRENDS = {"rise": ("rising|growing", "上升|增长"), "fall": ("falling|declining", "下降|下滑"), "flat": ("flat|constant", "平稳|持平"), "peak": ("peaking in the middle|with a peak in the middle", "中间出现峰值|先升后降")}
    TYPES = {"bar": ("bar chart", "柱状图|条形图"), "line": ("line chart", "折线图|曲线图")}
    COLOURS = ["red", "green", "blue", "orange", "purple"]
    table = {**TRENDS, **TYPES}
    views = {"trend": {"keys": ("type", "trend"), "en": ["{type} {trend}", "{trend} values in a {type}"], "zh": ["{trend}的{type}", "{type}{trend}"]},
             "full": {"keys": ("type", "trend", "colour"), "en": ["{colour} {type}, values {trend}", "{type} in {colour}, {trend}"], "zh": ["{colour}{type}，数值{trend}"]}}

    def draw(self, rng):
        return {"type": rng.choice(list(self.TYPES)), "trend": rng.choice(list(self.TRENDS)), "colour": rng.choice(self.COLOURS), "turn": rng.randrange(20)}

    def near(self, p, rng):
        return [dict(p, trend=k) for k in rng.sample([k for k in self.TRENDS if k != p["trend"]], 2)] + [
            dict(p, colour=rng.choice([k for k in self.COLOURS if k != p["colour"]])), dict(p, type="bar" if p["type"] == "line" else "line")]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng, background=(248, 248, 246))
        w, h = size
        n = rng.randint(5, 8)
        noise = lambda: rng.uniform(-0.06, 0.06)
        slope = {"rise": lambda t: 0.2 + 0.65 * t, "fall": lambda t: 0.85 - 0.65 * t, "flat": lambda t: 0.5, "peak": lambda t: 0.25 + 0.65 * (1 - abs(2 * t - 1))}[p["trend"]]
        values = [max(0.05, min(0.98, slope(i / (n - 1)) + noise())) for i in range(n)]
        x0, x1, y0, y1 = w * 0.12, w * 0.94, h * rng.uniform(0.1, 0.2), h * 0.88
        colour = tone(p["colour"], rng)
        for i in range(5):
            y = y0 + (y1 - y0) * i / 5
            c.line([(x0, y), (x1, y)], (214, 214, 214), 1)
        at = lambda i, v: (x0 + (x1 - x0) * (i + 0.5) / n, y1 - (y1 - y0) * v)
        if p["type"] == "bar":
            half = (x1 - x0) / n * 0.34
            for i, v in enumerate(values):
                x, y = at(i, v)
                c.box(x - half, y, x + half, y1, colour)
        else:
            points = [at(i, v) for i, v in enumerate(values)]
            c.line(points, colour, 5)
            for x, y in points:
                c.disc(x, y, 5, colour)
        c.line([(x0, y0 - 6), (x0, y1), (x1, y1)], INK, 3)
        c.text(w / 2, y0 * 0.45, rng.choice(["Q1 - Q4", "Sales", "Load %", "Units", "Trend", "Report"]), 14, INK)
        return c.done()


MESSAGES = {"disk full": ("disk full", "磁盘已满"), "update failed": ("update failed", "更新失败"), "login expired": ("login expired", "登录过期"), "backup complete": ("backup complete", "备份完成"),
            "no network": ("no network", "无网络"), "low memory": ("low memory", "内存不足"), "printer offline": ("printer offline", "打印机离线"), "license invalid": ("license invalid", "许可证无效"),
            "upload done": ("upload done", "上传完成"), "access denied": ("access denied", "拒绝访问"), "server busy": ("server busy", "服务器繁忙"), "restart needed": ("restart needed", "需要重启")}


class Dialog(Scene):
    name, weight = "dialog", 2.0
    ICONS = {"error": ("error", "错误"), "warning": ("warning", "警告"), "info": ("information|info", "信息|提示"), "success": ("success", "成功")}
    table = {**MESSAGES, **ICONS}
    views = {"text": {"keys": ("message",), "en": ["dialog saying {message}", "window with the message {message}", "screenshot: {message}"], "zh": ["提示{message}的对话框", "窗口消息：{message}", "截图：{message}"]},
             "full": {"keys": ("message", "icon"), "en": ["{icon} dialog: {message}", "{icon} window saying {message}"], "zh": ["{icon}对话框：{message}"]}}

    def draw(self, rng):
        return {"message": rng.choice(list(MESSAGES)), "icon": rng.choice(list(self.ICONS)), "turn": rng.randrange(20)}

    def near(self, p, rng):
        return [dict(p, message=k) for k in rng.sample([k for k in MESSAGES if k != p["message"]], 2)] + [dict(p, icon=rng.choice([k for k in self.ICONS if k != p["icon"]]))]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng)
        w, h = size
        x0, x1 = w * 0.04, w * 0.96
        y0 = h * rng.uniform(0.1, 0.25)
        y1 = y0 + h * rng.uniform(0.5, 0.62)
        c.box(x0, y0, x1, y1, (252, 252, 252), (120, 124, 130), 2, 5)
        bar = tone(rng.choice([(52, 90, 150), (80, 84, 92), (220, 222, 226)]), rng, 8)
        c.box(x0, y0, x1, y0 + 22, bar, None, 1, 4)
        c.disc(x1 - 13, y0 + 11, 5, tone("red", rng))
        colour = {"error": "red", "warning": "yellow", "info": "blue", "success": "green"}[p["icon"]]
        ix, iy, r = x0 + 34, y0 + 22 + (y1 - y0 - 22) * 0.36, 20
        if p["icon"] == "warning":
            c.poly([(ix, iy - r), (ix + r, iy + r * .8), (ix - r, iy + r * .8)], tone(colour, rng), INK, 2)
            c.text(ix, iy + 4, "!", 22, INK)
        else:
            c.disc(ix, iy, r, tone(colour, rng))
            if p["icon"] == "error":
                c.line([(ix - 8, iy - 8), (ix + 8, iy + 8)], WHITE, 5)
                c.line([(ix - 8, iy + 8), (ix + 8, iy - 8)], WHITE, 5)
            elif p["icon"] == "info":
                c.text(ix, iy, "i", 26, WHITE)
            else:
                c.line([(ix - 9, iy), (ix - 2, iy + 8), (ix + 10, iy - 8)], WHITE, 5)
        first, last = p["message"].split()
        fs = min(24, (x1 - ix - r) / 6.4)
        text = first.capitalize() + " " + last
        if rng.random() < 0.4 and fs * 0.62 * len(text) < x1 - ix - r - 16:
            c.text(ix + r + 10, iy, text, fs * 0.92, INK, anchor="lm")
        else:
            c.text(ix + r + 10, iy - fs * 0.65, first.capitalize(), fs, INK, anchor="lm")
            c.text(ix + r + 10, iy + fs * 0.65, last, fs, INK, anchor="lm")
        for k in range(rng.choice([1, 2])):
            bx = x1 - 70 - 74 * k
            c.box(bx, y1 - 34, bx + 60, y1 - 10, (226, 228, 232), (150, 150, 150), 1, 4)
            c.text(bx + 30, y1 - 22, ["OK", "Cancel"][k], 12, INK)
        return c.done()


class Log(Scene):
    name, weight = "log", 1.5
    STATES = {"ERROR": ("error", "错误"), "WARN": ("warning", "警告"), "OK": ("success", "成功")}
    table = {**MESSAGES, **STATES}
    views = {"full": {"keys": ("state", "message"), "en": ["log ending with {state} {message}", "terminal, last line {state}: {message}"], "zh": ["日志最后一行{state}：{message}", "终端显示{state} {message}"]},
             "state": {"keys": ("state",), "en": ["log file with an {state} at the end", "terminal output ending in {state}"], "zh": ["日志以{state}结尾", "终端输出最后是{state}"]}}

    def draw(self, rng):
        return {"state": rng.choice(list(self.STATES)), "message": rng.choice(list(MESSAGES)), "turn": rng.randrange(30)}

    def near(self, p, rng):
        return [dict(p, state=k) for k in self.STATES if k != p["state"]] + [dict(p, message=rng.choice([k for k in MESSAGES if k != p["message"]]))]

    def paint(self, p, rng, size):
        c = Canvas(*size, rng, background=rng.choice([(18, 20, 24), (10, 24, 14), (28, 24, 40)]))
        w, h = size
        rows = rng.randint(3, 5)
        y = h * 0.08
        for _ in range(rows):
            c.text(w * 0.04, y, f"{rng.randrange(24):02d}:{rng.randrange(60):02d} " + rng.choice(["start job", "read file", "open port", "check sum", "load map"]), 14, (150, 160, 150), "DejaVuSansMono", "lm")
            y += 21
        colour = {"ERROR": (250, 80, 70), "WARN": (245, 205, 60), "OK": (90, 220, 110)}[p["state"]]
        y += h * 0.04
        fs = w * 0.078
        c.text(w * 0.04, y + fs * 0.5, p["state"], fs, colour, "DejaVuSansMono-Bold", "lm")
        c.text(w * 0.04, y + fs * 1.9, p["message"], fs, colour, "DejaVuSansMono-Bold", "lm")
        c.box(w * 0.04, y + fs * 3.0, w * 0.04 + 10, y + fs * 3.0 + 16, (200, 200, 200))
        return c.done()


SCENES = [Sign(), Chart(), Dialog(), Log()]
