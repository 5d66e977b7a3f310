"""The table and the plot of how things grow with a corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

_COLUMNS = (
    ("build, s", lambda s: s["build_seconds"]),
    ("of processor time, s", lambda s: s["build_processor_seconds"]),
    ("index, MB", lambda s: s["index_mb"]),
    ("resident, MB", lambda s: s["resident_mb"]),
    ("open, s", lambda s: s["open_seconds"]),
    ("ask p50, ms", lambda s: s["ask_ms"]["p50"]),
    ("p99, ms", lambda s: s["ask_ms"]["p99"]),
    ("unchanged, s", lambda s: s["unchanged_seconds"]),
    ("one file changed, s", lambda s: float(np.median(s["change_seconds"]))),
    ("of it written, MB", lambda s: s["change_mb"]),
    ("recall@10", lambda s: s["recall_at_10"]),
)  # fmt: skip


def write_report(result: dict[str, Any], folder: Path) -> None:
    """Write ``scale.json``, ``scale.md`` and ``scale.png`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scale.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (folder / "scale.md").write_text(table(result["sizes"]), "utf-8")
    _plot(result["sizes"], folder / "scale.png")


def table(sizes: Sequence[dict[str, Any]]) -> str:
    """Return a Markdown table, with the exponent of each column's growth in the last row."""
    names = ["documents", "passages", "sentences", *(name for name, _ in _COLUMNS)]
    lines = ["| " + " | ".join(names) + " |", "|" + "---:|" * len(names)]
    for size in sizes:
        counts = [f"{size[name]:,}" for name in names[:3]]
        values = [f"{read(size):.4g}" for _, read in _COLUMNS]
        lines.append("| " + " | ".join([*counts, *values]) + " |")
    if len(sizes) > 1:
        powers = [f"{exponent(sizes, number):.2f}" for number in range(len(_COLUMNS) - 1)]
        lines.append("| exponent | | | " + " | ".join([*powers, ""]) + " |")
    return "\n".join(lines) + "\n"


def exponent(sizes: Sequence[dict[str, Any]], column: int) -> float:
    """Return the power of the number of passages by which a column grows."""
    passages = np.log([size["passages"] for size in sizes])
    values = np.log([max(float(_COLUMNS[column][1](size)), 1e-6) for size in sizes])
    return float(np.polyfit(passages, values, 1)[0])


def _plot(sizes: Sequence[dict[str, Any]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    passages = [size["passages"] for size in sizes]
    for name, read in _COLUMNS[:-1]:
        axes.plot(passages, [read(size) for size in sizes], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="passages")
    axes.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)
