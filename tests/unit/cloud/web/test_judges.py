from pathlib import Path

import pytest

from cloud.web.catalogues import catalogue
from cloud.web.devices import device_said
from cloud.web.judges import judge_said
from models import registry

SHIPPED = sorted(path.name for path in (Path(registry.__file__).parent / "artifacts").iterdir())


@pytest.mark.parametrize("name", SHIPPED)
def test_every_model_that_ships_has_a_name_for_people(name: str) -> None:
    assert judge_said(name).said(catalogue("en")).startswith("Model of")
    assert judge_said(name).said(catalogue("zh")).endswith("模型")


def test_a_model_of_somebody_elses_is_called_by_its_name() -> None:
    assert judge_said("{theirs}").said(catalogue("zh")) == "{theirs}"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("Firefox on Android", "Android上的Firefox"),
        ("Firefox", "Firefox"),
        ("a program", "程序"),
        ("unknown", "未知设备"),
        ("{0} on {1}", "{1}上的{0}"),
    ],
)
def test_a_device_is_said_in_the_readers_language(stored: str, said: str) -> None:
    assert device_said(stored).said(catalogue("zh")) == said
