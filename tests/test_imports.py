"""What is loaded, and when: proved in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEEDS

HEAVY = [
    "torch",
    "sentence_transformers",
    "transformers",
    "faiss",
    "textual",
    "numpy",
    "onnxruntime",
]


def loaded(code: str, *arguments: str) -> set[str]:
    """Run ``code`` and return which heavy modules it loaded."""
    listing = f"[m for m in {HEAVY} if m in sys.modules]"
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps({listing}))"
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import retrieval") == set()


def test_the_public_names_are_there() -> None:
    code = (
        "import retrieval\n"
        "assert all(getattr(retrieval, n) for n in retrieval.__all__)\n"
        "assert dir(retrieval)"
    )
    assert "torch" not in loaded(code)


@pytest.mark.parametrize("words", [["--help"], ["ask", "--help"], ["config"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys; from retrieval.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass"
    )
    assert loaded(code, *words) == set()


def test_a_cold_question_loads_no_torch(seeds_index: Path) -> None:
    code = "import sys; from retrieval.cli import main\nassert main(sys.argv[1:]) == 0"
    asked = "Who was the highest-ranking officer investigated under Operation Linden?"
    found = loaded(code, "ask", asked, "--index", str(seeds_index))
    assert not found & {"torch", "sentence_transformers", "transformers", "textual"}
    assert {"faiss", "onnxruntime"} <= found


def test_verifying_a_draft_loads_no_model(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("He spoke of “no desire” there.", "utf-8")
    code = "import sys; from retrieval.cli import main\nmain(sys.argv[1:])"
    assert loaded(code, "verify", str(tmp_path / "draft.md"), "--corpus", str(SEEDS)) == set()
