"""What people say of how they feel. It is told as it is said: nobody waits until it is measured."""

from typing import Final

from cloud.alerts.rules.rows import Rule, SaidRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


def _row(key: str, display: str, priority: Priority, source: str) -> SaidRule:
    return SaidRule(
        key=key,
        display=display,
        family=Family.PHYSIOLOGICAL,
        priority=priority,
        source=source,
        latched=True,
        floor=priority if priority is Priority.HIGH else None,
    )


ROWS: Final[tuple[Rule, ...]] = (
    _row(
        "said-chest-pain",
        "Chest pain, as somebody says",
        Priority.HIGH,
        "ESC guidelines 2023, acute coronary syndromes: chest pain is looked at once, whatever is measured",
    ),
    _row(
        "said-breathless",
        "Hard to breathe, as somebody says",
        Priority.HIGH,
        "NHS, shortness of breath: struggling to breathe is a reason to call an ambulance",
    ),
    _row(
        "said-fell",
        "A fall, as somebody says",
        Priority.HIGH,
        "as a fall that is measured: Fleming and Brayne (BMJ 2008;337:a2227)",
    ),
    _row(
        "said-dizzy",
        "Dizzy, as somebody says",
        Priority.MEDIUM,
        "ESC guidelines 2018, syncope: feeling faint may come before fainting, and asks for a prompt look",
    ),
    _row(
        "said-palpitations",
        "Racing or skipping heart, as somebody says",
        Priority.MEDIUM,
        "EHRA position paper 2011, palpitations (Raviele et al.): an ECG while they last tells most",
    ),
    _row(
        "said-other",
        "Does not feel well, as somebody says",
        Priority.LOW,
        "said in words: for whoever looks to read",
    ),
)
