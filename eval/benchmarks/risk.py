"""Risk and coverage, and calibration, of several runs in one picture.

Run with ``python -m eval.benchmarks.risk NAME=RUN ... --out FOLDER``, each RUN a folder that
``quoth eval run`` wrote with the whole answers (``--retriever full``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import runfolder, scoring
from ..measures import Curve
from ..measures.calibration import bins
from ..measures.risk import risk_coverage

_STEPS = np.linspace(0.05, 1, 20)
"""Shares of the questions at which the risk is told."""


def main(argv: Sequence[str] | None = None) -> int:
    """Write ``risk.json`` and ``risk.png``."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m eval.benchmarks.risk")
    parser.add_argument("runs", nargs="+", metavar="NAME=RUN", help="a name and a run's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for risk.json and .png")
    args = parser.parse_args(argv)
    curves = {}
    for entry in args.runs:
        name, _, folder = entry.partition("=")
        curves[name] = Curve.of(
            list(scoring.score(runfolder.read_run(Path(folder))).cases.values())
        )
    told = {name: points(curve) for name, curve in curves.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "risk.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    draw(curves, args.out / "risk.png")
    return 0


def points(curve: Curve) -> dict[str, Any]:
    """Return the risk at each twentieth of coverage, and the bins of the calibration."""
    coverage, risk = risk_coverage(curve)
    return {
        "questions": len(coverage),
        "coverage": [round(float(step), 2) for step in _STEPS],
        "risk": [round(float(value), 4) for value in np.interp(_STEPS, coverage, risk)],
        "calibration": [
            {"confidence": round(b.confidence, 4), "right": round(b.right, 4), "questions": b.size}
            for b in bins(curve)
        ],
    }


def draw(curves: Mapping[str, Curve], path: Path) -> None:
    """Draw both, a line for each run."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for name, curve in curves.items():
        left.plot(*risk_coverage(curve), label=f"{name} ({len(curve.right)})")
        found = bins(curve)
        right.plot([b.confidence for b in found], [b.right for b in found], marker="o")
    right.plot([0, 1], [0, 1], color="grey", linestyle=":")
    left.set(xlabel="share of questions answered", ylabel="share of first quotes that are wrong")
    right.set(xlabel="mean confidence, a tenth of the questions", ylabel="share right")
    left.legend(fontsize=8, frameon=False)
    for axes in (left, right):
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
