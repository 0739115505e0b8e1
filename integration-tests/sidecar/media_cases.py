"""Media that fail, each a warning on its document while the others are scored; and the object store behind them."""

import base64


class MediaCases:
    """`base` is the prefix of sound and bad media ("s3://bucket/" or "")."""

    def __init__(self, sidecar, base):
        self.sidecar, self.base = sidecar, base

    def results(self, documents, query="a picture"):
        answer = self.sidecar.rerank({"query": query, "documents": documents})
        assert answer.status == 200, answer.text
        return {result["index"]: result for result in answer.json()["results"]}

    def fails(self, kind, name, *codes):
        """A document of that part alone, one with text beside it, and two sound ones."""
        url = self.base + name
        by_index = self.results([{kind: url}, {kind: url, "text": "beside"}, "sound", {"image": self.base + "good.png"}])
        alone, beside = by_index[0], by_index[1]
        code = alone["warnings"][0]["code"]
        assert code in codes, f"{name}: {alone}"
        assert alone["warnings"][0]["part"] == f"{kind}[0]" and alone["warnings"][0]["message"], alone
        assert alone["relevance_score"] == 0.0 and alone["error"]["code"] == "document_unreadable", alone
        assert beside["warnings"][0]["code"] == code and beside["relevance_score"] > 0 and "error" not in beside, beside
        for sound in (by_index[2], by_index[3]):
            assert sound["relevance_score"] > 0 and "warnings" not in sound, sound
        return code

    def case_a_video_that_is_cut_off(self):
        return ", ".join([self.fails("video", name, "video_corrupt") for name in ("cut.mp4", "cut.webm")])

    def case_text_that_calls_itself_media(self):
        return ", ".join([
            self.fails("image", "text.jpg", "image_unsupported", "image_corrupt"),
            self.fails("video", "text.mp4", "video_unsupported", "video_corrupt"),
        ])

    def case_pictures_that_are_broken(self):
        return ", ".join([
            self.fails("image", "cut.jpg", "image_corrupt"),
            self.fails("image", "empty.png", "image_unsupported", "image_corrupt"),
            self.fails("image", "huge.png", "image_too_large"),
            self.fails("image", "thin.png", "image_aspect_ratio"),
        ])

    def case_one_pixel_is_a_picture(self):
        result = self.results([{"image": self.base + "one.png"}])[0]
        assert result["relevance_score"] > 0 and "warnings" not in result, result

    def case_options_of_pictures(self):
        def score(**image):
            body = {"query": "a picture", "documents": [{"image": self.base + "good.png"}, "sound"], "image": image}
            answer = self.sidecar.rerank(body)
            assert answer.status == 200, answer.text
            return {result["index"]: result for result in answer.json()["results"]}

        scores = [score(**image)[0]["relevance_score"] for image in (
            {}, {"resize": "native", "profile": "art"}, {"resize": "fit", "width": 320, "height": 96},
            {"resize": "crop", "width": 320, "height": 96}, {"resize": "crop", "width": 320, "height": 96, "blur_sigma": 4})]
        assert scores[0] == scores[1] and len(set(scores)) == 4, scores
        assert "warnings" not in score(quality_threshold=0.01)[0]
        refused = score(quality_threshold=1)[0]
        assert refused["warnings"][0]["code"] == "image_quality_low" and "0." in refused["warnings"][0]["message"], refused
        assert refused["error"]["code"] == "document_unreadable" and refused["relevance_score"] == 0.0, refused

    def case_an_object_that_does_not_exist(self):
        return self.fails("image", "missing.png", "media_not_found")

    def case_what_may_not_be_reached(self):
        for url in ("http://127.0.0.1:9/x.png", "http://169.254.169.254/latest", "http://[::1]/x", "file:///etc/passwd",
                    "s3://another-bucket/x.png", "gopher://x/", "http://0x7f.1/x.png"):
            result = self.results([{"image": url}, "sound"])[0]
            assert result["warnings"][0]["code"] in ("media_forbidden", "media_invalid_url"), f"{url}: {result}"

    def case_data_urls(self):
        import sidecar_process

        data = base64.b64encode((sidecar_process.TINY_MEDIA / "a.png").read_bytes()).decode()
        by_index = self.results([{"image": f"data:image/png;base64,{data}"}, {"image": self.base + "good.png"}])
        assert abs(by_index[0]["relevance_score"] - by_index[1]["relevance_score"]) < 1e-6, by_index

    def case_the_same_in_the_query_is_a_422(self):
        for part, value, param in (
            ("image", self.base + "text.jpg", "query.image[0]"),
            ("video", self.base + "cut.mp4", "query.video[0]"),
            ("image", [self.base + "good.png", self.base + "missing.png"], "query.image[1]"),
        ):
            answer = self.sidecar.rerank({"query": {"text": "t", part: value}, "documents": ["d"]})
            assert answer.status == 422, answer.text
            assert answer.error()["code"] == "document_error" and answer.error()["param"] == param, answer.text

    def case_on_document_error_fail_is_a_422(self):
        answer = self.sidecar.rerank(
            {"query": "q", "documents": ["d", {"image": self.base + "text.jpg"}], "on_document_error": "fail"})
        assert answer.status == 422 and answer.error()["param"] == "documents[1].image[0]", answer.text

    def case_sound_media_after_all_that(self):
        by_index = self.results([{"video": self.base + "good.mp4"}, {"image": self.base + "good.png"}])
        assert all(result["relevance_score"] > 0 and "warnings" not in result for result in by_index.values()), by_index
