"""A `Judge` with one fake model, or with none."""

from collections.abc import Callable
from itertools import count

from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.judging.models import ModelSet
from edge.ports import Model


def judge_of(health: GatewayHealth, *models: Model | None, new_id: Callable[[], str] | None = None) -> Judge:
    numbers = count(1)
    there = {model.manifest.name: model for model in models if model is not None}
    return Judge(
        models=ModelSet(models=there, health=health),
        health=health,
        new_id=new_id or (lambda: f"episode-{next(numbers)}"),
    )
