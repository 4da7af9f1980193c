"""What a bill of materials says of each package."""

from email.message import Message
from importlib.metadata import Distribution, distributions
from typing import Any, cast

import pytest

from scripts.sbom import completed, licence_of, normal


class Package:
    def __init__(self, *headers: tuple[str, str]) -> None:
        self.metadata = Message()
        for name, value in headers:
            self.metadata[name] = value


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "no")], "MIT"),
        (
            [
                ("Classifier", "Topic :: Internet"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
                ("Classifier", "License :: OSI Approved :: BSD License"),
            ],
            "Apache Software License or BSD License",
        ),
        ([("License", "MIT License\n\nPermission is hereby granted")], "MIT License"),
        ([], ""),
    ],
)
def test_a_licence_is_what_the_package_declares(headers: list[tuple[str, str]], licence: str) -> None:
    assert licence_of(cast("Distribution", Package(*headers))) == licence


def test_each_package_has_its_licence_in_the_order_of_names_whatever_the_lock_has() -> None:
    bom: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "components": [
            {"name": "zope.x", "version": "2", "description": "requirements line 9: zope.x==2 --hash=..."},
            {"name": "h11", "version": "0.16.0", "purl": "pkg:pypi/h11@0.16.0"},
        ],
    }
    assert completed(bom, {"zope-x": "ZPL-2.1"}) == {
        "bomFormat": "CycloneDX",
        "components": [
            {"name": "h11", "version": "0.16.0", "purl": "pkg:pypi/h11@0.16.0"},
            {"name": "zope.x", "version": "2", "licenses": [{"license": {"name": "ZPL-2.1"}}]},
        ],
    }


def test_nothing_here_is_without_a_licence() -> None:
    unlicensed = {normal(each.name) for each in distributions() if not licence_of(each)}
    assert unlicensed & {"fastapi", "uvicorn", "cryptography", "msgspec", "sqlalchemy", "bleak"} == set()
