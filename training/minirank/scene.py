"""What every rendered scene offers: parameters, near misses, claims in two languages, a picture.

`views` maps a view's name to {"keys", "en", "zh"}: a claim is the sub-dict of those keys; it holds for a scene when
all its values agree. A question is a claim in words, so one picture answers several questions, and a near miss
answers those that do not mention what was changed.
"""
import random

from .voice import LENSES

WORDS = {
    "red": ("red", "红色"), "green": ("green", "绿色"), "blue": ("blue", "蓝色"), "yellow": ("yellow", "黄色"), "orange": ("orange", "橙色"),
    "purple": ("purple", "紫色"), "white": ("white", "白色"), "black": ("black", "黑色"), "gray": ("gray|grey", "灰色"), "brown": ("brown", "棕色"),
}


def words(value, lang, rng, table=None):
    entry = (table or {}).get(value) or WORDS.get(value)
    if entry is None:
        return str(value)
    return rng.choice(entry[0 if lang == "en" else 1].split("|"))


class Scene:
    name = ""
    weight = 1.0
    views = {}
    table = {}

    def draw(self, rng) -> dict:
        raise NotImplementedError

    def near(self, p, rng) -> list:
        raise NotImplementedError

    def paint(self, p, rng, size):
        raise NotImplementedError

    def claim(self, p, rng, view=None) -> dict:
        view = view or rng.choice(sorted(self.views))
        return {"view": view, **{k: p[k] for k in self.views[view]["keys"]}}

    def holds(self, claim, p) -> bool:
        return all(p[k] == claim[k] for k in self.views[claim["view"]]["keys"])

    def caption(self, claim, lang, rng) -> str:
        view = self.views[claim["view"]]
        slots = {k: words(claim[k], lang, rng, self.table) for k in view["keys"]}
        return rng.choice(view[lang]).format(**slots)

    def question(self, claim, lang, rng, split="train") -> str:
        return rng.choice(LENSES[split][lang]).format(self.caption(claim, lang, rng))

    def params(self, p):
        return {"scene": self.name, **p}
