"""What telling stands on: whom alerts reach, in what words, and by whose nights."""

from dataclasses import dataclass

from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.composing import Composer
from cloud.alerts.telling.messages import Messages
from cloud.bootstrap.foundation import Foundation
from cloud.early_warning.local_time import LocalTime

__all__ = ["Telling", "telling_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Circles, messages, and the time that people's nights are of."""

    circles: Circles
    messages: Messages
    local: LocalTime


def telling_over(base: Foundation) -> Telling:
    """Join it over the stores."""
    relational = base.stores.relational
    local = LocalTime(zone=base.settings.zone())
    composer = Composer(
        names=relational.directory,
        wants=relational.preferences,
        past=relational.alerts,
        clock=base.clock,
    )
    return Telling(
        circles=Circles(
            people=base.gatekeeper,
            local=local,
            policies=relational.policies,
            duties=relational.duties,
            preferences=relational.preferences,
            contacts=relational.contacts,
            administrators=relational.directory,
        ),
        messages=Messages(site_url=base.site.url, compose=composer),
        local=local,
    )
