"""Is the certificate this gateway shows good for a while yet, and is it renewed by itself."""

import time
from datetime import UTC, datetime

from cryptography import x509

from edge.doctor.finding import Case, Finding, Verdict
from edge.identity.renewal import life_of

__all__ = ["check_certificate"]

_ENROL = "have a code made (`carewire cloud gateway invite`) and run `carewire edge enrol CODE`"


def check_certificate(case: Case) -> list[Finding]:
    """Look at the file alone; whether the broker takes it is asked where the broker is."""
    settings = case.settings
    file = settings.mqtt.cert_file
    if file is None:
        return []
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        return [_row(Verdict.FAIL, f"{file} cannot be used: {error}", _ENROL)]
    life, now_ms = life_of(certificate), int(time.time() * 1000)
    by_itself = "; it is renewed by itself" if file.parent == settings.identity_dir else ""
    day = f"{datetime.fromtimestamp(life.ends_ms / 1000, UTC):%Y-%m-%d}"
    if now_ms >= life.ends_ms:
        remedy = f"{_ENROL}; or set the clock, if it is wrong"
        return [_row(Verdict.FAIL, f"it ended {day}: what is measured waits here", remedy)]
    if now_ms < life.begins_ms:
        return [_row(Verdict.WARN, "it has not begun yet by the clock here", "set the clock: timedatectl")]
    if life.is_ending(now_ms):
        remedy = "see in the log why it was not renewed: identity.renewal_failed" if by_itself else _ENROL
        return [_row(Verdict.WARN, f"it ends {day}", remedy)]
    return [_row(Verdict.OK, f"it is good until {day}{by_itself}")]


def _row(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="certificate", verdict=verdict, says=says, remedy=remedy)
