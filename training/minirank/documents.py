"""Documents and question groups from facts: titles, filler, several facts in one page, traps."""
import random

from .facts import FAMILIES, NAMES, WEIGHTS, draw_fact, key_of, key_params
from .policies import POLICIES
from .split import bucket_of
from .voice import FILLER


def draw_in(rng, split, name=None):
    while True:
        fact = draw_fact(rng, name)
        if bucket_of(key_params(fact)) == split:
            return fact


def lang_pair(rng):
    """(query language, document language): mostly the same, English more often."""
    q = "en" if rng.random() < 0.6 else "zh"
    return q, (q if rng.random() < 0.65 else ("zh" if q == "en" else "en"))


def page(facts, lang, rng, split, title=True):
    """{"title", "body"} that states the facts in the given order between filler sentences."""
    sentences = []
    for fact in facts:
        if rng.random() < 0.35:
            sentences.append(rng.choice(FILLER[split][lang]))
        sentences.append(FAMILIES[fact["family"]].stated(fact, lang, rng))
    if rng.random() < 0.5:
        sentences.append(rng.choice(FILLER[split][lang]))
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
    items.append((as_text(page(mine, d_lang, rng, split), rng), 1))
    near = near_in(fact, rng, split, docs - 1)
    for wrong in near[: docs - 3]:
        others = [wrong] + companions()
        if any(key_of(o) == key_of(fact) for o in others):
            continue
        rng.shuffle(others)
        lang = d_lang if rng.random() < 0.85 else ("zh" if d_lang == "en" else "en")
        items.append((as_text(page(others, lang, rng, split), rng), 0))
    if len(near) > 1 and rng.random() < 0.5:
        # a trap: two near misses on one page hold all words of the question, bound wrongly
        items.append((as_text(page(near[-2:], d_lang, rng, split), rng), 0))
    while len(items) < docs:
        stranger = draw_in(rng, split, fact["family"] if rng.random() < 0.5 else None)
        strangers = [stranger] + companions()
        if all(key_of(s) != key_of(fact) for s in strangers):
            rng.shuffle(strangers)
            items.append((as_text(page(strangers, d_lang, rng, split), rng), 0))
    rng.shuffle(items)
    return question, items


def long_group(rng: random.Random, split: str, docs: int = 4, name=None):
    """(question, [(text, label)]): long pages; the answer stands in the last third of one, near misses in those of the others."""
    fact = draw_in(rng, split, name)
    lang, d_lang = lang_pair(rng)
    near = [f for f in near_in(fact, rng, split, docs - 1)]
    length = rng.randint(6, 11)
    items = []
    for tail, label in [(fact, 1)] + [(f, 0) for f in near]:
        others = []
        while len(others) < length:
            f = draw_in(rng, split)
            if key_of(f) != key_of(fact):
                others.append(f)
        others.insert(rng.randint(length * 2 // 3, length), tail)
        items.append((as_text(page(others, d_lang, rng, split), rng), label))
    rng.shuffle(items)
    return FAMILIES[fact["family"]].asked(fact, lang, rng), items


def policy_group(rng, docs=5):
    """Office questions have no parameters to split by: they belong to training alone."""
    split = "train"
    index = rng.randrange(len(POLICIES))
    q_lang, d_lang = lang_pair(rng)
    def passage(i, lang):
        text = rng.choice(POLICIES[i][f"say_{lang}"])
        if rng.random() < 0.4:
            text = rng.choice(FILLER[split][lang]) + (" " if lang == "en" else "") + text
        return text
    items = [(passage(index, d_lang), 1)]
    for i in rng.sample([j for j in range(len(POLICIES)) if j != index], docs - 1):
        items.append((passage(i, d_lang), 0))
    rng.shuffle(items)
    return rng.choice(POLICIES[index][f"ask_{q_lang}"]), items


def all_families():
    return list(zip(NAMES, WEIGHTS))
