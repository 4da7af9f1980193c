"""The doctor looks at the certificate: good, ending, ended, not begun, torn."""

import time
from pathlib import Path

import pytest

from edge.doctor.certificate import check_certificate
from edge.doctor.finding import Verdict
from edge.identity.folder import IdentityFolder
from edge.identity.requests import new_key
from tests.fakes.doctor_case import case_of, verdicts
from tests.fakes.given_identity import given

DAY_MS = 86_400_000
KEY = new_key()


def kept(tmp_path: Path, made_days_ago: int) -> IdentityFolder:
    folder = IdentityFolder(path=tmp_path / "data" / "identity")
    folder.path.parent.mkdir()
    folder.keep(given(KEY, now_ms=int(time.time() * 1000) - made_days_ago * DAY_MS).message, KEY)
    return folder


def looked_at(tmp_path: Path, folder: IdentityFolder):
    file = folder.identity_file
    mqtt = {"ca_file": folder.authority_file, "cert_file": file, "key_file": file}
    return check_certificate(case_of(tmp_path, mqtt=mqtt))


@pytest.mark.parametrize(
    ("made_days_ago", "verdict", "says"),
    [
        (1, Verdict.OK, "renewed by itself"),
        (80, Verdict.WARN, "it ends"),
        (91, Verdict.FAIL, "it ended"),
        (-2, Verdict.WARN, "not begun yet"),
    ],
)
def test_how_long_it_is_good_is_told_with_what_to_do(
    tmp_path: Path, made_days_ago: int, verdict: Verdict, says: str
) -> None:
    found = looked_at(tmp_path, kept(tmp_path, made_days_ago))
    assert verdicts(found) == [("certificate", verdict)]
    assert says in found[0].says


def test_one_that_is_torn_is_told(tmp_path: Path) -> None:
    folder = kept(tmp_path, 1)
    folder.identity_file.write_text("torn")
    assert verdicts(looked_at(tmp_path, folder)) == [("certificate", Verdict.FAIL)]


def test_a_gateway_that_shows_none_is_not_asked_for_one(tmp_path: Path) -> None:
    assert check_certificate(case_of(tmp_path)) == []
