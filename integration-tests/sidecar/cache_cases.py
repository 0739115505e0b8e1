"""What the vision tower made of media: kept in memory and on disk, the same to the last bit."""

from sidecar_process import TINY_MEDIA, TINY_MODEL, Sidecar

REQUEST = {
    "query": {"image": "a.png"},
    "documents": [{"image": "b.png"}, {"text": "t", "image": ["j420.jpg", "a.png"]}, {"video": "v1.mp4"},
                  {"video": {"frames": ["f0.png", "f1.png", "f2.png"]}}, "text alone"],
}
MEDIA = 5


class CacheCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def sidecar(self, *settings):
        return Sidecar(self.program, TINY_MODEL, [f"storage.media_root={TINY_MEDIA}", *settings])

    @staticmethod
    def scores(sidecar):
        answer = sidecar.rerank(REQUEST)
        assert answer.status == 200, answer.text
        body = answer.json()
        return {result["index"]: result["relevance_score"] for result in body["results"]}, body["usage"]["cached_images"]

    def case_a_warm_cache_scores_as_a_cold_one(self):
        with self.sidecar("vision_cache.memory_bytes=0") as sidecar:
            plain, _ = self.scores(sidecar)
        with self.sidecar() as sidecar:
            assert self.scores(sidecar) == (plain, 0)
            assert self.scores(sidecar) == (plain, MEDIA)
            cache = sidecar.get("/v1/status").json()["cache"]
            assert cache["vision_entries"] == MEDIA and cache["vision_hits"] == MEDIA, cache
            assert sidecar.metric("vl_rerank_vision_cache_encoded_total") == MEDIA

    def case_the_disk_survives_a_kill_and_damage(self):
        disk = self.folder / "vision"
        settings = [f"vision_cache.disk_path={disk}", "vision_cache.memory_bytes=0"]
        with self.sidecar(*settings) as sidecar:
            cold, _ = self.scores(sidecar)
            assert sidecar.stop() == 0
        files = sorted(disk.rglob("*.vision"))
        assert len(files) == MEDIA, files
        with self.sidecar(*settings) as sidecar:
            assert self.scores(sidecar) == (cold, MEDIA)
            assert sidecar.metric("vl_rerank_vision_cache_disk_hits_total") == MEDIA
        # Leaving the block killed it.
        files[0].write_bytes(files[0].read_bytes()[:-7])
        (files[1].parent / ".tmp-half").write_bytes(b"half written")
        with self.sidecar(*settings) as sidecar:
            assert self.scores(sidecar) == (cold, MEDIA - 1)
            assert sidecar.get("/v1/status").json()["cache"]["vision_disk_corrupt"] == 1
        assert not (files[1].parent / ".tmp-half").exists()

    def case_quality_is_told_whether_it_was_measured_before_or_not(self):
        explained = {**REQUEST, "explain": True}

        def qualities(answer):
            return [image["quality"] for result in sorted(answer["results"], key=lambda result: result["index"])
                    for image in result["explanation"]["images"]]

        with self.sidecar() as sidecar:
            cold = sidecar.rerank(explained).json()
            assert len(qualities(cold)) == 3 and all(0 < quality <= 1 for quality in qualities(cold)), cold
            assert cold["usage"]["cached_images"] == 0
            again = sidecar.rerank(explained).json()
            assert qualities(again) == qualities(cold) and again["usage"]["cached_images"] == MEDIA
        with self.sidecar() as sidecar:
            self.scores(sidecar)
            encoded = sidecar.metric("vl_rerank_vision_cache_encoded_total")
            late = sidecar.rerank(explained).json()
            assert qualities(late) == qualities(cold) and late["usage"]["cached_images"] == MEDIA
            assert sidecar.metric("vl_rerank_vision_cache_encoded_total") == encoded, "it was encoded again"
            by_index = lambda answer: {result["index"]: result["relevance_score"] for result in answer["results"]}
            assert by_index(late) == by_index(cold)
