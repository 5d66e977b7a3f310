"""Documents: exact text from bytes, and a reason for every file that is none."""

from __future__ import annotations

import os
import socket
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Document, Skipped
from retrieval.errors import CorpusError
from retrieval.offsets import byte_range, line_range, line_starts
from retrieval.reading import NotTextError, corpus_root, decode, read_document, read_folder
from tests.conftest import SEEDS, MakeCorpus, Unprivileged

LIMIT = 50_000_000


def reasons(root: Path) -> dict[str, str]:
    return {
        item.path: item.reason
        for item in read_folder(root.resolve(), LIMIT)
        if isinstance(item, Skipped)
    }


def documents(root: Path) -> dict[str, Document]:
    return {
        item.path: item for item in read_folder(root.resolve(), LIMIT) if isinstance(item, Document)
    }


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"plain", "plain", "utf-8"),
        ("naïve\r\n".encode("utf-8-sig"), "naïve\r\n", "utf-8-sig"),
        ("naïve\r".encode("utf-16"), "naïve\r", "utf-16"),
        ("naïve".encode("utf-32"), "naïve", "utf-32"),
        ("a plain line\n".encode("utf-16-le"), "a plain line\n", "utf-16-le"),
        ("a plain line\n".encode("utf-16-be"), "a plain line\n", "utf-16-be"),
        (b"caf\xe9 au lait", "café au lait", "cp1252"),
        ("“Zitat” – sagte er".encode("cp1252"), "“Zitat” – sagte er", "cp1252"),
        (
            "Привет мир, это проверка кодировки".encode("cp1251"),
            "Привет мир, это проверка кодировки",
            "cp1251",
        ),
    ],
)
def test_bytes_are_decoded_once_and_exactly(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)
    assert data.decode(encoding) == text


@given(
    st.text(min_size=1).filter(lambda t: "\x00" not in t),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_any_text_survives_decoding(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    decoded, name = decode(data)
    # A leading U+FEFF cannot be told from a byte order mark; it is one, by the standard.
    assert data.decode(name) == decoded
    assert decoded in (text, text.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02" * 50, b"%PDF-1.7 ...", b"PK\x03\x04rest", b"\xff\xfeodd"]
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(NotTextError):
        decode(data)


def test_the_sample_corpus_is_read_to_the_byte() -> None:
    found = documents(SEEDS)
    assert len(found) == 5
    for path, document in found.items():
        assert document.text.encode("utf-8") == (SEEDS / path).read_bytes()
    assert found["004_3946d1ded365ba1d.txt"].title.startswith("Police watchdog finds no misconduct")
    # The second article opens with its first paragraph: it has no title of its own.
    assert found["001_79fc81af2f2f4dda.txt"].title == "001_79fc81af2f2f4dda.txt"


def test_markdown_gives_title_and_sections(make_corpus: MakeCorpus) -> None:
    text = (
        "Intro words.\r\n\r\n# The *Guide*\r\n\r\nText.\r\n\r\nSetting up\r\n---------\r\n"
        "\r\n```\r\n# no heading\r\n```\r\n"
    )
    document = read_document(make_corpus({"a.md": text}).resolve(), "a.md")
    assert document.title == "The *Guide*"
    assert [section.title for section in document.sections] == ["The *Guide*", "Setting up"]
    assert document.text == text
    assert all(document.text[s.start :].lstrip("# ").startswith(s.title) for s in document.sections)


def test_front_matter_names_a_markdown_file(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"a.md": '---\ntitle: "Annual Report"\n---\n\n# Chapter\n\nText.\n'})
    assert read_document(root.resolve(), "a.md").title == "Annual Report"


def test_every_file_that_is_not_read_has_a_reason(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    root = make_corpus(
        {
            "good.txt": "Some words stand here.",
            "empty.txt": "",
            "blank.txt": " \r\n\t\n",
            "binary.dat": b"\x00\x01" * 99,
            "paper.pdf": b"%PDF-1.7",
            ".hidden/x.txt": "x",
            "big.txt": "x" * 2000,
            "drafts/old.txt": "draft",
            "drafts/keep.txt": "kept words here",
            ".quothignore": "drafts/*\n!drafts/keep.txt\n",
        }
    )
    (tmp_path / "outside.txt").write_text("secret")
    (root / "escape.txt").symlink_to(tmp_path / "outside.txt")
    (root / "broken.txt").symlink_to(root / "nowhere")
    (root / "loop").symlink_to(root)
    (root / "inside.txt").symlink_to(root / "good.txt")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "s"))
        items = list(read_folder(root.resolve(), 1000))
    got = {item.path: item.reason for item in items if isinstance(item, Skipped)}
    assert got == {
        ".hidden": "hidden",
        "big.txt": got["big.txt"],
        "binary.dat": "binary",
        "blank.txt": "empty (only white space)",
        "broken.txt": "broken link",
        "drafts/old.txt": "ignored by .quothignore",
        "empty.txt": "empty",
        "escape.txt": "link that leaves the folder",
        "loop": "link to a folder (its files are read where they are)",
        "paper.pdf": "PDF: not a format that is read yet",
        "pipe": "not a regular file",
        "s": "not a regular file",
    }
    assert got["big.txt"].startswith("larger than the limit of 0.001 MB")
    assert [i.path for i in items if isinstance(i, Document)] == [
        "drafts/keep.txt",
        "good.txt",
        "inside.txt",
    ]


def test_a_nested_ignore_file_holds_in_its_own_folder(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"a/.quothignore": "*.log\n", "a/x.log": "one two", "b/x.log": "one two"})
    assert list(documents(root)) == ["b/x.log"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_what_may_not_be_read_is_skipped(
    make_corpus: MakeCorpus, unprivileged: Unprivileged
) -> None:
    root = make_corpus({"good.txt": "Some words.", "secret.txt": "x", "closed/y.txt": "y"})
    (root / "secret.txt").chmod(0)
    (root / "closed").chmod(0)
    with unprivileged():
        got = reasons(root)
    (root / "closed").chmod(0o755)
    assert got == {
        "closed": "folder cannot be read: permission denied",
        "secret.txt": "cannot be read: permission denied",
    }


def test_a_name_that_is_not_unicode_is_skipped(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"good.txt": "Some words."})
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.txt")).write_text("x")
    assert reasons(root) == {"bad\\udcff.txt": "file name is not valid UTF-8"}


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/hostname", "a/../../outside.txt"])
def test_no_path_leaves_the_corpus(make_corpus: MakeCorpus, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    with pytest.raises(NotTextError):
        read_document(make_corpus({"a/b.txt": "x y"}).resolve(), path)


def test_a_corpus_has_to_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    for path in (tmp_path / "none", tmp_path / "file.txt", "nul\x00byte"):
        with pytest.raises(CorpusError) as caught:
            corpus_root(path)
        assert caught.value.hint


hostile = st.text(
    alphabet=st.sampled_from("aé\u00a0\u0301\u202e\u200f😀\r\n\t\x1b[]“”."), max_size=60
)


def test_lines_are_counted_as_a_list_of_all_lines_tells() -> None:
    text = "a\r\n\r\n\nb\rc\n\r\r\nd"
    starts = line_starts(text)
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            expected = bisect_right(starts, start), bisect_right(starts, max(start, end - 1))
            assert line_range(text, start, end) == expected


@given(hostile, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]), st.data())
def test_offsets_lines_and_bytes_agree(text: str, encoding: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    raw = text.encode(encoding)
    first, last = byte_range(text, encoding, start, end) or (0, 0)
    codec = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(
        encoding, encoding
    )
    assert raw[first:last].decode(codec) == text[start:end]
    line_start, line_end = line_range(text, start, end)
    before = text[:start].replace("\r\n", "\n")
    if not (text[start - 1 : start + 1] == "\r\n"):
        assert line_start == 1 + before.count("\n") + before.count("\r")
    assert line_start <= line_end
