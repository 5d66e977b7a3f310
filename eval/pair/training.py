"""The pair encoder's lessons, step by step."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from retrieval.encoder import Reading

from .lessons import Lesson
from .model import PairModel, Windows, batch

_NAME = re.compile(r"(?<=[a-z,] )([A-Z][\w'-]+(?: [A-Z][\w'-]+)*|\b\d{3,4}\b)")
"""A name or a year inside a sentence."""
_QUESTION, _LED_BY = 300, 150
"""Characters of the question, and of the one before it, that are read."""
_WRONG = 8
"""Of the sentences found, those that wrong ones are taken from."""
_AT_ONCE = 10
"""Steps' lessons that are sorted by length together."""
_WARM, _LEAST = 0.06, 0.02
"""Share of the steps in which the rate rises; share of it that is left at the end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn."""

    rounds: int = 2
    """Times that every lesson is taken."""
    size: int = 12
    """Lessons in a step."""
    rate: float = 6e-5
    """Highest learning rate of the transformer."""
    seed: int = 0


class Task(NamedTuple):
    """A question beside sentences, of which the first or none is to be chosen."""

    question: str
    texts: Sequence[Reading]
    none: bool


def learn(
    model: PairModel,
    windows: Windows,
    lessons: Sequence[Lesson],
    plan: Plan,
    tell: Callable[[int, int, float], None],
) -> dict[str, Tensor]:
    """Teach the model; return the moving average of its weights.

    The loss is a softmax over no answer, at log-odds 0, and the sentences of a task.

    Args:
        model: changed in place.
        windows: makes what it reads.
        lessons: in any order.
        plan: how to learn.
        tell: told the step, the number of steps and the loss.
    """
    chance = random.Random(plan.seed)  # noqa: S311  (a sample, no secret)
    torch.manual_seed(plan.seed)
    tasks = Tasks(lessons, chance)
    steps = plan.rounds * (len(lessons) // plan.size)
    optimizer, schedule = _optimizer(model, plan, max(1, steps))
    kept = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    model.train()
    step = 0
    for chosen in _steps(lessons, plan, chance):
        drawn = [task for lesson in chosen for task in tasks.of(lesson)]
        if not drawn or step >= steps:
            continue
        loss = _loss(model, windows, drawn)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        step += 1
        _average(kept, model, min(0.995, step / (step + 20)))
        tell(step, steps, loss.item())
    return kept


class Tasks:
    """Makes tasks of lessons, others in every round."""

    def __init__(self, lessons: Sequence[Lesson], chance: random.Random) -> None:
        self._chance = chance
        self._names: dict[str, list[str]] = {}
        for lesson in lessons:
            self._names.setdefault(lesson.group, []).extend(_NAME.findall(lesson.question))

    def of(self, lesson: Lesson) -> list[Task]:
        """Return what a lesson teaches this time; nothing where nothing was found for it."""
        asked = lesson.question[:_QUESTION]
        if lesson.before:
            asked = f"{lesson.before[:_LED_BY]} {asked}"
        wrong = [text for text, right in lesson.texts[:_WRONG] if not right]
        right = [text for text, right in lesson.texts if right]
        if not lesson.answerable:
            return [Task(asked, wrong[:1] + self._some(wrong[1:5], 0.35, 1), True)] * bool(wrong)
        if not right:
            return []
        hard = wrong[:3]
        self._chance.shuffle(wrong)
        one = self._chance.choice(right[:2])
        tasks = [Task(asked, [one, *wrong[: self._one_or_two(0.6)]], False)]
        if hard and self._chance.random() < 0.4:  # the same question where its answer is not
            count = min(len(hard), self._one_or_two(0.4))
            tasks.append(Task(asked, self._chance.sample(hard, count), True))
        if not lesson.before and self._chance.random() < 0.25:
            tasks += [Task(other, [one], True) for other in self._exchanged(lesson)]
        return tasks

    def _some(self, texts: Sequence[Reading], share: float, count: int) -> list[Reading]:
        return self._chance.sample(texts, count) if self._chance.random() < share and texts else []

    def _one_or_two(self, two: float) -> int:
        return 1 + (self._chance.random() < two)

    def _exchanged(self, lesson: Lesson) -> list[str]:
        """Return the question with another name or year in it, if it has one."""
        names = _NAME.findall(lesson.question)
        if not names:
            return []
        name = self._chance.choice(names)
        others = [
            other
            for other in self._names[lesson.group]
            if other[0].isdigit() == name[0].isdigit()
            and other.lower() not in lesson.question.lower()
            and name not in other
        ]
        if not others:
            return []
        return [lesson.question.replace(name, self._chance.choice(others))[:_QUESTION]]


def _loss(model: PairModel, windows: Windows, tasks: Sequence[Task]) -> Tensor:
    made = [windows.of(task.question, text) for task in tasks for text in task.texts]
    scores = model(*batch(made)).split([len(task.texts) for task in tasks])
    none = torch.zeros(1)
    losses = [
        functional.cross_entropy(
            torch.cat([none, found])[None], torch.tensor([0 if task.none else 1])
        )
        for task, found in zip(tasks, scores, strict=True)
    ]
    return torch.stack(losses).mean()


def _steps(
    lessons: Sequence[Lesson], plan: Plan, chance: random.Random
) -> Iterator[Sequence[Lesson]]:
    """Yield the lessons of each step, those of like length together."""
    for _ in range(plan.rounds):
        order = chance.sample(lessons, len(lessons))
        drawn: list[Sequence[Lesson]] = []
        width = plan.size * _AT_ONCE
        for at in range(0, len(order), width):
            some = sorted(order[at : at + width], key=_length)
            drawn += [some[n : n + plan.size] for n in range(0, len(some), plan.size)]
        chance.shuffle(drawn)
        yield from drawn


def _length(lesson: Lesson) -> int:
    longest = max((sum(map(len, text)) for text, _ in lesson.texts[:3]), default=0)
    return len(lesson.question) + longest


def _optimizer(
    model: PairModel, plan: Plan, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    head = [p for n, p in model.named_parameters() if not n.startswith(("bert.", "mix"))]
    groups: list[Mapping[str, object]] = [
        {"params": [p for p in model.bert.parameters() if p.requires_grad], "lr": plan.rate},
        {"params": head, "lr": 1e-3},
        {"params": [model.mix], "lr": 1e-2},
    ]
    optimizer = torch.optim.AdamW([dict(group) for group in groups], weight_decay=0.01)

    def rate(step: int) -> float:
        left = (steps - step) / ((1 - _WARM) * steps)
        return min((step + 1) / (_WARM * steps), max(_LEAST, left))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _average(kept: dict[str, Tensor], model: PairModel, share: float) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in kept:
                kept[name].mul_(share).add_(parameter, alpha=1 - share)
