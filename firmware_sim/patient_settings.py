"""Who is simulated: patients, what each lives through, and what each wears."""

from dataclasses import dataclass
from typing import Final, Self

from firmware_sim.scenarios import scenarios_named
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models import model_named
from vitals.errors import ConfigurationError

__all__ = ["MOST_WEARABLES", "PatientSettings"]

MOST_WEARABLES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSettings:
    """One patient: scenarios by name (`resting+fever`), wearables by name or as rows.

    Without a `seed` of their own, patients draw from the simulator's, each by their place.
    """

    scenario: str = "resting"
    wearables: tuple[str | WearableModel, ...] = ("chest-strap",)
    seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises
        ------
        ConfigurationError
            There is no such scenario or wearable, or no wearable at all.
        """
        scenarios_named(self.scenario)
        if not self.models:
            raise ConfigurationError("a patient without wearables is not monitored: name one at least")

    @property
    def models(self) -> tuple[WearableModel, ...]:
        """The rows of what is worn."""
        return tuple(
            worn if isinstance(worn, WearableModel) else model_named(worn) for worn in self.wearables
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `resting+fever:strap,oximeter`.

        Raises
        ------
        ConfigurationError
            A part of it is missing or unknown.
        """
        scenario, colon, wearables = text.partition(":")
        if not colon:
            raise ConfigurationError(
                f"{text!r} names no wearables: write a scenario, a colon and wearables, "
                "as in resting+fever:strap,oximeter"
            )
        return cls(scenario=scenario, wearables=tuple(name.strip() for name in wearables.split(",")))
