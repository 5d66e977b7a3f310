"""The manual says what the program does."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from tests.conftest import SEEDS


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse words its help anew")
def test_the_help_in_the_manual_is_fresh() -> None:
    place = SEEDS.parent / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.PAGE.read_text("utf-8")
    assert module.page(text) == text, "run: make docs"
