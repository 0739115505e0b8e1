"""Training and evaluation examples: bundles of media with groups (query, documents, labels) over them.

bundle = {"media": [("image", PIL) | ("video", [PIL], stamps)], "groups": [(query side, [(document side, label)], skill)]}
A side is {"text", "image", "video"} with media as indices, so one picture serves several pairs at the price of one.
"""
import random

from . import documents, names, scenes_room, scenes_screen, scenes_thing, voice
from .clips import CLIPS, reversible
from .media import IMAGE_SIZES, THUMBNAILS, clip_media, rough
from .split import bucket_of, draw

SCENES = scenes_room.SCENES + scenes_screen.SCENES + scenes_thing.SCENES


def lang_of(rng):
    return "en" if rng.random() < 0.58 else "zh"


def describe(scene, claim, rng, split):
    lang = lang_of(rng)
    text = rng.choice(voice.REPORTS[split][lang]).format(scene.caption(claim, lang, rng))
    if rng.random() < 0.2:
        text += (" " if lang == "en" else "") + rng.choice(voice.FILLER[split][lang])
    return text


def dress(side, rng, split):
    """Some picture documents carry a file name or a note that tells nothing."""
    text = ""
    if rng.random() < 0.3:
        text = rng.choice(["IMG_{:04d}", "DSC{:05d}", "CLIP-{:03d}", "Photo {}", "Recording {}", "照片 {}", "录像 {}"]).format(rng.randrange(1000))
    if rng.random() < 0.25:
        text += rng.choice(voice.NOTES[split][lang_of(rng)])
    return dict(side, text=text) if text else side


def stranger_text(rng, split):
    facts = [documents.draw_in(rng, split) for _ in range(rng.choice([1, 1, 2, 3]))]
    return documents.as_text(documents.page(facts, lang_of(rng), rng, split), rng)


def same(a, b):
    return {k: v for k, v in a.items() if k != "turn"} == {k: v for k, v in b.items() if k != "turn"}


def settle(scene, params, rng, split):
    """The same scene with its free parameter moved until the set belongs to the split; None where it has none."""
    turns = list(range(40))
    rng.shuffle(turns)
    for turn in turns:
        moved = scene.params(dict(params, turn=turn) if "turn" in params else params)
        if bucket_of(moved) == split:
            return moved
    return None


def near_set(scene, first, rng, split, count):
    """Near misses of a parameter set that belong to the split."""
    near = []
    for _ in range(30):
        near += [q for q in (settle(scene, p, rng, split) for p in scene.near(bare(first), rng)) if q]
        if len(near) >= count:
            break
    rng.shuffle(near)
    return near[:count]


def scene_set(kinds, rng, split):
    """A scene, up to three near misses and a scene of another kind, all of the split."""
    scene = rng.choices(kinds, [k.weight for k in kinds])[0]
    first = draw(lambda r: scene.params(scene.draw(r)), rng, split)
    stranger = rng.choice([k for k in kinds if k is not scene])
    far = draw(lambda r: stranger.params(stranger.draw(r)), rng, split)
    return [(scene, first)] + [(scene, p) for p in near_set(scene, first, rng, split, 3)] + [(stranger, far)]


def bare(p):
    return {k: v for k, v in p.items() if k != "scene"}


def holds(scene, claim, other, p):
    return int(other is scene and scene.holds(claim, bare(p)))


def paint(scene, p, rng):
    return ("image", rough(scene.paint(bare(p), rng, rng.choice(IMAGE_SIZES)), rng))


def scene_bundle(rng, split):
    items = scene_set(SCENES, rng, split)
    items.append(items[0])
    media = [paint(scene, p, rng) for scene, p in items]
    tag = "image/" + items[0][0].name
    return {"media": media, "groups": visual_groups(items, "image", rng, split, tag, 3, 3)}


def clip_bundle(rng, split):
    items = scene_set(CLIPS, rng, split)
    items = items[:3] + [items[-1]]
    media = [clip_media(scene, bare(p), rng) for scene, p in items]
    tag = "video/" + items[0][0].name
    return {"media": media, "groups": visual_groups(items, "video", rng, split, tag, 2, 1)}


def reversed_bundle(rng, split):
    """A clip and the same frames backwards: nothing but the order in time tells them apart."""
    while True:
        scene = rng.choice(reversible())
        p = draw(lambda r: scene.params(scene.draw(r)), rng, split)
        back = scene.opposite(bare(p))
        turned = back and settle(scene, back, rng, split)
        if turned:
            break
    items = [(scene, p), (scene, turned)]
    forward = clip_media(scene, bare(p), rng)
    again = clip_media(scene, bare(p), rng)
    media = [forward, ("video", forward[1][::-1], forward[2]), again]
    groups = []
    for i in (0, 1):
        claim = scene.claim(bare(items[i][1]), rng)
        docs = [(dress({"video": [k]}, rng, split), int(k == i)) for k in (0, 1)]
        groups.append(({"text": scene.question(claim, lang_of(rng), rng, split)}, docs, "text-reversed"))
        # both claims name the same things, so that the action alone decides
        view = claim["view"]
        docs = [({"text": describe(scene, scene.claim(bare(q), rng, view), rng, split)}, int(k == i)) for k, (_, q) in enumerate(items)]
        groups.append(({"video": [i]}, docs, "reversed-text"))
    groups.append(({"video": [2]}, [({"video": [0]}, 1), ({"video": [1]}, 0)], "video-video"))
    return {"media": media, "groups": groups}


def visual_groups(items, kind, rng, split, tag, to_media, to_text):
    groups = []
    targets = [0] + [rng.choice([0, 0, 1, 2]) for _ in range(to_media - 1)]
    for target in targets:
        scene, p = items[min(target, len(items) - 2)]
        claim = scene.claim(bare(p), rng)
        docs = [(dress({kind: [i]}, rng, split), holds(scene, claim, s, q)) for i, (s, q) in enumerate(items)]
        if rng.random() < 0.35:
            docs.append(({"text": stranger_text(rng, split)}, 0))
        if rng.random() < 0.2:
            docs.append(({"text": describe(scene, claim, rng, split)}, 1))
        groups.append(({"text": scene.question(claim, lang_of(rng), rng, split)}, docs, "text-" + tag))
    for _ in range(to_text):
        target = min(rng.choice([0, 0, 1, 2]), len(items) - 2)
        scene, p = items[target]
        docs, seen = [], set()
        for i in [target] + [i for i in range(len(items)) if i != target]:
            other, q = items[i]
            claim = other.claim(bare(q), rng)
            key = str(sorted(claim.items()))
            if key not in seen:
                seen.add(key)
                docs.append(({"text": describe(other, claim, rng, split)}, holds(other, claim, scene, p)))
        if rng.random() < 0.5:
            docs.append(({"text": stranger_text(rng, split)}, 0))
        query = {kind: [target]}
        if rng.random() < 0.3:
            query["text"] = rng.choice(voice.ABOUT[split])
        groups.append((query, docs, tag + "-text"))
    if kind == "image" and rng.random() < 0.5:
        docs = [(dress({kind: [i]}, rng, split), int(s is items[0][0] and same(p, items[0][1]))) for i, (s, p) in enumerate(items[1:], 1)]
        query = {kind: [0]}
        if rng.random() < 0.3:
            query["text"] = rng.choice(voice.SAME[split])
        groups.append((query, docs, "image-image"))
    return groups


def emoji_bundle(rng, split, known=True):
    """Pictures and names of emoji in the languages of training; unseen concepts (known=False) are for evaluation."""
    assert known or split != "train"
    teach = split == "train"
    # a name is learned by meeting it often: most pictures of training are small, so that many fit
    sizes = THUMBNAILS if teach and rng.random() < 0.75 else IMAGE_SIZES[:3]
    count = 8 if teach else 6
    picks = names.picks(rng, count, known, 5 if teach else None)
    media = [("image", rough(names.picture(e, rng, rng.choice(sizes), split), rng)) for e in picks]
    groups = []
    for target in rng.sample(range(count), 5 if teach else 3):
        lang = voice.language(rng, evenly=teach)
        word = names.word(picks[target], lang, rng, picks)
        docs = [({"image": [i]}, int(i == target or word == e[lang][0])) for i, e in enumerate(picks)]
        groups.append(({"text": voice.named(word, lang, rng, split)}, docs, "text-image/emoji"))
    for target in rng.sample(range(count), 2):
        lang = voice.language(rng, evenly=teach)
        words = [names.word(e, lang, rng, picks) for e in picks]
        docs = [({"text": voice.named(w, lang, rng, split)}, int(i == target or w == picks[target][lang][0])) for i, w in enumerate(words)]
        groups.append(({"image": [target]}, docs, "image/emoji-text"))
    if teach:
        groups += [({"image": [target]}, many_tongues(picks, target, rng), "image/emoji-text") for target in rng.sample(range(count), 3)]
    if rng.random() < 0.5:
        media.append(("image", rough(names.picture(picks[0], rng, rng.choice(sizes), split), rng)))
        query = {"image": [count]}
        if rng.random() < 0.3:
            query["text"] = rng.choice(voice.SAME[split])
        groups.append((query, [(dress({"image": [i]}, rng, split), int(i == 0)) for i in range(count)], "image-image"))
    return {"media": media, "groups": groups}


def many_tongues(picks, target, rng):
    """Five names of the target in as many languages among names of the others."""
    docs = [({"text": voice.named(names.word(picks[target], lang, rng, picks), lang, rng, "train")}, 1) for lang in rng.sample(voice.LANGUAGES, 5)]
    for e in picks[:target] + picks[target + 1:]:
        lang = voice.language(rng, evenly=True)
        word = names.word(e, lang, rng, picks)
        docs.append(({"text": voice.named(word, lang, rng, "train")}, int(word == picks[target][lang][0])))
    return docs


def name_bundle(rng, split):
    """A name in one language, names in another."""
    picks = names.picks(rng, 6)
    a, b = voice.language(rng), voice.language(rng)
    docs = [({"text": voice.named(names.word(e, b, rng, keywords=False), b, rng, split)}, int(i == 0)) for i, e in enumerate(picks)]
    rng.shuffle(docs)
    return {"media": [], "groups": [({"text": voice.named(names.word(picks[0], a, rng, keywords=False), a, rng, split)}, docs, "names")]}


def mixed_bundle(rng, split):
    """Documents of text and a picture, some with a clip too; the right one agrees with the query in all its parts."""
    kinds, kind = (SCENES, "image") if rng.random() < 0.7 else (CLIPS, "video")
    items = scene_set(kinds, rng, split)[:2]
    fact = documents.draw_in(rng, split)
    facts = [fact] + documents.near_in(fact, rng, split, 1)
    lang = lang_of(rng)
    media = [paint(s, p, rng) if kind == "image" else clip_media(s, bare(p), rng) for s, p in items]
    beside = None
    if kind == "image" and rng.random() < 0.3:
        clip = rng.choice(CLIPS)
        media.append(clip_media(clip, bare(draw(lambda r: clip.params(clip.draw(r)), rng, split)), rng))
        beside = len(media) - 1
    scene, p = items[0]
    pages = [(f, i) for f in range(len(facts)) for i in range(len(items))]

    def side(f, i):
        out = {"text": documents.as_text(documents.page([facts[f]], lang, rng, split), rng), kind: [i]}
        return dict(out, video=[beside]) if beside is not None else out

    docs = [(side(f, i), f, i) for f, i in pages]
    groups = []
    claim = scene.claim(bare(p), rng)
    family = documents.FAMILIES[fact["family"]]
    text = rng.choice(voice.BOTH[split][lang]).format(fact=family.asked(fact, lang, rng), shown=scene.caption(claim, lang, rng))
    right = lambda f, i: int(f == 0 and holds(scene, claim, *items[i]))
    groups.append(({"text": text}, [(d, right(f, i)) for d, f, i in docs] + [({"text": stranger_text(rng, split)}, 0)], "text-mixed"))
    media.append(paint(scene, p, rng) if kind == "image" else clip_media(scene, bare(p), rng))
    query = {"text": family.asked(fact, lang, rng), kind: [len(media) - 1]}
    alike = lambda i: items[i][0] is scene and same(items[i][1], p)
    groups.append((query, [(d, int(f == 0 and alike(i))) for d, f, i in docs], "mixed-mixed"))
    return {"media": media, "groups": groups}


def text_bundle(rng, split, name=None):
    question, items = documents.fact_group(rng, split, rng.choice([5, 6, 7]), name)
    return {"media": [], "groups": [({"text": question}, [({"text": t}, y) for t, y in items], "text/" + (name or "any"))]}


def long_bundle(rng, split, name=None):
    question, items = documents.long_group(rng, split, name=name)
    return {"media": [], "groups": [({"text": question}, [({"text": t}, y) for t, y in items], "text/late")]}


def policy_bundle(rng, split):
    question, items = documents.policy_group(rng)
    return {"media": [], "groups": [({"text": question}, [({"text": t}, y) for t, y in items], "policy")]}


KINDS = [(text_bundle, 0.9), (long_bundle, 0.1), (policy_bundle, 0.06), (name_bundle, 0.25), (scene_bundle, 0.33), (emoji_bundle, 0.2), (clip_bundle, 0.15), (reversed_bundle, 0.09), (mixed_bundle, 0.16)]


def bundle(rng: random.Random, split="train", mix=None):
    kinds = mix or KINDS
    return rng.choices([k for k, _ in kinds], [w for _, w in kinds])[0](rng, split)
