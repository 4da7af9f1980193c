"""Why a message was not handed over, in the reader's language: channels say and keep it in English."""

import re
from functools import cache
from typing import Final

from cloud.web.words import N_, Phrase, Sentence, literal

__all__ = ["failure"]

_TRIED: Final = re.compile(r"(?P<why>.*) \(tried (?P<n>\d+) times\)", re.DOTALL)
_OFTEN: Final = N_("{why} (tried {n} times)")
_KNOWN: Final = (
    N_("the browser has unsubscribed: allow notifications in it again"),
    N_("the browser's keys are not valid: have it subscribe again"),
    N_("the receiver answered {answer}"),
    N_("{answered}, which is not followed: give the address it leads to"),
    N_("the receiver did not answer within {seconds} s"),
    N_("the receiver is not reached, or broke off ({fault})"),
    N_("the receiver's certificate is not to be trusted: see to it"),
    N_("the receiver's URL cannot be read: correct it"),
    N_("the receiver's URL is not one of https: correct it"),
    N_("the receiver's URL holds a name or password: take them out of it"),
    N_(
        "the receiver's URL is plain http: give its https address, or have an administrator name its "
        "host in private_hosts of the channel's settings"
    ),
    N_("the receiver's host has no address: correct its name, or see to DNS"),
    N_(
        "the receiver is on this machine or a private network: "
        "have an administrator name its host in private_hosts of the channel's settings"
    ),
    N_("this webhook has no address or no secret: add it again"),
    N_("the service behind the Apprise URL has not taken it: check the URL"),
    N_("the Apprise URL names no service: correct it as Apprise documents it"),
    N_("Apprise URLs of {scheme} are not allowed here"),
    N_("add {way} as what it is, not as an Apprise URL"),
    N_("a parameter of the Apprise URL is not allowed here: take it out"),
    N_("this way has no e-mail address: add it again"),
    N_("this is no e-mail address: give one like lin@example.org"),
    N_("the address has no {part}: give one"),
    N_("the mail server refused {part} ({code})"),
    N_("the sender: correct email.sender"),
    N_("the recipient: correct the address"),
    N_("the message"),
    N_("the mail server does not know us ({code}): correct email.username, email.password"),
    N_("the mail server does not offer what email.security or email.username asks for: correct them"),
    N_("the mail server's certificate is not to be trusted: see email.ca_file"),
    N_("the mail server did not answer in time"),
    N_("the mail server is not reached, or broke off ({fault})"),
    N_("{channel} is not set up here"),
    N_("{channel} is not set up here: see the settings"),
    N_("{channel} is not set up here: ask whoever runs the service"),
    N_("the channel itself failed ({fault}): look at its log"),
    N_("too many messages wait for this channel: it cannot keep up with what is to be told"),
    N_("this machine has no thread left to deliver it with: see what takes them"),
    N_("no answer within {seconds} s"),
    N_("waited {seconds} s for its turn: others of the channel hang"),
    N_("this person may not be told of the patient any more"),
    N_("this way was removed"),
    N_("meanwhile somebody took it on, or it was over"),
    N_("whether it may be told cannot be read now: see the log"),
)
"""As `cloud/notifiers` and `cloud/alerts/telling` say it."""
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


def failure(text: str) -> Phrase:
    """Return what is kept of a failure, to be said in any language; as it is kept where nobody knows it."""
    if often := _TRIED.fullmatch(text):
        return Sentence(message=_OFTEN, fields={"why": _known(often["why"]), "n": often["n"]})
    return _known(text)


def _known(text: str) -> Sentence:
    for message in sorted(_KNOWN, key=len, reverse=True):
        if found := _shape(message).fullmatch(text):
            return Sentence(
                message=message, fields={name: _known(part) for name, part in found.groupdict().items()}
            )
    return literal(text)


@cache
def _shape(message: str) -> re.Pattern[str]:
    """Return what a message looks like once something stands in its places."""
    return re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(message)))
