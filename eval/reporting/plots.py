"""The plots of a report, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MissingToolError
from ..measures import Curve
from ..measures.calibration import bins
from ..measures.risk import risk_coverage
from ..scoring import ALL, Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _SOFT, _ACCENT, _SECOND = "#1f2933", "#9aa5b1", "#1c6dd0", "#c2571a"
_DPI = 100


def plots(scores: Scores) -> dict[str, str]:
    """Return each plot's title and its SVG.

    Raises:
        MissingToolError: matplotlib is not installed.
    """
    drawn: dict[str, Callable[[Axes, Scores], None]] = {"Found, by kind of question": _by_kind}
    if scores.run.meta["retriever"] == "full":
        drawn = {"Risk and coverage": _risk, "Calibration": _calibration, **drawn}
    if scores.latency:
        drawn["Time for an answer"] = _latency
    return {title: _svg(draw, scores) for title, draw in drawn.items()}


def _svg(draw: Callable[[Axes, Scores], None], scores: Scores) -> str:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingToolError(
            "matplotlib is not installed.", 'Run: pip install "quoth[eval]"'
        ) from error
    look: dict[Any, object] = {
        "font.size": 9, "axes.edgecolor": _SOFT, "axes.labelcolor": _INK, "text.color": _INK,
        "xtick.color": _INK, "ytick.color": _INK, "axes.spines.top": False,
        "axes.spines.right": False, "svg.hashsalt": "quoth", "svg.fonttype": "path",
    }  # fmt: skip
    with rc_context(look):
        figure = Figure(figsize=(5.6, 3.6), dpi=_DPI, layout="constrained")
        draw(figure.subplots(), scores)
        file = StringIO()
        # Without a date, so that the same run gives the same page.
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _risk(axes: Axes, scores: Scores) -> None:
    curve = Curve.of(list(scores.cases.values()))
    coverage, risk = risk_coverage(curve)
    axes.plot(coverage, risk, color=_ACCENT, label="by confidence")
    wrong = float(1 - curve.right.mean())
    axes.axhline(wrong, color=_SOFT, linestyle=":", label="in any order")
    count = len(curve.right)
    least = np.arange(1, count + 1)
    perfect = np.maximum(0, least - curve.right.sum()) / least
    axes.plot(coverage, perfect, color=_SOFT, linestyle="--", label="in the best order")
    group = scores.groups[ALL]
    if "answered" in group and "risk" in group:
        at = (group["answered"].value, group["risk"].value)
        axes.plot(*at, "o", color=_SECOND, label="answered at the threshold")
    axes.set(xlabel="share of questions answered", ylabel="share of answers that are wrong")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(frameon=False)


def _calibration(axes: Axes, scores: Scores) -> None:
    found = bins(Curve.of(list(scores.cases.values())))
    axes.plot([0, 1], [0, 1], color=_SOFT, linestyle="--", label="a true probability")
    sure = [each.confidence for each in found]
    right = [each.right for each in found]
    spread = [1.96 * (each.right * (1 - each.right) / each.size) ** 0.5 for each in found]
    below = [min(size, value) for size, value in zip(spread, right, strict=True)]
    above = [min(size, 1 - value) for size, value in zip(spread, right, strict=True)]
    axes.errorbar(
        sure, right, yerr=[below, above], fmt="o-", color=_ACCENT, ecolor=_SOFT, capsize=2,
        label="a tenth of the questions",
    )  # fmt: skip
    axes.set(xlabel="mean confidence", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(frameon=False, loc="upper left")


def _by_kind(axes: Axes, scores: Scores) -> None:
    answers = scores.run.meta["retriever"] == "full"
    unit = scores.run.questions.unit
    bars: Mapping[str, str] = {
        f"first {unit} right": "unit success@1",
        f"a {unit} of 5 right": "unit success@5",
    }
    if answers:
        bars = {"first quote right": "quote success@1", "a quote of 5 right": "quote success@5"}
    kinds = [kind for kind, group in scores.groups.items() if set(bars.values()) & set(group)]
    places = np.arange(len(kinds), dtype=np.float64)[::-1]
    for number, (title, name) in enumerate(bars.items()):
        found = [scores.groups[kind][name] for kind in kinds]
        value = np.array([each.value for each in found])
        reach = np.array([(v - e.low, e.high - v) for v, e in zip(value, found, strict=True)]).T
        axes.barh(
            places + 0.19 - 0.38 * number, value, 0.36, label=title, xerr=np.maximum(reach, 0),
            color=(_ACCENT, "#9cc3f0")[number], error_kw={"ecolor": _INK, "elinewidth": 0.7},
        )  # fmt: skip
    axes.set_yticks(places, kinds)
    axes.set(xlabel="share of questions, with 95 % interval", xlim=(0, 1.02))
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2)


def _latency(axes: Axes, scores: Scores) -> None:
    stages = [stage for stage in scores.latency if stage != "total"]
    times = [outcome.timings for outcome in scores.run.outcomes.values()]
    for number, stage in enumerate([*stages, "total"]):
        values = np.sort([each[stage] for each in times if stage in each])
        if not len(values):
            continue
        share = np.arange(1, len(values) + 1) / len(values)
        color = _INK if stage == "total" else (_ACCENT, _SECOND, "#3f8f5b", "#8250b5")[number % 4]
        axes.plot(np.maximum(values, 0.01), share, color=color, label=stage)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set(xlabel="milliseconds", ylabel="share of questions", ylim=(0, 1.02))
    axes.legend(frameon=False)
