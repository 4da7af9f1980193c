"""One attempt to hand a message to a channel: no channel's fault goes beyond it."""

import structlog

from cloud.alerts.telling.errands import Delivered, Failed, Outcome
from cloud.ports import Message, Notifier
from vitals.errors import ChannelBusyError, ContactGoneError, DeliveryError, MessageRefusedError

__all__ = ["attempted"]

_log = structlog.get_logger()


def attempted(notifier: Notifier, message: Message) -> Outcome:
    """Try once, and say what came of it."""
    alert, channel = message.alert.id, notifier.channel
    try:
        return Delivered(receipt=notifier.deliver(message))
    except DeliveryError as error:
        _log.warning("alert.not_handed_over", alert=alert, channel=channel, why=str(error))
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the others
        fault = type(error).__name__
        _log.error("alert.channel_failed", alert=alert, channel=channel, fault=fault)
        return Failed(error=f"the channel itself failed ({fault}): look at its log")


def _failed(error: DeliveryError) -> Failed:
    is_gone = isinstance(error, ContactGoneError)
    return Failed(
        error=str(error),
        is_final=is_gone or isinstance(error, MessageRefusedError),
        is_gone=is_gone,
        again_s=error.again_s if isinstance(error, ChannelBusyError) else None,
    )
