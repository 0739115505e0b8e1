"""Checkpoints and settings that are refused at start, with the file and key named; and the other commands."""

import json
import shutil
import signal
import subprocess

from sidecar_process import TINY_MEDIA, TINY_MODEL, Sidecar, run, until

REQUEST = json.dumps({"query": "q", "documents": ["d"]})


class StartupCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def broken(self, name, change, *contains):
        """A copy of the tiny checkpoint, changed, is refused by score and by serve."""
        model = self.folder / name
        shutil.copytree(TINY_MODEL, model)
        change(model)
        for command in (["score", "--model", model], ["serve", "--set", f"model.path={model}", "--set", "server.port=0"]):
            code, out, complaint = run(self.program, *command, text=REQUEST)
            assert code == 2, f"{name}: exit {code}, {complaint}"
            assert not out.strip() or "listening" not in out, out
            for text in contains:
                assert text in complaint + out, f"{name}: {text!r} is not in {complaint + out!r}"

    def report(self, *arguments):
        """What a command that ran to its end reports. -> (exit code, JSON)"""
        code, out, complaint = run(self.program, *arguments)
        assert out, f"exit {code}, no report: {complaint!r}"
        return code, json.loads(out)

    @staticmethod
    def edit(file, function):
        def change(model):
            content = json.loads((model / file).read_text(encoding="utf-8"))
            function(content)
            (model / file).write_text(json.dumps(content), encoding="utf-8")

        return change

    def case_missing_files(self):
        for file in ("config.json", "tokenizer.json", "model.safetensors", "preprocessor_config.json"):
            self.broken(f"without-{file}", lambda model, file=file: (model / file).unlink(), file)

    def case_truncated_files(self):
        for file, share in (("config.json", 0.5), ("tokenizer.json", 0.5), ("model.safetensors", 0.7), ("model.safetensors", 0.001)):
            def cut(model, file=file, share=share):
                data = (model / file).read_bytes()
                (model / file).write_bytes(data[: int(len(data) * share)])

            self.broken(f"cut-{file}-{share}", cut, file)

    def case_another_architecture(self):
        def rename(config):
            config["architectures"] = ["LlamaForCausalLM"]
            config["model_type"] = "llama"

        self.broken("llama", self.edit("config.json", rename), "config.json", "llama")

    def case_config_keys(self):
        self.broken("no-hidden", self.edit("config.json", lambda c: c["text_config"].pop("hidden_size")), "text_config.hidden_size")
        self.broken("text-hidden", self.edit("config.json", lambda c: c["text_config"].update(hidden_size="64")), "hidden_size")
        self.broken("other-width", self.edit("config.json", lambda c: c["text_config"].update(intermediate_size=320)), "mlp")
        self.broken("other-pad", self.edit("config.json", lambda c: c.update(image_token_id=5)), "image_token_id")

    def case_tokenizer_without_special_tokens(self):
        def drop(tokenizer):
            tokenizer["added_tokens"] = [t for t in tokenizer["added_tokens"] if t["content"] != "<|image_pad|>"]

        self.broken("no-image-pad", self.edit("tokenizer.json", drop), "tokenizer.json")

    def case_settings(self):
        for setting, text in (("server.prot=1", "server.port"), ("model.dtype=fp4", "model.dtype"), ("nonsense", "key=value")):
            code, _, complaint = run(self.program, "serve", "--set", setting)
            assert code == 2 and text in complaint, complaint
        assert run(self.program, "serve", "--config", "/nonexistent.yaml")[0] == 2
        assert run(self.program, "nonsense")[0] == 2
        assert run(self.program, "--help")[0] == 0

    def case_score_refuses_a_bad_request(self):
        code, out, complaint = run(self.program, "score", "--model", TINY_MODEL, text='{"query": 1, "documents": []}')
        assert code == 2 and out == "" and "query" in complaint, complaint

    def case_tokenize(self):
        lines = json.dumps({"text": "red kangaroo"}) + "\n" + json.dumps({"text": "<|im_end|>"}) + "\n"
        code, out, complaint = run(self.program, "tokenize", "--model", TINY_MODEL, text=lines)
        assert code == 0, complaint
        rows = [json.loads(line)["ids"] for line in out.splitlines()]
        assert len(rows) == 2 and len(rows[1]) > 1
        code, out, _ = run(self.program, "tokenize", "--literal-specials", "--model", TINY_MODEL, text=lines)
        assert code == 0 and len(json.loads(out.splitlines()[1])["ids"]) == 1

    def case_inspect(self):
        code, out, complaint = run(self.program, "inspect", TINY_MEDIA / "v1.mp4")
        assert code == 0, complaint
        seen = json.loads(out)
        assert (seen["kind"], seen["width"], seen["height"], seen["frames"], seen["codec"]) == ("video", 96, 64, 45, "h264"), seen
        assert len(seen["seen"]["timestamps_s"]) * 2 == len(seen["seen"]["frames"]), seen
        code, out, _ = run(self.program, "inspect", TINY_MEDIA / "j420.jpg")
        assert code == 0 and json.loads(out)["format"] == "jpeg"
        assert run(self.program, "inspect", TINY_MODEL / "config.json")[0] == 2

    def case_verify(self):
        def verify(*arguments, model=TINY_MODEL):
            return self.report("verify", "--model", model, *arguments)

        code, report = verify("--values")
        assert code == 0 and report["passed"] and len(report["checks"]) == 7, report
        golden = json.loads((TINY_MODEL.parent / "golden.json").read_text(encoding="utf-8"))["cases"]
        requests = json.loads((TINY_MODEL.parent / "requests.json").read_text(encoding="utf-8"))
        wanted = {"text", "instruction", "non_latin", "image_codecs", "many_images", "video"}
        cases = [{**{key: request[key] for key in ("instruction", "query", "documents") if key in request},
                  "scores": [document["score"] for document in answers["documents"]]}
                 for request, answers in zip(requests, golden) if request["name"] in wanted]
        published = self.folder / "published.json"

        again = ("--published", published, "--set", f"storage.media_root={TINY_MEDIA}")

        def write_cases():
            published.write_text(json.dumps({"max_length": 8192, "max_frames": 16, "fps": 1, "cases": cases}), encoding="utf-8")

        def recompute(*arguments):
            write_cases()
            return verify(*again, *arguments)

        code, report = recompute()
        found = report["published"]
        assert code == 0 and found["passed"] and found["pairs"] > 15 and found["mean_absolute_error"] < 1e-5, report
        assert found["spearman"] > 0.9999 and found["pass_marks"]["spearman"] == 0.999, report
        code, report = recompute("--dtype", "bfloat16")
        assert report["published"]["pass_marks"]["mean_absolute_error"] == 0.02 and report["published"]["max_error"] > 1e-5, report
        for dtype in ("fp8", "int8"):
            code, report = recompute("--dtype", dtype)
            found = report["published"]
            assert found["dtype"] == dtype and found["pass_marks"]["mean_absolute_error"] == 0.02 and found["max_error"] > 1e-5, report
        cases[0]["scores"][0] += 0.2
        code, report = recompute()
        assert code == 1 and not report["passed"] and report["published"]["max_error"] > 0.19, report
        cases[0]["scores"].pop()
        write_cases()
        code, out, complaint = run(self.program, "verify", "--model", TINY_MODEL, *again)
        assert code == 2 and out == "" and "cases[0]" in complaint, complaint

        spoiled = self.folder / "spoiled"
        shutil.copytree(TINY_MODEL, spoiled)
        self.edit("config.json", lambda c: c["text_config"].update(intermediate_size=320))(spoiled)
        code, report = verify("--published", published, model=spoiled)
        assert code == 1 and "published" not in report and "gate_proj" in str(report), report
        assert verify("--template-sha256", "0" * 64)[0] == 1

    def case_bench(self):
        small = ("bench", "--docs", 3, "--repeat", 2)
        code, report = self.report(*small, "--model", TINY_MODEL, "--tokens", 40)
        (text,) = report["requests"]
        assert code == 0 and report["documents"] == 3 and report["tokens"] == 40 and report["image"] is None, report
        assert text["request"] == "text" and 0 < text["min_ms"] <= text["ms"] <= text["max_ms"] and text["tflops"] > 0, report
        assert abs(text["tokens_per_s"] * text["ms"] / 1000 - 120) < 1e-6, report
        code, report = self.report(*small, "--model", TINY_MODEL, "--image", "64x96", "--dtype", "int8")
        (pictures,) = report["requests"]
        assert code == 0 and pictures["request"] == "new pictures" and report["dtype"] == "int8" and report["tokens"] == 84, report
        assert pictures["tokens_per_s"] * pictures["ms"] / 1000 > 3 * 84, report
        for arguments, reason in [((), "--shape"), (("--model", TINY_MODEL, "--shape", "2b"), "Exactly 1"), (("--shape", "3b"), "2b or 8b"),
                                  (("--model", TINY_MODEL, "--image", "64"), "WIDTHxHEIGHT"), (("--model", self.folder / "none"), "config.json")]:
            code, out, complaint = run(self.program, *small, *arguments)
            assert code == 2 and out == "" and reason in complaint, complaint

    def case_without_a_model_it_lives_but_is_not_ready(self):
        process = subprocess.Popen(
            [str(self.program), "serve", "--set", "server.port=0", "--set", "model.load_on_start=false"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            line = next(line for line in process.stdout if "listening" in line)
            sidecar = Sidecar.__new__(Sidecar)
            sidecar.port, sidecar.tls = int(line.rsplit(":", 1)[1]), None
            assert sidecar.get("/health/live").status == 200
            ready = sidecar.get("/health/ready")
            assert ready.status == 503 and ready.headers["Retry-After"], ready.text
            answer = sidecar.rerank(REQUEST)
            assert answer.status == 503 and answer.error()["code"] == "model_not_loaded", answer.text
        finally:
            process.kill()
            process.communicate()

    def case_sigterm_answers_what_is_under_way(self):
        import concurrent.futures

        with Sidecar(self.program, TINY_MODEL) as sidecar:
            requests = [{"query": f"q{i}", "documents": [f"a long document to read {j} " * 50 for j in range(40)]} for i in range(4)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = [pool.submit(sidecar.rerank, request) for request in requests]
                until(
                    lambda: sum(answer.done() for answer in answers) + sidecar.metric("vl_rerank_admitted_requests") >= 4,
                    "they are not under way")
                sidecar.process.send_signal(signal.SIGTERM)
                statuses = [answer.result().status for answer in answers]
            assert statuses == [200] * 4, statuses
            code = sidecar.wait()
            assert code == 0, f"{code}: {sidecar.log}"
