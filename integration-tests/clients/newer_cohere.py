"""The newest cohere, LiteLLM, Haystack's other rankers, clients of text-embeddings-inference, rerankers."""

import harness
from harness import DOCUMENTS, QUERY, TOP

KEY = "not-checked"


def client_cohere_7_v2(url, model):
    import cohere

    answer = cohere.ClientV2(api_key=KEY, base_url=url).rerank(model=model, query=QUERY, documents=DOCUMENTS, top_n=TOP)
    return [(result.index, result.relevance_score) for result in answer.results]


def client_cohere_7_v1(url, model):
    import cohere

    client = cohere.Client(api_key=KEY, base_url=url)
    answer = client.rerank(model=model, query=QUERY, documents=DOCUMENTS, top_n=TOP, return_documents=True)
    assert all(result.document.text == DOCUMENTS[result.index] for result in answer.results), answer
    return [(result.index, result.relevance_score) for result in answer.results]


def litellm(model, base):
    from litellm import rerank

    answer = rerank(model=model, query=QUERY, documents=DOCUMENTS, top_n=TOP, api_base=base, api_key=KEY)
    return [(result["index"], result["relevance_score"]) for result in answer.results]


def client_litellm_cohere(url, model):
    return litellm("cohere/" + model, url)


def client_litellm_jina(url, model):
    return litellm("jina_ai/" + model, url)


def client_litellm_hosted_vllm(url, model):
    return litellm("hosted_vllm/" + model, url)


def client_litellm_infinity(url, model):
    return litellm("infinity/" + model, url + "/infinity")


def haystack(ranker):
    from haystack import Document

    found = ranker.run(query=QUERY, documents=[Document(content=text) for text in DOCUMENTS])["documents"]
    return [(document.content, document.score) for document in found]


def client_haystack_jina(url, model):
    from haystack.utils import Secret
    from haystack_integrations.components.rankers.jina import JinaRanker

    return haystack(JinaRanker(model=model, api_key=Secret.from_token(KEY), top_k=TOP, base_url=url + "/v1/rerank"))


def client_haystack_vllm(url, model):
    from haystack_integrations.components.rankers.vllm import VLLMRanker

    return haystack(VLLMRanker(model=model, api_base_url=url + "/v1", top_k=TOP))


def client_haystack_tei(url, model):
    from haystack_integrations.components.rankers.huggingface_api import HuggingFaceTEIRanker

    return haystack(HuggingFaceTEIRanker(url=url, top_k=TOP, token=None))


def client_tei(url, model):
    from tei_client import HttpClient

    answer = HttpClient(url).rerank(QUERY, DOCUMENTS)
    return [(rank.index, rank.score) for rank in answer.ranks]


def rerankers(provider, model, url):
    from rerankers.models.api_rankers import APIRanker

    answer = APIRanker(model, KEY, provider, verbose=0, url=url).rank(QUERY, DOCUMENTS)
    return [(result.document.text, result.score) for result in answer.results]


def client_rerankers_jina(url, model):
    return rerankers("jina", model, url + "/v1/rerank")


def client_rerankers_cohere(url, model):
    return rerankers("cohere", model, url + "/v1/rerank")


def client_rerankers_tei(url, model):
    return rerankers("text-embeddings-inference", model, url + "/rerank")


if __name__ == "__main__":
    harness.main(__name__)
