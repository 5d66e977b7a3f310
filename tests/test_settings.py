"""Settings: which source wins, where each value came from, and every way to be wrong."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from retrieval.cli import config
from retrieval.errors import SettingsError, StorageError
from retrieval.settings import Settings, config_path, load_settings
from retrieval.settings_sources import KINDS, variable

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home, and no variable of the developer's."""
    home = tmp_path / "own-home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("QUOTH_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name))
    return home


def write(path: Path, text: str) -> Path:
    """Write a settings file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(
    overrides: dict[str, object] | None = None,
    environ: dict[str, str] | None = None,
    file: Path | None = None,
) -> SettingsError:
    """Return the error that loading these settings must end in."""
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides or {}, environ or {}, file)
    return caught.value


def show(*arguments: str) -> int:
    """Run ``quoth config`` on the settings of the environment."""
    parser = argparse.ArgumentParser()
    config.configure(parser)
    return config.run(parser.parse_args(arguments), load_settings())


def test_the_table_names_every_setting_and_no_other() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    assert set(KINDS) == fields - {"sources", "file"}


def test_defaults_need_no_file_and_make_no_folder(home: Path) -> None:
    settings = load_settings()
    assert settings == Settings()
    assert (settings.model, settings.k, settings.corpus) == ("all-MiniLM-L6-v2", 5, None)
    assert settings.data_dir.is_relative_to(home)
    assert settings.cache_dir.is_relative_to(home)
    assert set(settings.sources.values()) == {"default"}
    assert list(home.iterdir()) == []


def test_each_source_goes_before_the_next(tmp_path: Path) -> None:
    file = write(tmp_path / "own.toml", 'model = "f"\nk = 2\n\nthreads = 3\ndevice = "cpu"\n')
    environ = {"QUOTH_CONFIG": str(file), "QUOTH_K": "7", "QUOTH_THREADS": "4"}
    settings = load_settings({"threads": 8, "device": None}, environ)
    assert (settings.model, settings.k, settings.threads, settings.device) == ("f", 7, 8, "cpu")
    assert settings.sources["model"] == f"file {file}:1"
    assert settings.sources["k"] == "environment QUOTH_K"
    assert settings.sources["threads"] == "command line"
    assert settings.sources["device"] == f"file {file}:5"
    assert settings.sources["color"] == "default"
    assert settings.file == file


def test_a_named_file_goes_before_the_variable_and_this_before_the_users_own(
    tmp_path: Path,
) -> None:
    write(config_path({}), "k = 1\n")
    environ = {"QUOTH_CONFIG": str(write(tmp_path / "b.toml", "k = 2\n"))}
    named = write(tmp_path / "c.toml", "k = 3\n")
    assert load_settings({}, {}).k == 1
    assert load_settings({}, environ).k == 2
    assert load_settings({}, environ, named).k == 3


def test_the_processes_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_MAX_FILE_MB", "2.5")
    assert load_settings().max_file_mb == 2.5


@pytest.mark.parametrize(
    ("environ", "field", "value"),
    [
        ({"QUOTH_CORPUS": "notes"}, "corpus", Path("notes")),
        ({"QUOTH_INDEX": "/srv/my index"}, "index", Path("/srv/my index")),
        ({"QUOTH_DEVICE": "cuda"}, "device", "cuda"),
        ({"QUOTH_BACKEND": "onnx"}, "backend", "onnx"),
        ({"QUOTH_THREADS": "0"}, "threads", 0),
        ({"QUOTH_MAX_FILE_MB": "80"}, "max_file_mb", 80.0),
        ({"QUOTH_MAX_QUESTION_CHARS": "1"}, "max_question_chars", 1),
        ({"QUOTH_MODEL": ""}, "model", "all-MiniLM-L6-v2"),
        ({"QUOTH_COLOR": "always", "NO_COLOR": "1"}, "color", "always"),
        ({"QUOTH_COLOR": "auto", "NO_COLOR": "1"}, "color", "never"),
        ({"NO_COLOR": "1"}, "color", "never"),
        ({"NO_COLOR": ""}, "color", "auto"),
    ],
)
def test_the_environment_is_read(environ: dict[str, str], field: str, value: object) -> None:
    got = getattr(load_settings({}, environ), field)
    assert got == value
    assert type(got) is type(value)


def test_no_color_is_named_as_the_source() -> None:
    assert load_settings({}, {"NO_COLOR": "yes"}).sources["color"] == "environment NO_COLOR"


def test_paths_start_from_the_file_they_stand_in(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path / "etc" / "q.toml", 'corpus = "docs"\nindex = "~/i"\ndata_dir = "/d"\n')
    settings = load_settings({}, {}, file)
    assert settings.corpus == tmp_path / "etc" / "docs"
    assert settings.index == home / "i"
    assert settings.data_dir == Path("/d")


def test_a_byte_order_mark_and_windows_newlines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(b"\xef\xbb\xbf# mine\r\nk = 4\r\n")
    settings = load_settings({}, {}, file)
    assert (settings.k, settings.sources["k"]) == (4, f"file {file}:2")


def test_an_option_may_be_text_or_a_value_and_none_is_not_given() -> None:
    assert load_settings({"k": "3", "corpus": Path("d"), "threads": None}, {}).k == 3


@pytest.mark.parametrize(
    ("text", "key", "line", "nearest"),
    [
        ('device = "cpu"\nmodle = "x"\n', "modle", 2, "model"),
        ("# model = 1\n\nMAX_FILE_MB = 3\n", "MAX_FILE_MB", 3, "max_file_mb"),
        ("[encoder]\nmodel = 'x'\n", "encoder", 1, "threads"),
        ("k = 1\nthread.count = 2\n", "thread", 2, "threads"),
    ],
)
def test_an_unknown_key_is_refused_with_its_line_and_the_nearest(
    tmp_path: Path, text: str, key: str, line: int, nearest: str
) -> None:
    file = write(tmp_path / "own.toml", text)
    error = refusal(file=file)
    assert f'"{key}"' in error.message
    assert f"{file}:{line}" in error.message
    if key != "encoder":
        assert f'"{nearest}"' in error.hint


def test_an_unknown_variable_is_refused_with_the_nearest() -> None:
    error = refusal(environ={"QUOTH_MODLE": "x"})
    assert "QUOTH_MODLE" in error.message
    assert '"QUOTH_MODEL"' in error.hint


def test_an_unknown_override_is_refused_with_the_nearest() -> None:
    error = refusal({"colour": "always"})
    assert '"colour" (command line)' in error.message
    assert '"color"' in error.hint


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("k", 0, "1 or more"),
        ("k", True, "1 or more"),
        ("k", 2.0, "1 or more"),
        ("k", "five", "1 or more"),
        ("threads", -1, "0 or more"),
        ("max_question_chars", 0, "1 or more"),
        ("max_file_mb", 0, "above 0"),
        ("max_file_mb", float("nan"), "above 0"),
        ("max_file_mb", "inf", "above 0"),
        ("device", "gpu", "auto, cpu or cuda"),
        ("device", ["cpu"], "auto, cpu or cuda"),
        ("backend", "tf", "auto, onnx or torch"),
        ("color", "", "auto, always or never"),
        ("model", "  ", "a name"),
        ("model", 3, "a name"),
        ("corpus", "", "the path of a folder"),
        ("corpus", "a\0b", "the path of a folder"),
        ("index", 3, "the path of a folder"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_may_be(
    name: str, value: object, allowed: str
) -> None:
    error = refusal({name: value})
    assert f'"{name}"' in error.message
    assert "command line" in error.message
    assert allowed in error.hint


def test_a_wrong_value_names_its_variable() -> None:
    assert "environment QUOTH_K" in refusal(environ={"QUOTH_K": "many"}).message


def test_a_number_in_quotes_is_no_number_in_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "own.toml", 'model = "m"\nk = "5"\n')
    error = refusal(file=file)
    assert f"{file}:2" in error.message
    assert "whole number" in error.hint


@pytest.mark.parametrize("content", [b"k = \n", b"k 5\n", b"model = '\xff'\n", b"k = 1\nk = 2\n"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(content)
    assert str(file) in refusal(file=file).message


def test_a_named_file_must_exist_and_be_a_file(tmp_path: Path) -> None:
    gone = tmp_path / "gone.toml"
    assert str(gone) in refusal(file=gone).message
    assert str(gone) in refusal(environ={"QUOTH_CONFIG": str(gone)}).message
    assert str(tmp_path) in refusal(file=tmp_path).message


def test_settings_are_frozen_and_their_sources_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.k = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.sources["k"] = "mine"  # type: ignore[index]
    assert hash(settings) == hash(Settings())


def test_importing_settings_is_light_and_touches_nothing(home: Path) -> None:
    code = (
        "import sys, retrieval.settings, retrieval.cli.config;"
        "print([m for m in ('platformdirs', 'numpy', 'torch', 'faiss', 'textual', 'tomllib')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert list(home.iterdir()) == []


def test_config_shows_every_value_and_its_source(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(config_path(), "k = 9\n")
    monkeypatch.setenv("QUOTH_DEVICE", "cpu")
    assert show() == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in out.splitlines()[2:]}
    assert out.splitlines()[0] == f"Settings file: {file}"
    assert set(rows) == set(KINDS)
    assert rows["k"].split(maxsplit=1) == ["9", f"file {file}:1"]
    assert rows["device"].split(maxsplit=1) == ["cpu", "environment QUOTH_DEVICE"]
    assert rows["corpus"].startswith("the bundled corpus ")
    assert len({line.index(" default") for line in out.splitlines() if "  default" in line}) == 1


def test_config_as_json_is_exact(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_CORPUS", "caf\u00e9\u202e")
    assert show("--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert (told["file"], told["exists"]) == (str(config_path()), False)
    assert list(told["settings"]) == list(KINDS)
    assert told["settings"]["corpus"] == {
        "value": "caf\u00e9\u202e",
        "source": "environment QUOTH_CORPUS",
    }
    assert told["settings"]["index"] == {"value": None, "source": "default"}
    assert told["settings"]["max_file_mb"] == {"value": 50.0, "source": "default"}


def test_config_path_prints_the_path_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("--path") == 0
    assert capsys.readouterr().out == f"{config_path()}\n"


def test_config_init_writes_a_template_whose_lines_hold_when_uncommented() -> None:
    assert show("--init") == 0
    text = config_path().read_text(encoding="utf-8")
    assert load_settings() == Settings()
    assert tomllib.loads(text) == {}
    lines = [line[2:] for line in text.splitlines() if " = " in line]
    write(config_path(), "\n".join(lines))
    loaded = load_settings()
    assert (
        dataclasses.replace(
            loaded, corpus=None, index=None, calibration=None, reranker=None, reader=None
        )
        == Settings()
    )
    assert "default" not in loaded.sources.values()


def test_config_init_never_overwrites() -> None:
    write(config_path(), "k = 9\n")
    with pytest.raises(SettingsError, match="already"):
        show("--init")
    assert config_path().read_text(encoding="utf-8") == "k = 9\n"


def test_config_init_says_when_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a-file", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "a-file"))
    settings = dataclasses.replace(Settings(), file=tmp_path / "a-file" / "q" / "config.toml")
    parser = argparse.ArgumentParser()
    config.configure(parser)
    with pytest.raises(StorageError):
        config.run(parser.parse_args(["--init"]), settings)


def test_the_manual_lists_every_setting_its_variable_and_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    defaults = Settings()
    for name in KINDS:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"`{variable(name)}`" in row
        value = getattr(defaults, name)
        if value is not None and not isinstance(value, Path):
            assert f"| `{value}` |" in row
