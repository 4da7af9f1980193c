"""The channels that the settings set up."""

import ssl
from collections.abc import Mapping

from cloud.channel_settings import EmailSettings
from cloud.config import CloudSettings
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.mail import EmailNotifier, MailServer
from cloud.notifiers.reach import Reach
from cloud.notifiers.vapid import VapidKey
from cloud.notifiers.ways import Way
from cloud.notifiers.web_push import WebPushNotifier
from cloud.notifiers.webhook import WebhookNotifier
from cloud.ports import Channel
from vitals.errors import ConfigurationError

__all__ = ["vapid_key", "ways_of"]


def ways_of(settings: CloudSettings) -> Mapping[Channel, Way]:
    """Return every channel that is set up.

    Raises
    ------
    ConfigurationError
        If a setting cannot be lived with: a file is not there, or the Web Push key cannot be used.
    """
    ways: list[Way] = []
    if settings.email.host is not None:
        ways.append(EmailNotifier(server=_mail_server(settings.email, settings.email.host)))
    subject = _push_subject(settings)
    if subject is not None:
        ways.append(
            WebPushNotifier(
                post=HttpPost(reach=_reach(settings.web_push.private_hosts)),
                key=vapid_key(settings),
                subject=subject,
            )
        )
    if settings.webhook.enabled:
        ways.append(WebhookNotifier(post=HttpPost(reach=_reach(settings.webhook.private_hosts))))
    if settings.apprise.enabled:
        ways.append(_apprise(settings))
    return {way.channel: way for way in ways}


def _push_subject(settings: CloudSettings) -> str | None:
    """Return whom push services may write to; None: there is no Web Push."""
    public_url = settings.http.public_url.rstrip("/")
    return settings.web_push.subject or (public_url if public_url.startswith("https:") else None)


def vapid_key(settings: CloudSettings) -> VapidKey:
    """Return the key of Web Push, made at the first start."""
    return VapidKey.kept_in(settings.data_dir / "web-push.pem")


def _reach(private_hosts: tuple[str, ...]) -> Reach:
    return Reach(private_hosts=frozenset(private_hosts))


def _mail_server(email: EmailSettings, host: str) -> MailServer:
    try:
        tls = ssl.create_default_context(cafile=email.ca_file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"email.ca_file cannot be used ({error}): name the PEM file of the mail server's authority"
        ) from error
    return MailServer(
        host=host,
        port=email.usual_port,
        security=email.security,
        sender=email.sender or "",
        username=email.username,
        password=email.secret(),
        tls=tls,
    )


def _apprise(settings: CloudSettings) -> Way:
    """Load Apprise only where it is used: it is large."""
    from cloud.notifiers.apprise import AppriseNotifier  # noqa: PLC0415

    apprise = settings.apprise
    return AppriseNotifier(reach=_reach(apprise.private_hosts), schemes=frozenset(apprise.schemes))
