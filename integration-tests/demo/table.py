"""The outcome on a terminal of 100 columns; Chinese characters take two."""

import unicodedata

WIDTH = 100
SIDE = (WIDTH - 5) // 2  # two sides and " │ " between them, one space before each
TOP = 5
GRADE_MARKS = {0: " ", 1: "○"}  # 2 and above: ●
GROUP_NAMES = {"bm25": "BM25", "shuffle": "seeded shuffle (*)", "stories": "stories (*)", "all": "all"}
FAILED = "failed: the released weights are meant for this"


def character_width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text):
    return sum(character_width(character) for character in text)


def fit(text, columns):
    """The text in exactly so many columns, cut with … or filled with spaces."""
    text = " ".join(text.split())
    if width(text) > columns:
        kept, used = [], 0
        for character in text:
            if used + character_width(character) > columns - 1:
                break
            kept.append(character)
            used += character_width(character)
        text = "".join(kept) + "…"
    return text + " " * (columns - width(text))


def side(hit, relevant):
    """One hit in SIDE columns: mark, score, title, kind."""
    if hit is None:
        return " " * SIDE
    mark = GRADE_MARKS.get(relevant.get(hit["_id"], 0), "●")
    kind = hit["_source"].get("kind", "")
    score = f"{hit['_score']:7.4f}" if hit["_score"] < 10 else f"{hit['_score']:7.2f}"
    return f"{mark} {score} {fit(hit['_source']['title'], SIDE - 11 - len(kind))} {kind}"


def search_block(number, count, outcome):
    search = outcome.search
    left = f"first pass: {'seeded shuffle' if search.shuffled else 'BM25'}, {outcome.first_pass_ms:.0f} ms"
    right = f"reranked: {outcome.ms:.0f} ms, {len(outcome.reranked)} hits"
    asked = " + ".join(str(search.query[key]) for key in ("text", "image", "video") if search.query.get(key))
    yield "─" * WIDTH
    yield fit(f"{number}/{count} {search.name} [{search.kind}]", WIDTH)
    yield f"  {fit(asked, WIDTH - 2)}"
    yield f" {fit(left, SIDE)} │ {fit(right, SIDE)}"
    pairs = [(hits + [None] * TOP)[:TOP] for hits in (outcome.first_pass, outcome.reranked)]
    for before, after in zip(*pairs):
        yield f" {side(before, search.relevant)} │ {side(after, search.relevant)}"
    yield f" {fit(f'nDCG@10 {outcome.first_ndcg:.3f}', SIDE)} │ {fit(f'nDCG@10 {outcome.reranked_ndcg:.3f}', SIDE)}"


def stories_block(stories):
    """Where the right answers stood; of several the places of all."""
    listed = lambda numbers: ", ".join(map(str, numbers))
    yield "═" * WIDTH
    yield f" {'stories: place of the right answer':<48}{'among':>6}{'before':>9}{'after':>9}"
    for story in stories:
        yield f" {fit(story.name, 48)}{story.among:>6}{listed(story.before):>9}{listed(story.after):>9}"
        if not story.told:
            yield f"   {FAILED}"


def figures_block(figures):
    yield "═" * WIDTH
    yield f" {'nDCG@10, mean':<28}{'searches':>10}{'first pass':>14}{'reranked':>14}"
    for name, group in figures.items():
        yield f" {GROUP_NAMES[name]:<28}{group.searches:>10}{group.baseline:>14.3f}{group.reranked:>14.3f}"
    yield " ● relevant, ○ somewhat relevant"
    if "shuffle" in figures:
        yield " (*) no text to match: the first pass is chance, given as its exact mean over all orders"
