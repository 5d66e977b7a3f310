"""What must not stand in the code at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_RUNS_CODE = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}


def calls(*rooms: str) -> Iterator[tuple[Path, ast.Call]]:
    for room in rooms:
        for path in (_ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield path, node


def test_nothing_is_unpickled() -> None:
    for room in ("retrieval", "tui", "eval"):
        for path in (_ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
                assert not {name.split(".")[0] for name in names} & _RUNS_CODE, path
    for path, call in calls("retrieval", "tui", "eval"):
        given = {each.arg: each.value for each in call.keywords}
        pickled = given.get("allow_pickle")
        assert pickled is None or ast.literal_eval(pickled) is False, path
        name = ast.unparse(call.func)
        assert name not in ("eval", "exec", "torch.load", "yaml.load", "os.system"), (path, name)
        shell = given.get("shell")
        assert shell is None or ast.literal_eval(shell) is False, path


def test_models_bring_no_code_of_their_own() -> None:
    loaded = 0
    for path, call in calls("retrieval", "eval"):
        if ast.unparse(call.func) in ("SentenceTransformer", "CrossEncoder"):
            given = {each.arg: each.value for each in call.keywords}
            assert ast.literal_eval(given["trust_remote_code"]) is False, path
            loaded += 1
    assert loaded >= 2
