"""Random requests over a pool of media."""

import texts


class Pool:
    """What requests may name: pictures, lists of frames, (video, seconds)."""

    def __init__(self, pictures, frame_lists, clips):
        self.pictures, self.frame_lists, self.clips = pictures, frame_lists, clips


def one_or_list(random, values):
    return values[0] if len(values) == 1 and random.random() < 0.5 else values


def video(random, pool):
    if random.random() < 0.3:
        frames = random.choice(pool.frame_lists)
        if random.random() < 0.15:
            frames = frames * random.randint(2, 9)
        listed = {"frames": frames}
        if random.random() < 0.3:
            listed["fps"] = random.choice([0.5, 1.0, 3.0, 12.5, 29.97])
        return listed
    name, seconds = random.choice(pool.clips)
    if random.random() < 0.7:
        return name
    segment = {"url": name}
    if random.random() < 0.7:
        segment["start"] = round(random.uniform(0, seconds), 3)
    if random.random() < 0.7:
        segment["end"] = round(random.uniform(segment.get("start", 0) + 0.001, seconds * 1.2 + 0.01), 3)
    return segment


def side(random, pool, words):
    """A text alone, nothing at all, or up to three parts of each kind."""
    draw = random.random()
    if draw < 0.25:
        return texts.text(random, words)
    if draw < 0.28:
        return random.choice([{}, {"text": None}, {"text": []}, {"image": [], "video": None}])
    parts = {}
    for kind, weights, make in (
        ("video", (65, 25, 7, 3), lambda: video(random, pool)),
        ("image", (40, 40, 14, 6), lambda: random.choice(pool.pictures)),
        ("text", (25, 55, 12, 8), lambda: texts.text(random, words)),
    ):
        count = random.choices(range(4), weights)[0]
        if count:
            values = [make() for _ in range(count)]
            parts[kind] = values if kind == "video" and isinstance(values[0], str) is False else one_or_list(random, values)
    return parts


def request(random, pool, words):
    """{"settings": the reference's constructor arguments, "body": a native request}"""
    body = {"query": side(random, pool, words), "documents": [side(random, pool, words) for _ in range(random.randint(1, 2))]}
    settings = {}
    if random.random() < 0.9:
        settings["max_pixels"] = round(1024 * 4 * 60 ** random.random())
        settings["min_pixels"] = round(random.choice([1024, 4096, settings["max_pixels"] * random.random() + 1]))
        settings["min_pixels"] = min(settings["min_pixels"], settings["max_pixels"])
    if random.random() < 0.3:
        settings["total_pixels"] = round(1024 * random.choice([200, 1000, 7680]))
    if random.random() < 0.3:
        settings["max_frames"] = random.randint(2, 9)
    body["max_frames"] = random.choice([2, 3, 4, 4, 5, 6, 8, 8, 11, 20, 64]) if random.random() < 0.99 else 1
    if random.random() < 0.5:
        body["fps"] = random.choice([0.1, 0.5, 1, 2, 2.5, 7, 24, 100])
    if random.random() < 0.25:
        body["max_length"] = random.choice([60, 100, 200, 400, 1000])
    if random.random() < 0.2:
        body["instruction"] = random.choice(["", texts.text(random, 12)])
    return {"settings": settings, "body": body}
