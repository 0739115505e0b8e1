"""The demo's documents and searches, read from a folder: documents.jsonl, searches.json and the media they name."""

import dataclasses
import json
import pathlib

MEDIA_KINDS = ("image", "video")
CONTENT_KEYS = ("text", *MEDIA_KINDS)


@dataclasses.dataclass(frozen=True)
class Search:
    name: str
    query: dict  # text, image, video: what the reranker sees
    first_pass: str  # "bm25", or "shuffle" where there is no text to match
    window_size: int
    relevant: dict  # document id -> grade
    instruction: str | None = None
    seed: int = 0
    candidates: tuple = ()  # the first pass looks at these alone; empty: at all
    story: str = ""  # told with the place of its right answers; empty: one of the searches that are only counted

    @property
    def shuffled(self):
        return self.first_pass == "shuffle"

    @property
    def kind(self):
        return " + ".join(key for key in CONTENT_KEYS if self.query.get(key))


@dataclasses.dataclass(frozen=True)
class Moment:
    """A story about one long video: the windows between start and end are to be found."""

    story: str
    query: str
    video: str
    window_s: float
    stride_s: float
    fps: float
    start: float
    end: float


class KnowledgeBase:
    """documents: {id: document}; searches; moments. Raises ValueError where the files contradict each other."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        lines = (self.folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
        documents = [json.loads(line) for line in lines if line.strip()]
        self.documents = {document["id"]: document for document in documents}
        if len(self.documents) != len(documents):
            raise ValueError(f"{self.folder}/documents.jsonl: an id stands there twice")
        searches = json.loads((self.folder / "searches.json").read_text(encoding="utf-8"))
        self.searches = [self._search(entry) for entry in searches if "locate" not in entry]
        self.moments = [Moment(story=entry["story"], **entry["locate"]) for entry in searches if "locate" in entry]

    def _search(self, entry):
        search = Search(**{**entry, "candidates": tuple(entry.get("candidates") or ())})
        if search.first_pass not in ("bm25", "shuffle"):
            raise ValueError(f"search {search.name}: first_pass is {search.first_pass}")
        if search.first_pass == "bm25" and not search.query.get("text"):
            raise ValueError(f"search {search.name}: BM25 needs a text")
        unknown = [i for i in (*search.relevant, *search.candidates) if i not in self.documents]
        if unknown:
            raise ValueError(f"search {search.name}: no such documents: {unknown}")
        return search

    def media(self):
        """Every object key that a document or a search names, sorted; each is a file below the folder."""
        named = [*self.documents.values(), *(search.query for search in self.searches), *map(dataclasses.asdict, self.moments)]
        keys = {value[kind] for value in named for kind in MEDIA_KINDS if value.get(kind)}
        missing = [key for key in keys if not (self.folder / key).is_file()]
        if missing:
            raise ValueError(f"{self.folder}: no such files: {sorted(missing)}")
        return sorted(keys)
