"""The rescorer vl_rerank in a real node; started by ./run."""

import argparse
import os
import signal
import sys
import traceback

import coordinator_feature_cases
import coordinator_pass_cases
import coordinator_ranking_cases
import fault_cases
import pipeline_cases
import rescorer_basic_cases
import rescorer_failure_cases
import rescorer_shard_cases
import rescorer_tls_cases
import retriever_cases
import sidecar_cases
import warm_cases
from imposter import TLS_DIRECTORY, Imposter
from node_client import Node
from rescorer_fixture import Fixture, Skipped

# A quarter of 20 may wait for the sidecar, whatever the number of cores: one for each of five shards.
SEARCH_THREADS = 20
WARM_QUEUE_SIZE = 1000
API_KEY = "key-of-the-test"


def main():
    parser = argparse.ArgumentParser()
    for name in ("engine", "version", "plugin"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--only", default="", help="run the cases whose name holds this word")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    imposter, spare = Imposter(), Imposter()
    node = Node(
        arguments.engine,
        arguments.version,
        os.path.abspath(arguments.plugin),
        settings=[
            f"thread_pool.search.size={SEARCH_THREADS}",
            f'vl_rerank.endpoints=["{imposter.url}"]',
            f"vl_rerank.warm.queue_size={WARM_QUEUE_SIZE}",
            "vl_rerank.ssl.certificate_authorities=ca.crt",
            "vl_rerank.ssl.certificate=client.crt",
            "vl_rerank.ssl.key=client-encrypted.key",
        ],
        secrets=[
            f"vl_rerank.api_key={API_KEY}",
            f"vl_rerank.ssl.secure_key_passphrase={rescorer_tls_cases.PASSPHRASE}",
        ],
        files=[TLS_DIRECTORY / name for name in ("ca.crt", "client.crt", "client-encrypted.key")],
    )
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for module in (
            rescorer_basic_cases,
            rescorer_shard_cases,
            rescorer_failure_cases,
            rescorer_tls_cases,
            warm_cases,
            pipeline_cases,
            coordinator_ranking_cases,
            coordinator_feature_cases,
            coordinator_pass_cases,
            retriever_cases,
            fault_cases,
            sidecar_cases,
        ):
            for name, case in module.cases(arguments.engine):
                if arguments.only in name:
                    run_case(Fixture(node, imposter, spare, SEARCH_THREADS, API_KEY, WARM_QUEUE_SIZE), name, case, counts)
    finally:
        node.stop()
        imposter.close()
        spare.close()
    print(f"{arguments.engine} {arguments.version}:")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] or not counts["passed"] else 0


def run_case(fixture, name, case, counts):
    try:
        fixture.recover()
        case(fixture)
        outcome = "passed"
    except Skipped as reason:
        outcome, name = "skipped", f"{name}: {reason}"
    except Exception:  # a case that breaks in any way has failed; the others still run
        traceback.print_exc()
        outcome = "failed"
    counts[outcome] += 1
    print(f"{outcome.upper():8}{name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
