"""Documents and question groups from facts: titles, filler, several facts in one page, traps."""
import random

from .facts import FAMILIES, NAMES, WEIGHTS, draw_fact, key_of, key_params
from .policies import POLICIES
from .split import bucket_of

FILLER = {
    "en": ["Written by the night shift.", "See also the chapter on safety.", "This page is reviewed once a year.", "Questions go to the service desk.",
           "Valid for all plants in Europe.", "Version 3, approved in spring.", "Printed copies are not controlled.", "The form is in the appendix.",
           "Please keep the working area clean.", "Photos are in the project folder.", "Contact the shift leader if in doubt.", "A translation is planned.",
           "Entries are kept for ten years.", "The last audit found no deviations.", "Tools are in cabinet four.", "This text replaces the note of last year."],
    "zh": ["夜班记录。", "另见安全一章。", "本页每年复核一次。", "有疑问请联系服务台。", "适用于欧洲所有工厂。", "第三版，春季批准。", "打印件不受控。", "表格见附录。",
           "请保持工作区整洁。", "照片在项目文件夹中。", "如有疑问请联系班长。", "译文正在准备。", "记录保存十年。", "上次审核没有发现偏差。", "工具在四号柜。", "本文取代去年的说明。"]}


def draw_in(rng, split, name=None):
    while True:
        fact = draw_fact(rng, name)
        if bucket_of(key_params(fact)) == split:
            return fact


def lang_pair(rng):
    """(query language, document language): mostly the same, English more often."""
    q = "en" if rng.random() < 0.6 else "zh"
    return q, (q if rng.random() < 0.65 else ("zh" if q == "en" else "en"))


def page(facts, lang, rng, title=True):
    """{"title", "body"} that states the facts in the given order between filler sentences."""
    sentences = []
    for fact in facts:
        if rng.random() < 0.35:
            sentences.append(rng.choice(FILLER[lang]))
        sentences.append(FAMILIES[fact["family"]].stated(fact, lang, rng))
    if rng.random() < 0.5:
        sentences.append(rng.choice(FILLER[lang]))
    head = rng.choice(facts)
    text = (" " if lang == "en" else "").join(sentences)
    return {"title": FAMILIES[head["family"]].titled(head, lang, rng) if title else "", "body": text}


def as_text(doc, rng):
    """The document as one string, as the product joins its text fields (without a separator) or the body alone."""
    if not doc["title"] or rng.random() < 0.3:
        return doc["body"]
    return doc["title"] + rng.choice(["", "", " ", ". ", "\n"]) + doc["body"]


def near_in(fact, rng, split, count):
    """Near misses of a fact that belong to the same split, in random order."""
    found = []
    for _ in range(40):
        batch = [f for f in FAMILIES[fact["family"]].near(fact, rng) if bucket_of(key_params(f)) == split and key_of(f) != key_of(fact)]
        found += [f for f in batch if split != "train" or len(found) < 2 * count]
        if len({key_of(f) for f in found}) >= 3 and len(found) >= count:
            break
    rng.shuffle(found)
    return found[:count]


def fact_group(rng: random.Random, split: str, docs: int = 6, name=None):
    """(question, [(text, label)]): one or two pages answer it, the others are near misses, traps or strangers."""
    fact = draw_in(rng, split, name)
    q_lang, d_lang = lang_pair(rng)
    family = FAMILIES[fact["family"]]
    question = family.asked(fact, q_lang, rng)
    items = []
    # right and wrong pages hold equally many facts: the number of facts must not tell them apart
    companions = lambda: [draw_in(rng, split) for _ in range(rng.choice([0, 0, 1, 2]))]
    extra = companions()
    mine = [e for e in extra if key_of(e) != key_of(fact)] + [fact]
    rng.shuffle(mine)
    items.append((as_text(page(mine, d_lang, rng), rng), 1))
    near = near_in(fact, rng, split, docs - 1)
    for wrong in near[: docs - 3]:
        others = [wrong] + companions()
        if any(key_of(o) == key_of(fact) for o in others):
            continue
        rng.shuffle(others)
        lang = d_lang if rng.random() < 0.85 else ("zh" if d_lang == "en" else "en")
        items.append((as_text(page(others, lang, rng), rng), 0))
    if len(near) > 1 and rng.random() < 0.5:
        # a trap: two near misses on one page hold all words of the question, bound wrongly
        items.append((as_text(page(near[-2:], d_lang, rng), rng), 0))
    while len(items) < docs:
        stranger = draw_in(rng, split, fact["family"] if rng.random() < 0.5 else None)
        strangers = [stranger] + companions()
        if all(key_of(s) != key_of(fact) for s in strangers):
            rng.shuffle(strangers)
            items.append((as_text(page(strangers, d_lang, rng), rng), 0))
    rng.shuffle(items)
    return question, items


def policy_group(rng, docs=5):
    index = rng.randrange(len(POLICIES))
    q_lang, d_lang = lang_pair(rng)
    def passage(i, lang):
        text = rng.choice(POLICIES[i][f"say_{lang}"])
        if rng.random() < 0.4:
            text = rng.choice(FILLER[lang]) + (" " if lang == "en" else "") + text
        return text
    items = [(passage(index, d_lang), 1)]
    for i in rng.sample([j for j in range(len(POLICIES)) if j != index], docs - 1):
        items.append((passage(i, d_lang), 0))
    rng.shuffle(items)
    return rng.choice(POLICIES[index][f"ask_{q_lang}"]), items


def all_families():
    return list(zip(NAMES, WEIGHTS))
