"""The encoder: official weights, exact export, prompts and long texts honoured."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import Retriever, Settings, build_index
from retrieval.encoder import Encoder, load_encoder
from retrieval.encoder.models import (
    DEFAULT_MODEL,
    bundled_folder,
    check_bundled,
    export_folder,
    locate,
)
from retrieval.errors import ModelError
from tests.conftest import SEEDS, MakeCorpus

TEXTS = [
    "Who led the inquiry?",
    "x",
    "",
    "A naïve “question” about 1,400 people… 😀",
    "日本語の文章。",
    "word " * 700,
]


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return replace(settings, precision="fp32")


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> Encoder:
    return load_encoder(settings)


@pytest.fixture(scope="module")
def quick(settings: Settings) -> Encoder:
    return load_encoder(replace(settings, precision="int8"))


def test_weights_of_eight_bits_lose_little_and_questions_nothing(
    encoder: Encoder, quick: Encoder
) -> None:
    texts = [text for text in TEXTS if text]
    cosines = (encoder.encode_documents(texts) * quick.encode_documents(texts)).sum(axis=1)
    assert 0.97 < cosines.min() < 0.99999
    assert np.array_equal(quick.encode_queries(texts), encoder.encode_queries(texts))
    assert quick.spec.id != encoder.spec.id
    assert quick.spec.asked == encoder.spec


def test_with_eight_bits_a_text_has_one_vector_whatever_stands_beside_it(quick: Encoder) -> None:
    together = quick.encode_documents(TEXTS)
    alone = [quick.encode_documents([text])[0] for text in TEXTS]
    assert np.array_equal(together, alone)


def test_eight_bits_are_taken_only_where_they_were_measured_to_hold(
    encoder: Encoder, settings: Settings, tmp_path: Path
) -> None:
    made = export_folder(locate(DEFAULT_MODEL), settings.cache_dir)
    chosen = {}
    for name, cosine in (("alike", 0.995), ("unlike", 0.95)):
        folder = export_folder(locate(DEFAULT_MODEL), tmp_path / name)
        shutil.copytree(made, folder)
        (folder / "eight_bit.json").write_text(json.dumps({"cosine": cosine}))
        auto = replace(settings, precision="auto", cache_dir=tmp_path / name)
        chosen[name] = load_encoder(auto).spec.precision
    assert chosen == {"alike": "int8", "unlike": "fp32"}


def test_an_index_keeps_the_precision_it_was_made_with(
    encoder: Encoder, settings: Settings, make_corpus: MakeCorpus, tmp_path: Path
) -> None:
    corpus = make_corpus({"a.txt": "The harbour was closed in 1931.\n"})
    exact = replace(settings, sources={"precision": "environment QUOTH_PRECISION"})
    build_index(corpus, tmp_path / "index", settings=exact)
    (corpus / "b.txt").write_text("It was opened again in 1940.\n")
    later = replace(settings, precision="int8", sources={})
    assert build_index(corpus, tmp_path / "index", settings=later).embedded == 1
    with Retriever.open(tmp_path / "index", settings=later) as retriever:
        assert retriever.info.encoder.precision == "fp32"
    asked = replace(later, sources={"precision": "environment QUOTH_PRECISION"})
    with Retriever.open(tmp_path / "index", settings=asked) as retriever:
        assert retriever.ask("When was it closed?").evidence  # questions are exact either way
    assert build_index(corpus, tmp_path / "index", settings=asked).embedded == 2


def test_the_export_gives_the_vectors_of_sentence_transformers(
    encoder: Encoder, settings: Settings
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [text for text in TEXTS if text and len(text) < 1000]
    texts += [
        line
        for path in SEEDS.glob("*.txt")
        for line in path.read_text("utf-8").splitlines()
        if line
    ]
    original = SentenceTransformer(str(bundled_folder()), device="cpu")
    reference = original.encode_document(texts, normalize_embeddings=True)
    assert np.abs(encoder.encode_documents(texts) - reference).max() < 1e-5
    queries = original.encode_query(texts[:2], normalize_embeddings=True)
    assert np.abs(encoder.encode_queries(texts[:2]) - queries).max() < 1e-5


def test_both_backends_are_the_same_encoder(encoder: Encoder, settings: Settings) -> None:
    other = load_encoder(replace(settings, backend="torch"))
    assert other.spec == encoder.spec
    assert other.count_tokens(TEXTS) == encoder.count_tokens(TEXTS)
    assert other.passage_window == encoder.passage_window == 254
    # The last one is longer than the window: both average the same windows but for their edges.
    assert (
        np.abs(other.encode_documents(TEXTS[:-1]) - encoder.encode_documents(TEXTS[:-1])).max()
        < 1e-5
    )
    assert float(other.encode_documents(TEXTS)[-1] @ encoder.encode_documents(TEXTS)[-1]) > 0.99


def test_vectors_are_unit_length_and_zero_for_nothing(encoder: Encoder) -> None:
    vectors = encoder.encode_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    norms = np.linalg.norm(vectors, axis=1)
    assert norms[2] == 0.0
    assert np.allclose(np.delete(norms, 2), 1.0, atol=1e-5)
    assert encoder.encode_documents([]).shape == (0, 384)


def test_the_end_of_a_long_text_counts(encoder: Encoder) -> None:
    start = "The budget of the harbour was approved. " * 60
    one, other = encoder.encode_documents(
        [start + "Apples.", start + "The officer was dismissed. " * 60]
    )
    assert float(one @ other) < 0.95


def test_prompts_of_the_model_are_put_before_the_texts(
    encoder: Encoder, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "prompted"
    folder.mkdir()
    for path in bundled_folder().rglob("*"):
        target = folder / path.relative_to(bundled_folder())
        if path.is_dir():
            target.mkdir()
        elif path.name == "config_sentence_transformers.json":
            values = json.loads(path.read_text("utf-8"))
            values["prompts"] = {"query": "query: ", "document": "passage: "}
            target.write_text(json.dumps(values), "utf-8")
        elif path.suffix == ".safetensors":
            target.symlink_to(path)
        else:
            target.write_bytes(path.read_bytes())
    prompted = load_encoder(replace(settings, model=str(folder), cache_dir=tmp_path / "cache"))
    assert (prompted.spec.query_prompt, prompted.spec.document_prompt) == ("query: ", "passage: ")
    assert prompted.spec.id != encoder.spec.id
    assert (
        np.abs(prompted.encode_queries(["who"]) - encoder.encode_queries(["query: who"])).max()
        < 1e-5
    )
    assert (
        np.abs(
            prompted.encode_documents(["who"]) - encoder.encode_documents(["passage: who"])
        ).max()
        < 1e-5
    )
    assert prompted.passage_window < encoder.passage_window


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="sha256"):
        check_bundled(tmp_path)
    check_bundled(bundled_folder())


@pytest.mark.parametrize("name", ["./no-such-folder", "/no/such/folder", "a/b/c"])
def test_a_model_that_is_not_there_is_named(settings: Settings, name: str) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        load_encoder(replace(settings, model=name))


def test_a_remote_model_that_cannot_be_had_is_named(settings: Settings) -> None:
    with pytest.raises(ModelError, match="nobody/nothing"):
        load_encoder(replace(settings, model="nobody/nothing"))


def test_a_damaged_export_is_told(encoder: Encoder, settings: Settings, tmp_path: Path) -> None:
    broken = replace(settings, cache_dir=tmp_path)
    folder = export_folder(locate(DEFAULT_MODEL), tmp_path)
    folder.mkdir(parents=True)
    (folder / "encoder.json").write_text("{}")
    with pytest.raises(ModelError, match="damaged"):
        load_encoder(broken)


def test_two_at_once_export_once(settings: Settings, tmp_path: Path) -> None:
    fresh = replace(settings, cache_dir=tmp_path)
    notices: list[str] = []
    found: list[Encoder] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_encoder(fresh, notices.append)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(notices) == 1
    assert not list((tmp_path / "models").glob(".export-*"))
