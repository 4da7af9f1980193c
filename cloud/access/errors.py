"""The ways access is refused."""

from vitals.errors import AccessDeniedError, CarewireError


class NotSignedInError(AccessDeniedError):
    """Nobody known is asking."""


class NotAGatewayError(AccessDeniedError):
    """No gateway known here is asking."""


class NotVisibleError(AccessDeniedError):
    """It does not exist, or it is not theirs to see: the answer is the same."""


class NotAdministratorError(AccessDeniedError):
    """Only an administrator may see or do this; that it exists is no secret."""


class NotOpenError(AccessDeniedError):
    """Something of the patient is open to them, so the patient is no secret; this is not theirs."""


class NotClinicianError(AccessDeniedError):
    """Only a clinician may do this; that it exists is no secret."""


class NotTreatingError(NotOpenError):
    """They may see the patient; what is set for the treatment is not theirs to change."""


class NotProvedError(AccessDeniedError):
    """They may do it, once they have proved again who they are."""


class LimitedError(AccessDeniedError):
    """Their owner may; the token they come with may not."""


class ForeignOriginError(AccessDeniedError):
    """Another site's page asked for a change."""


class UnknownFormError(AccessDeniedError):
    """A form was sent that no page of ours wrote for this browser's session."""


class TooManyRequestsError(AccessDeniedError):
    """Somebody asks for more than their share; `again_s` seconds from now they may go on."""

    def __init__(self, message: str, again_s: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(again_s)}


class MisdirectedError(AccessDeniedError):
    """The request was sent to a name that is not ours."""


class WrongSignInError(AccessDeniedError):
    """The name, the password or the code is wrong; which of them nobody is told."""


class DeadLinkError(AccessDeniedError):
    """A one-time link is unknown, used, revoked or expired; which of them nobody is told."""


class TooManyTriesError(AccessDeniedError):
    """It was tried too often of late; another try is heard in `again_s` seconds."""

    def __init__(self, message: str, again_s: int) -> None:
        super().__init__(message, again_s=again_s)
        self.again_s = again_s


class CrowdedError(AccessDeniedError):
    """More people sign in at once than this machine takes."""


class UnfitError(CarewireError):
    """What somebody chose cannot be taken; the message says what to choose instead."""
