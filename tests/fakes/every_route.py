"""What a test puts in the paths, queries and bodies of every route there is."""

from base64 import b64encode

import msgspec

from tests.fakes.releases import public, signed
from vitals.release import TrustedKeys

RELEASE = msgspec.json.encode(signed(1, TrustedKeys(keys=(public("next"),)))).decode()
PLACES = {
    "patient_id": "p-wei",
    "alert_id": "alert-tachycardia",
    "kind": "heart_rate",
    "name": "carewire.css",
    "version": "0123456789abcdef",
    "gateway": "hallway",
    "contact_id": "c-of-lin",
    "rule": "tachycardia",
    "number": 0,
    "silence_id": "silence-0",
    "session_id": "0123456789abcdef",
    "reference": "nobody-can-guess-it",
    "grant_id": "grant-of-wei",
    "offer_id": "offer-of-wei",
    "team_id": "night",
    "member_id": "member",
    "break_id": "broken",
    "rollout_id": "rollout-1",
    "deed": "pause",
    "passkey": "AAAA",
    "token_id": "token-0",
    "device": "c0-01",
    "person_id": "u-stranger",
    "act": "sign-out",
}
BODIES = {
    "/api/v1/invitations": {"display_name": "Ana", "role": "caregiver"},
    "/api/v1/gateways/hallway/commands": {"name": "identify"},
    "/api/v1/gateways/hallway/speaks-for": {"patients": ["p-wei"]},
    "/api/v1/quarantine/replay": {"gateway": "hallway"},
    "/api/v1/me/contacts": {"channel": "email", "label": "home", "address": {"to": "sam@example.org"}},
    "/api/v1/patients/p-wei/alert-rules/tachycardia": {"changes": {"limit": 140}, "reason": "as agreed"},
    "/api/v1/patients/p-wei/erasure": {"really": True},
    "/api/v1/patients/p-wei/facts": {"name": "on_oxygen", "value": True},
    "/api/v1/patients/p-wei/grants": {"team_id": "night", "scopes": ["alerts"]},
    "/api/v1/patients/p-wei/grant-offers": {"scopes": ["alerts"]},
    "/api/v1/grant-offers/take-up": {"token": "unknown"},
    "/api/v1/care-teams": {"name": "Day"},
    "/api/v1/care-teams/night/members": {"person_id": "u-stranger"},
    "/api/v1/glass-breaks": {"patient_id": "p-wei", "reason": "found unconscious at home"},
    "/api/v1/patients/p-wei/waveform-requests": {"kind": "ecg", "from": "1000", "to": "61000"},
    "/api/v1/rollouts": {
        "release": msgspec.to_builtins(signed(1, TrustedKeys(keys=(public("next"),)))),
        "first": "hallway",
    },
    "/api/v1/rollouts/artefacts": {"bundle": b64encode(b"\x81\xadmanifest.json\xc4\x00").decode()},
    "/api/v1/rollouts/rollout-1/advance": {"from_stage": "one"},
}
"""What is sent to a route; an acknowledgement where nothing stands here."""
FORMS = {
    "/patients/p-wei/sharing/links": {"alerts": "on"},
    "/patients/p-wei/feel": {"symptom": "dizzy"},
    "/patients/p-wei/seen": {"on_oxygen": "no"},
    "/patients/p-wei/phones": {"phone": "+49 30 1234567"},
    "/patients/p-wei/ecg": {"ask": "now"},
    "/patients/p-wei/silences": {"condition": "tachycardia", "minutes": "30", "reason": "exercise"},
    "/patients/p-wei/sharing/guests": {"display_name": "Ana", "alerts": "on"},
    "/patients/p-wei/sharing/teams": {"team": "night", "alerts": "on"},
    "/admin/care-teams": {"name": "Day"},
    "/admin/care-teams/night/members": {"person": "u-stranger"},
    "/patients/p-wei/limits/tachycardia": {"limit": "140", "reason": "as agreed"},
    "/patients/p-wei/limits/tachycardia/undo": {"number": "1", "reason": "as agreed"},
    "/patients/p-wei/notes": {"text": "Slept well."},
    "/patients/p-wei/messages": {"text": "I come at six."},
    "/emergency": {"patient": "p-wei", "reason": "found unconscious at home"},
    "/admin/rollouts": {"release": RELEASE, "first": "hallway"},
    "/admin/rollouts/review": {"release": RELEASE, "first": "hallway"},
    "/patients/p-wei/erasure": {"really": "yes"},
    "/admin/gateways/invitations": {"gateway": "hallway"},
    "/admin/devices/c0-01/wearer": {"patient": "p-wei", "seen": "p-wei"},
    "/admin/devices/c0-01/take-off": {"seen": "p-wei"},
    "/admin/people/patients": {"display_name": "Nour", "signs_in": "on"},
    "/admin/quarantine/replay": {"gateway": "hallway"},
}
QUERIES = {
    ("GET", "/admin/devices/c0-01/wearer"): {"patient": "p-wei"},
    ("DELETE", "/api/v1/patients/p-wei/alert-rules/tachycardia"): {"reason": "as agreed"},
    ("GET", "/patients/p-wei/series.csv"): {"kind": "heart_rate"},
    ("GET", "/patients/p-wei/series.parquet"): {"kind": "heart_rate"},
}
