"""The reference implementation's answers, and what is documented where it raises or scores garbage."""

import hashlib
import importlib.util
import json
import pathlib
import sys

import texts

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
SUFFIX_TOKENS = 5


def load(seed, folder, cut):
    """Makes the checkpoint of that seed in folder/model. -> the module make_reference, ready to run()."""
    arguments = ["make_reference", "--config", f"random:{seed}", "--ranks", str(DATA / "tokenizer/qwen.tiktoken"), "--bare",
                 "--out", str(folder), "--media", str(folder / "media")] + (["--cut", str(cut)] if cut else [])
    before, sys.argv = sys.argv, arguments
    try:
        spec = importlib.util.spec_from_file_location("make_reference", DATA / "reference/make_reference.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.argv = before
    return module


class Unreadable(Exception):
    """The reference's reader fails on a sound file: nothing to compare with."""


class Fault(Exception):
    """What we answer for a part: one of these codes."""

    def __init__(self, *codes):
        super().__init__("|".join(codes))
        self.codes = codes


def fault_of(element, problem):
    """The documented codes for what the reference raised on one image or video."""
    message = str(problem)
    kind = "image" if "image" in element else "video"
    by_message = (
        ("absolute aspect ratio", (f"{kind}_aspect_ratio", "image_aspect_ratio")),
        ("height and width must be > 0", (f"{kind}_aspect_ratio", "image_aspect_ratio")),
        ("stack expects each tensor", ("video_frames_differ",)),
        ("Invalid time range", ("video_range_invalid", "video_too_short")),
        ("nframes should in interval", ("video_too_short", "invalid_request")),
    )
    few = ("invalid_request",) if element.get("max_frames", 2) < 2 else ()  # refused before the file is looked at
    for text, codes in by_message:
        if text in message:
            return Fault(*codes, *few)
    if type(problem).__name__ == "DECORDError":
        return Unreadable(f"{element['video'].rsplit('/', 1)[1]}: {message.splitlines()[0]}")
    raise AssertionError(f"the reference raised what is not foreseen: {type(problem).__name__}: {message} for {element}")


class SteadyReader:
    """decord in qwen_vl_utils, asked until it says the same. The thread of its decoder races with its reader, so that of some
    files the last frames are now themselves, now the ones before."""

    ASKED = 2  # times; all must agree
    PATIENCE = 20  # until what they agreed on comes again

    def __init__(self):
        from qwen_vl_utils import vision_process

        self.read, self.known = vision_process.VIDEO_READER_BACKENDS["decord"], {}
        vision_process.VIDEO_READER_BACKENDS["decord"] = self

    def __call__(self, element):
        key = json.dumps(element, sort_keys=True)
        if key not in self.known:
            answers = [self.read(element) for _ in range(self.ASKED)]
            self.known[key] = {self.digest(answer) for answer in answers}
            if len(self.known[key]) == 1:
                return answers[0]
        if len(self.known[key]) == 1:
            for _ in range(self.PATIENCE):
                answer = self.read(element)
                if self.digest(answer) in self.known[key]:
                    return answer
        raise Unreadable(f"{element['video'].rsplit('/', 1)[1]}: another answer when asked again")

    @staticmethod
    def digest(answer):
        return hashlib.sha256(answer[0].numpy().tobytes()).hexdigest()


class Answers:
    def __init__(self, module):
        self.module, self.known, self.reader = module, {}, SteadyReader()

    def fault(self, element):
        """Nothing when the reference reads that image or video, else its Fault. Raises Unreadable."""
        key = json.dumps(element, sort_keys=True)
        if key not in self.known:
            self.known[key] = self.read(element)
        if isinstance(self.known[key], Unreadable):
            raise self.known[key]
        return self.known[key]

    def read(self, element):
        names = element.get("image", element.get("video"))
        if any(name.rsplit("/", 1)[1].startswith("cut-") for name in ([names] if isinstance(names, str) else names)):
            kind = "video" if isinstance(element.get("video"), str) else "image"
            return Fault(f"{kind}_corrupt", f"{kind}_unsupported")
        try:
            if isinstance(element.get("video"), str):
                self.reader(element)  # its error; process_vision_info would hide it behind another
            self.module.process_vision_info([[{"role": "user", "content": [element]}]], image_patch_size=16)
        except Unreadable as problem:
            return problem
        except Exception as problem:  # the reference may raise anything
            return fault_of(element, problem)
        return None

    def faults(self, content, options):
        """-> {"video[0]": Fault} in the order in which parts are reported"""
        found = {}
        for kind in ("video", "image"):
            values = self.module.aslist(content.get(kind), kind == "video")
            for index, value in enumerate(values):
                ((_, element),) = self.module.side("", {kind: [value]}, options)[1:]
                if fault := self.fault(element):
                    found[f"{kind}[{index}]"] = fault
        return found

    def without(self, content, faults):
        kept = dict(content)
        for kind in ("video", "image"):
            values = self.module.aslist(content.get(kind), kind == "video")
            kept[kind] = [value for index, value in enumerate(values) if f"{kind}[{index}]" not in faults]
        return kept

    def case_of(self, request):
        body, settings = request["body"], request["settings"]
        as_dict = lambda content: {"text": content} if isinstance(content, str) else content
        case = {key: body[key] for key in ("instruction", "fps", "max_frames", "max_length") if key in body}
        case.update({key: settings[key] for key in ("min_pixels", "max_pixels", "total_pixels") if key in settings})
        if "max_frames" in settings:
            case["max_frames_attr"] = settings["max_frames"]
        case.update(name="suite", query=as_dict(body["query"]), documents=[as_dict(document) for document in body["documents"]])
        if texts.holds_literal(body):
            case["plain_special"] = True
        return case

    def answer(self, request):
        """-> {"error": …} of the whole request, or {"documents": [each one's answer]}"""
        case = self.case_of(request)
        options, _, _ = self.module.build({**case, "query": {}}, {})
        for part, fault in self.faults(case["query"], options).items():
            return {"error": "document_error", "part": f"query.{part}", "cause": fault.codes}
        return {"documents": [self.document(case, document, options) for document in case["documents"]]}

    def document(self, case, document, options):
        faults = self.faults(document, options)
        answer = {"warnings": [[part, *fault.codes] for part, fault in faults.items()]} if faults else {}
        kept = self.without(document, faults) if faults else document
        named = any(self.module.aslist(document.get(kind), kind == "video") for kind in ("text", "image", "video"))
        if named and not any(kept.get(kind) for kind in ("image", "video")) and not self.module.aslist(kept.get("text")):
            return {**answer, "error": "document_unreadable"}
        golden = self.module.run(case, kept)
        self.module.inputs.clear()
        if golden["n_ids"] - SUFFIX_TOKENS > case.get("max_length", 10240):
            return {**answer, "error": "prompt_too_long"}
        short = lambda name: golden[name]["sha256"][:16] if name in golden else ""
        return {
            **answer, "n": golden["n_ids"], "dropped": golden["n_ids_full"] - golden["n_ids"], "ids": golden["ids_sha256"][:16],
            "positions": golden["pos_sha256"][:16], "grids": [golden["image_grid_thw"], golden["video_grid_thw"]],
            "patches": [short("pixel_values"), short("pixel_values_videos")], "logit": round(golden["logit"], 7),
        }
