"""What delivers by the channels that take their time, and what people set of them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cloud.alerts.telling.dispatch import Dispatch
from cloud.alerts.telling.leave import Leave
from cloud.bootstrap.channels import vapid_key
from cloud.bootstrap.foundation import REAL_CLOCK, Foundation
from cloud.bootstrap.threads import WorkThread
from cloud.notifiers.own_ways import OwnWays
from cloud.ports import Channel

__all__ = ["Delivering", "delivering_over", "own_ways_over", "web_push_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What takes messages on, and the part it runs as."""

    dispatch: Dispatch
    part: WorkThread


def delivering_over(base: Foundation, on_finished: Callable[[], None]) -> Delivering:
    """Join it; `on_finished` is called, from its thread, when it is known what came of a message."""
    relational = base.stores.relational
    dispatch = Dispatch(
        notifiers=tuple(base.ways.values()),
        contacts=relational.contacts,
        leave=Leave(
            people=relational.directory,
            permissions=base.gatekeeper,
            contacts=relational.contacts,
            alerts=relational.alerts,
            clock=base.clock,
        ),
        clock=base.clock,
        monotonic_s=REAL_CLOCK.monotonic_s,
        on_finished=on_finished,
    )
    part = WorkThread(name="channels", work=dispatch, own_troubles=dispatch.troubles)
    return Delivering(dispatch=dispatch, part=part)


def own_ways_over(base: Foundation) -> OwnWays:
    """Join what people do with the ways to themselves."""
    return OwnWays(
        book=base.stores.relational.contacts,
        ways=base.ways,
        clock=base.clock,
        new_secret=lambda: secrets.token_hex(32),
        site_url=base.site.url,
        monotonic_s=REAL_CLOCK.monotonic_s,
    )


def web_push_key(base: Foundation) -> str | None:
    """Return the key that browsers subscribe with; None: there is no Web Push."""
    return vapid_key(base.settings).public if Channel.WEB_PUSH in base.ways else None
