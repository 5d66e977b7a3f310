"""Nothing opens a connection: whoever tries is killed, and nobody is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eval.questions import shipped
from retrieval import Settings

_ROOT = Path(__file__).parent.parent
_EVERYTHING = """
import os, sys
from pathlib import Path
from eval.cli import main as evaluate
from retrieval.cli import main

work = Path({work!r})
def quoth(*words, expected=(0,)):
    print("RUN", words[0], flush=True)
    status = main([*map(str, words)])
    assert status in expected, (words, status)
index = ["--index", work / "index"]
quoth("index", work / "corpus", *index)
quoth("ask", "Who led the inquiry?", "--corpus", work / "corpus", *index, expected=(0, 1))
with (work / "answer.json").open("w") as file:
    saved = os.dup(1); os.dup2(file.fileno(), 1)
    quoth("ask", "When was the harbour closed?", "--corpus", work / "corpus", *index, "--json")
    sys.stdout.flush(); os.dup2(saved, 1)
text = (work / "answer.json").read_text()
(work / "answer.json").write_text(text[text.index("{"):])
quoth("verify", work / "answer.json", "--corpus", work / "corpus")
quoth("search", "harbour", "--corpus", work / "corpus", *index)
quoth("doctor", "--corpus", work / "corpus", *index, expected=(0, 1))
read, write = os.pipe(); os.write(write, b"When was it closed?\\nAnd why?\\n"); os.close(write)
os.dup2(read, 0)
quoth("chat", work / "corpus", *index)
print("RUN eval", flush=True)
assert evaluate(["run", "--questions", str(work / "few.jsonl"), "--output", str(work / "run")]) == 0
print("ALL DONE", flush=True)
"""


def jailed(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "inside.py").write_text(code)
    return subprocess.run(
        [sys.executable, "-m", "tests.jail", str(folder / "inside.py")],
        capture_output=True, text=True, cwd=_ROOT, timeout=400,
    )  # fmt: skip


@pytest.mark.slow
def test_index_ask_chat_verify_and_eval_need_no_socket(
    tmp_path: Path, settings: Settings, seeds_index: Path
) -> None:
    assert settings.cache_dir.is_dir()  # the model is exported already
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("# Harbour\n\nThe harbour was closed in 1931.\n")
    lines = shipped("seeds").read_text("utf-8").splitlines()
    few = [line for line in lines if '"corpus"' in line[:12] or '"factoid-001"' in line[:30]]
    (tmp_path / "few.jsonl").write_text("\n".join(few) + "\n")
    done = jailed(_EVERYTHING.replace("{work!r}", repr(str(tmp_path))), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ALL DONE" in done.stdout
    # The words of the corpus were found in there.
    assert "The harbour was closed in 1931." in done.stdout


def test_the_library_that_runs_the_model_reports_to_nobody(
    tmp_path: Path, seeds_index: Path
) -> None:
    """It would keep what it has to report in the user's folder of caches."""
    code = f"""
import os, pathlib, sys, time
from retrieval import Retriever
with Retriever.open({str(seeds_index)!r}) as retriever:
    retriever.ask("Who led the inquiry?")
    time.sleep(3)
import onnxruntime
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
print("asked")
"""
    done = jailed(code, tmp_path)
    assert done.stdout == "asked\n", done.stderr
    written = [path.name for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert written == []


def test_the_jail_holds(tmp_path: Path) -> None:
    code = "import socket\nsocket.socketpair()\nprint('held', flush=True)\nsocket.socket()\n"
    done = jailed(code, tmp_path)
    assert done.stdout.startswith("held")
    if "jail: system" in done.stderr:
        assert done.returncode == -signal.SIGSYS
    else:
        assert "a socket was opened" in done.stderr
