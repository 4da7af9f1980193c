"""One exception tree. Every message says what is wrong and what to do about it."""


class CarewireError(Exception):
    """Root of every error this project raises on purpose.

    A message may have `{named}` places for `fields`, so that it can be said in other languages too.
    """

    def __init__(self, message: str = "", /, **fields: object) -> None:
        super().__init__(message.format_map(fields) if fields else message)
        self.message = message
        self.fields = fields


class DecodeError(CarewireError):
    """Bytes from a wearable are not what their characteristic promises."""


class UnknownCharacteristicError(DecodeError):
    """No codec is registered for the characteristic."""


class ValidationError(CarewireError):
    """A record is well formed but breaks its contract; it belongs in quarantine."""


class EnvelopeError(CarewireError):
    """A message on the wire cannot be read as a batch, an acknowledgement or a command."""


class UnknownVersionError(EnvelopeError):
    """The envelope's version is not one this program speaks."""


class ModelRejectedError(CarewireError):
    """A model artefact is missing, altered or breaks its manifest; it is not loaded."""


class ConfigurationError(CarewireError):
    """A setting is missing, unreadable or contradicts another."""


class NotApplicableError(CarewireError):
    """A score or rule was not made for this person; it says nothing rather than something wrong."""


class DeviceError(CarewireError):
    """A wearable does not offer or do what its profile needs."""


class RecordingError(CarewireError):
    """A recording is missing or holds nothing that can be played."""


class StorageError(CarewireError):
    """A durable store could not take or give what was asked; nothing was acknowledged."""


class DamagedError(StorageError):
    """Part of a durable store cannot be read any more; what it says names the rest that can."""


class SealError(StorageError):
    """What was sealed does not open: it was altered, moved, or its key is gone."""


class DeliveryError(CarewireError):
    """A message could not be handed on; it stays where it is safe."""


class ContactGoneError(DeliveryError):
    """The way to somebody is gone for good, as when a browser has unsubscribed: use it no more."""


class MessageRefusedError(DeliveryError):
    """A channel will not take this message however often it is tried: correct the way, or the settings."""


class ChannelBusyError(DeliveryError):
    """A channel asks to be left alone for `again_s` seconds."""

    def __init__(self, message: str, again_s: float) -> None:
        super().__init__(message)
        self.again_s = again_s


class SignalError(CarewireError):
    """A light or a sound beside the gateway could not be made."""


class AccessDeniedError(CarewireError):
    """The person may not see or do this."""


class LedgerError(CarewireError):
    """A ledger, a head or a proof of it is not what it says it is."""
