"""/v1/warm: media that are in the vision cache before the first request asks for them."""

import json
import socket
import threading
import time

from sidecar_process import PATIENCE_SECONDS, TINY_MEDIA, TINY_MODEL, Sidecar

JSON = {"Content-Type": "application/json"}
REQUEST = {"query": "q", "documents": [{"image": "a.png"}, {"image": "j420.jpg", "text": "t"}, {"video": "v1.mp4"}]}
MEDIA = ["a.png", "j420.jpg", "v1.mp4"]


class WarmCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def sidecar(self, *settings):
        return Sidecar(self.program, TINY_MODEL, [f"storage.media_root={TINY_MEDIA}", *settings])

    @staticmethod
    def warm(sidecar, body, status=202):
        answer = sidecar.ask("POST", "/v1/warm", json.dumps(body), JSON)
        assert answer.status == status, f"{answer.status}: {answer.text}"
        return answer.json()

    def until_cached(self, sidecar, body):
        """Asks again until all is there, as the plugins never need to."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        wanted = len(body["media"])
        while (answer := self.warm(sidecar, body))["already_cached"] != wanted:
            assert answer["accepted"] + answer["already_cached"] == wanted and not answer["refused"], answer
            assert time.monotonic() < deadline, answer
            time.sleep(0.05)

    @staticmethod
    def scores(sidecar, request=None):
        answer = sidecar.rerank(request or REQUEST)
        assert answer.status == 200, answer.text
        body = answer.json()
        return {result["index"]: result["relevance_score"] for result in body["results"]}, body["usage"]["cached_images"]

    def case_what_was_warmed_is_known_to_a_search(self):
        with self.sidecar() as sidecar:
            plain, known = self.scores(sidecar)
            assert known == 0
        with self.sidecar() as sidecar:
            self.until_cached(sidecar, {"media": MEDIA})
            assert sidecar.metric("vl_rerank_vision_cache_encoded_total") == len(MEDIA)
            assert self.scores(sidecar) == (plain, len(MEDIA))
            assert sidecar.metric("vl_rerank_vision_cache_encoded_total") == len(MEDIA), "it was encoded again"

    def case_a_restart_keeps_it_on_disk(self):
        settings = [f"vision_cache.disk_path={self.folder / 'warm'}"]
        with self.sidecar(*settings) as sidecar:
            self.until_cached(sidecar, {"media": MEDIA})
            assert sidecar.stop() == 0
        with self.sidecar(*settings) as sidecar:
            _, known = self.scores(sidecar)
            assert known == len(MEDIA)
            assert sidecar.metric("vl_rerank_vision_cache_encoded_total") == 0

    def case_options_are_those_of_the_search(self):
        options = {"image": {"resize": "fit", "profile": "art"}, "fps": 2, "max_frames": 4}
        with self.sidecar() as sidecar:
            self.until_cached(sidecar, {"media": MEDIA, **options})
            assert self.scores(sidecar, {**REQUEST, **options})[1] == len(MEDIA)
            assert self.scores(sidecar)[1] == 0

    def case_each_medium_is_judged_alone(self):
        with self.sidecar() as sidecar:
            media = ["a.png", "missing.png", 17, "s3://not-allowed/x.png", "SHA256SUMS.txt", {"url": "a.png"}]
            refused = {}
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(refused) < 4:
                answer = self.warm(sidecar, {"media": media})
                refused = {one["index"]: one["code"] for one in answer["refused"]}
                assert time.monotonic() < deadline, answer
            assert refused[1] == refused[4] == "media_not_found" and refused[2] == "invalid_request", refused
            assert refused[3] == "media_forbidden", refused
            assert answer["accepted"] + answer["already_cached"] == 2, answer
            assert self.warm(sidecar, {"media": []}) == {"accepted": 0, "already_cached": 0, "refused": []}

    def case_a_slow_store_does_not_hold_the_answer(self):
        listener = socket.create_server(("127.0.0.1", 0))
        held = []
        threading.Thread(target=self.hold, args=(listener, held), daemon=True).start()
        port = listener.getsockname()[1]
        # The test does not wait as long as the drain may take.
        settings = [f"storage.allow_hosts=[127.0.0.1:{port}]", "server.max_warming=20", "server.drain_timeout_ms=600000", "storage.total_timeout_ms=600000"]
        with self.sidecar(*settings) as sidecar:
            media = [f"http://127.0.0.1:{port}/{i}.png" for i in range(12)]
            assert self.warm(sidecar, {"media": media}) == {"accepted": 12, "already_cached": 0, "refused": []}
            assert len(held) <= 4, "searches are left no room"
            assert sidecar.metric("vl_rerank_warm_waiting") == 8
            # 8 wait; 13 more are too many.
            answer = sidecar.ask("POST", "/v1/warm", json.dumps({"media": [f"{i}.png" for i in range(13)]}), JSON)
            assert answer.status == 429 and answer.headers["Retry-After"], answer.text
            assert sidecar.rerank({"query": "q", "documents": ["d"]}).status == 200
            assert sidecar.stop() == 0, "what hangs holds the end up"
        listener.close()

    @staticmethod
    def hold(listener, held):
        try:
            while True:
                held.append(listener.accept())
        except OSError:
            pass

    def case_roles_and_refusals(self):
        with self.sidecar("vision_cache.memory_bytes=0") as sidecar:
            refused = self.warm(sidecar, {"media": MEDIA})["refused"]
            assert [one["code"] for one in refused] == ["cache_disabled"] * len(MEDIA), refused
        with self.sidecar() as sidecar:
            assert self.warm(sidecar, {"media": MEDIA, "model": "another"}, 404)["error"]["code"] == "model_not_found"
            assert self.warm(sidecar, {"images": MEDIA}, 400)["error"]["param"] in ("media", "images")
            assert sidecar.get("/v1/warm").status == 405
