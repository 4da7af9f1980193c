"""The ways a gateway is not let in, or not given what it asks for."""

from vitals.errors import AccessDeniedError, ConfigurationError, EnvelopeError

__all__ = ["CertificateRequestError", "NoAuthorityError", "NotInvitedError", "NotProvenError"]


class NotInvitedError(AccessDeniedError):
    """The token is none, has ended, was withdrawn or was used: the answer is the same."""


class NotProvenError(AccessDeniedError):
    """Whoever asks does not hold the key of a certificate that is good."""


class CertificateRequestError(EnvelopeError):
    """A certificate request cannot be read, or its key is not one we certify."""


class NoAuthorityError(ConfigurationError):
    """There is no authority here, so nobody can be let in by certificate."""
