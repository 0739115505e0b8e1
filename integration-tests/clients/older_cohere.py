"""Clients that want cohere below 6: LangChain, LlamaIndex, Infinity, Haystack's Cohere ranker."""

import harness
from harness import DOCUMENTS, QUERY, TOP

KEY = "not-checked"


def client_cohere_5_v2(url, model):
    import cohere

    answer = cohere.ClientV2(api_key=KEY, base_url=url).rerank(model=model, query=QUERY, documents=DOCUMENTS, top_n=TOP)
    return [(result.index, result.relevance_score) for result in answer.results]


def client_cohere_5_v1(url, model):
    import cohere

    client = cohere.Client(api_key=KEY, base_url=url)
    answer = client.rerank(model=model, query=QUERY, documents=[{"text": text} for text in DOCUMENTS], return_documents=True)
    assert all(result.document.text == DOCUMENTS[result.index] for result in answer.results), answer
    return [(result.index, result.relevance_score) for result in answer.results]


def langchain(compressor):
    from langchain_core.documents import Document

    found = compressor.compress_documents([Document(page_content=text) for text in DOCUMENTS], QUERY)
    return [(document.page_content, document.metadata["relevance_score"]) for document in found]


def client_langchain_cohere(url, model):
    from langchain_cohere import CohereRerank

    return langchain(CohereRerank(model=model, cohere_api_key=KEY, base_url=url, top_n=TOP))


def client_langchain_jina(url, model):
    from langchain_community.document_compressors import jina_rerank

    jina_rerank.JINA_API_URL = url + "/v1/rerank"  # the only way to point it elsewhere
    return langchain(jina_rerank.JinaRerank(model=model, jina_api_key=KEY, top_n=TOP))


def client_langchain_infinity(url, model):
    from infinity_client import Client
    from langchain_community.document_compressors.infinity_rerank import InfinityRerank

    return langchain(InfinityRerank(client=Client(base_url=url), model=model, top_n=TOP))


def client_infinity(url, model):
    from infinity_client import Client
    from infinity_client.api.default import rerank
    from infinity_client.models import RerankInput

    body = RerankInput(query=QUERY, documents=DOCUMENTS, model=model, return_documents=False)
    answer = rerank.sync(client=Client(base_url=url), body=body)
    assert answer.usage.total_tokens > 0, answer
    return [(result.index, result.relevance_score) for result in answer.results]


def llama_index(postprocessor):
    from llama_index.core.schema import NodeWithScore, TextNode

    nodes = [NodeWithScore(node=TextNode(text=text), score=0.0) for text in DOCUMENTS]
    found = postprocessor.postprocess_nodes(nodes, query_str=QUERY)
    return [(node.node.get_content(), node.score) for node in found]


def client_llama_index_cohere(url, model):
    from llama_index.postprocessor.cohere_rerank import CohereRerank

    return llama_index(CohereRerank(api_key=KEY, model=model, top_n=TOP, base_url=url))


def client_llama_index_jina(url, model):
    from llama_index.postprocessor.jinaai_rerank import JinaRerank

    return llama_index(JinaRerank(api_key=KEY, model=model, top_n=TOP, base_url=url + "/v1"))


def client_llama_index_tei(url, model):
    from llama_index.postprocessor.tei_rerank import TextEmbeddingInference

    return llama_index(TextEmbeddingInference(base_url=url, top_n=TOP))


def client_haystack_cohere(url, model):
    from haystack import Document
    from haystack.utils import Secret
    from haystack_integrations.components.rankers.cohere import CohereRanker

    ranker = CohereRanker(model=model, api_key=Secret.from_token(KEY), api_base_url=url, top_k=TOP)
    found = ranker.run(query=QUERY, documents=[Document(content=text) for text in DOCUMENTS])["documents"]
    return [(document.content, document.score) for document in found]


if __name__ == "__main__":
    harness.main(__name__)
