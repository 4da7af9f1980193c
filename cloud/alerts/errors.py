"""What can go wrong with an alert's life or the evaluator's memory."""

from vitals.errors import CarewireError, StorageError, ValidationError


class IllegalTransitionError(CarewireError):
    """An alert was asked to do what its lifecycle has no row for."""


class StateUnreadableError(StorageError):
    """The evaluator's memory of a patient cannot be read; it is left as it is."""


class NewerStateError(StateUnreadableError):
    """The evaluator's memory was written by a newer program."""


class RuleError(ValidationError):
    """A row asks for what cannot be: its text says what to ask for instead."""
