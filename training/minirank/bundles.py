"""Training and evaluation examples: bundles of media with groups (query, documents, labels) over them.

bundle = {"media": [("image", PIL) | ("video", [PIL], stamps)], "groups": [(query side, [(document side, label)], skill)]}
A side is {"text", "image", "video"} with media as indices, so one picture serves several pairs at the price of one.
"""
import io
import random

from PIL import Image

from . import documents, names, scenes_room, scenes_screen, scenes_thing
from .clips import CLIPS
from .pixels import sample_indices, stamps
from .split import bucket_of, draw

SCENES = scenes_room.SCENES + scenes_screen.SCENES + scenes_thing.SCENES
SIZES = [(256, 256), (288, 224), (224, 288), (320, 224), (256, 224), (300, 220), (320, 256)]
NOTES = {"en": ["Photo from the inspection.", "Picture taken by the night shift.", "Attachment.", "See picture.", "Recording of camera 2.", "Documentation of the state on site."],
         "zh": ["巡检照片。", "夜班拍摄。", "附件。", "见图。", "二号摄像机录像。", "现场状态记录。"]}
REPORTS = {"en": ["Inspection note: {}.", "The technician saw this: {}.", "On site: {}.", "Description: {}."], "zh": ["巡检记录：{}。", "技术员看到：{}。", "现场情况：{}。", "说明：{}。"]}


def lang_of(rng):
    return "en" if rng.random() < 0.58 else "zh"


def rough(image, rng):
    """What a camera or a codec leaves of a picture."""
    if rng.random() < 0.4:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(60, 95))
        image = Image.open(buffer).convert("RGB")
    return image


def describe(scene, claim, rng, long_=0.35):
    lang = lang_of(rng)
    text = scene.caption(claim, lang, rng)
    if rng.random() < long_:
        text = rng.choice(REPORTS[lang]).format(text)
        if rng.random() < 0.5:
            text += (" " if lang == "en" else "") + rng.choice(documents.FILLER[lang])
    return text


def dress(side, rng):
    """Some picture documents carry a file name or a note that tells nothing."""
    text = ""
    if rng.random() < 0.3:
        text = rng.choice(["IMG_{:04d}", "DSC{:05d}", "CLIP-{:03d}", "Photo {}", "Recording {}", "照片 {}", "录像 {}"]).format(rng.randrange(1000))
    if rng.random() < 0.25:
        text += rng.choice(NOTES[lang_of(rng)])
    return dict(side, text=text) if text else side


def stranger_text(rng, split):
    facts = [documents.draw_in(rng, split) for _ in range(rng.choice([1, 1, 2, 3]))]
    return documents.as_text(documents.page(facts, lang_of(rng), rng), rng)


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


def scene_set(kinds, rng, split):
    """A scene, up to three near misses and a scene of another kind, all of the split."""
    scene = rng.choices(kinds, [k.weight for k in kinds])[0]
    first = draw(lambda r: scene.params(scene.draw(r)), rng, split)
    near = []
    for _ in range(30):
        near += [q for q in (settle(scene, p, rng, split) for p in scene.near(bare(first), rng)) if q]
        if len(near) >= 3:
            break
    rng.shuffle(near)
    stranger = rng.choice([k for k in kinds if k is not scene])
    far = draw(lambda r: stranger.params(stranger.draw(r)), rng, split)
    return [(scene, first)] + [(scene, p) for p in near[:3]] + [(stranger, far)]


def bare(p):
    return {k: v for k, v in p.items() if k != "scene"}


def holds(scene, claim, other, p):
    return int(other is scene and scene.holds(claim, bare(p)))


def scene_bundle(rng, split):
    items = scene_set(SCENES, rng, split)
    items.append(items[0])
    media = [("image", rough(scene.paint(bare(p), rng, rng.choice(SIZES)), rng)) for scene, p in items]
    tag = "image/" + items[0][0].name
    return {"media": media, "groups": visual_groups(items, "image", rng, split, tag, 3, 2)}


def clip_bundle(rng, split):
    items = scene_set(CLIPS, rng, split)
    items = items[:3] + [items[-1]]
    media = []
    for scene, p in items:
        frames = [rough(f, rng) for f in scene.paint(bare(p), rng)]
        fps = rng.choice([8, 10, 12, 15])
        total = rng.randint(2 * fps, 4 * fps)
        media.append(("video", frames, stamps(sample_indices(total, fps), fps)))
    tag = "video/" + items[0][0].name
    return {"media": media, "groups": visual_groups(items, "video", rng, split, tag, 2, 1)}


def visual_groups(items, kind, rng, split, tag, to_media, to_text):
    groups = []
    targets = [0] + [rng.choice([0, 0, 1, 2]) for _ in range(to_media - 1)]
    for target in targets:
        scene, p = items[target]
        claim = scene.claim(bare(p), rng)
        docs = [(dress({kind: [i]}, rng), holds(scene, claim, s, q)) for i, (s, q) in enumerate(items)]
        if rng.random() < 0.35:
            docs.append(({"text": stranger_text(rng, split)}, 0))
        if rng.random() < 0.2:
            docs.append(({"text": describe(scene, claim, rng, 0.8)}, 1))
        groups.append(({"text": scene.question(claim, lang_of(rng), rng)}, docs, "text-" + tag))
    for _ in range(to_text):
        target = rng.choice([0, 0, 1, 2])
        scene, p = items[target]
        docs, seen = [], set()
        for i in [target] + [i for i in range(len(items)) if i != target]:
            other, q = items[i]
            claim = other.claim(bare(q), rng)
            key = str(sorted(claim.items()))
            if key not in seen:
                seen.add(key)
                docs.append(({"text": describe(other, claim, rng)}, holds(other, claim, scene, p)))
        if rng.random() < 0.5:
            docs.append(({"text": stranger_text(rng, split)}, 0))
        query = {kind: [target]}
        if rng.random() < 0.3:
            query["text"] = rng.choice(["Find the text about this.", "What does this show?", "Description of this picture", "这是什么？", "查找相关说明"])
        groups.append((query, docs, tag + "-text"))
    if kind == "image" and rng.random() < 0.5:
        docs = [(dress({kind: [i]}, rng), int(s is items[0][0] and same(p, items[0][1]))) for i, (s, p) in enumerate(items[1:], 1)]
        query = {kind: [0]}
        if rng.random() < 0.3:
            query["text"] = rng.choice(["Find pictures that show the same.", "same scene", "查找同样的图片"])
        groups.append((query, docs, "image-image"))
    return groups


def emoji_bundle(rng, split):
    """Pictures and names of emoji; the split is over renderings, never over concepts known in training."""
    picks = names.picks(rng, 6)
    media = [("image", rough(names.picture(e, rng, rng.choice(SIZES[:3])), rng)) for e in picks]
    groups = []
    for target in rng.sample(range(6), 3):
        lang = lang_of(rng)
        docs = [({"image": [i]}, int(i == target)) for i in range(6)]
        groups.append(({"text": names.word(picks[target], lang, rng)}, docs, "text-image/emoji"))
    for target in rng.sample(range(6), 2):
        docs = [({"text": names.word(e, lang_of(rng), rng)}, int(i == target)) for i, e in enumerate(picks)]
        groups.append(({"image": [target]}, docs, "image/emoji-text"))
    return {"media": media, "groups": groups}


def name_bundle(rng, split):
    picks = names.picks(rng, 6)
    a, b = rng.choice([("en", "zh"), ("zh", "en")])
    docs = [({"text": names.word(e, b, rng, keywords=False)}, int(i == 0)) for i, e in enumerate(picks)]
    rng.shuffle(docs)
    return {"media": [], "groups": [({"text": names.word(picks[0], a, rng, keywords=False)}, docs, "names")]}


def text_bundle(rng, split, name=None):
    question, items = documents.fact_group(rng, split, rng.choice([5, 6, 7]), name)
    return {"media": [], "groups": [({"text": question}, [({"text": t}, y) for t, y in items], "text/" + (name or "any"))]}


def policy_bundle(rng, split):
    question, items = documents.policy_group(rng)
    return {"media": [], "groups": [({"text": question}, [({"text": t}, y) for t, y in items], "policy")]}


KINDS = [(text_bundle, 1.0), (policy_bundle, 0.08), (name_bundle, 0.12), (scene_bundle, 0.33), (emoji_bundle, 0.05), (clip_bundle, 0.2)]


def bundle(rng: random.Random, split="train", mix=None):
    kinds = mix or KINDS
    return rng.choices([k for k, _ in kinds], [w for _, w in kinds])[0](rng, split)
