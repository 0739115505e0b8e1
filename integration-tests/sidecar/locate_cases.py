"""Moments of a video into which events were planted: twelve clips of three seconds, one after another."""

import base64

CLIP_SECONDS = 3
# What happens in the clip, and where the one clip in which it happens begins.
EVENTS = {"recording in which a module is pulled out of the slot": 18.0}


class LocateCases:
    def __init__(self, sidecar):
        self.sidecar = sidecar

    def ask(self, status=200, **body):
        answer = self.sidecar.rerank({"video": "planted.mp4", "timeout_ms": 600000, **body}, "/v1/locate")
        assert answer.status == status, f"{answer.status} {answer.text[:500]}"
        return answer.json()

    def case_planted_events_come_first(self):
        for query, start in EVENTS.items():
            answer = self.ask(query=query, window_s=CLIP_SECONDS, stride_s=CLIP_SECONDS, fps=2, top_n=0)
            moments = answer["moments"]
            assert answer["windows"] == len(moments) == 12 and answer["duration_s"] == 36.0, answer["windows"]
            assert moments[0]["start"] == start and moments[0]["end"] == start + CLIP_SECONDS, moments[:3]
            assert moments[0]["relevance_score"] > 2 * moments[1]["relevance_score"], [m["relevance_score"] for m in moments]
        return f"{moments[0]['relevance_score']:.3f} before {moments[1]['relevance_score']:.3f}"

    def case_windows_that_overlap(self):
        query, start = next(iter(EVENTS.items()))
        video = {"url": "planted.mp4", "start": 14, "end": 24}
        moments = self.ask(query=query, video=video, window_s=4, stride_s=2, fps=2, top_n=3)["moments"]
        assert len(moments) == 3
        # The small model also takes a cut between two clips for something that comes out.
        assert any(moment["start"] < start + CLIP_SECONDS and moment["end"] > start for moment in moments), moments
        for moment in moments:
            assert base64.b64decode(moment["thumbnail"].removeprefix("data:image/jpeg;base64,"))[:2] == b"\xff\xd8"

    def case_a_part_of_the_video(self):
        query, start = next(iter(EVENTS.items()))
        answer = self.ask(query=query, video={"url": "planted.mp4", "start": 12, "end": 24}, window_s=3, stride_s=3, fps=2)
        assert all(12 <= moment["start"] and moment["end"] <= 24.001 for moment in answer["moments"]), answer["moments"]
        assert answer["moments"][0]["start"] == start, answer["moments"][0]["start"]

    def case_refusals_say_what_would_do(self):
        answer = self.ask(400, query="q", window_s=1, stride_s=0.1, fps=4)
        assert answer["error"]["param"] == "stride_s" and " would fit" in answer["message"], answer
        answer = self.ask(400, query="q", window_s=0.5, stride_s=0.5, max_frames=4)
        assert answer["error"]["param"] == "window_s", answer
        answer = self.ask(422, query="q", video="missing.mp4")
        assert answer["error"]["param"] == "video" and "media_not_found" in answer["message"], answer
        answer = self.ask(422, query={"image": "missing.png"})
        assert answer["error"]["param"] == "query.image[0]", answer
