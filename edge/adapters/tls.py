"""How the gateway speaks TLS."""

import ssl
from pathlib import Path

from vitals.errors import ConfigurationError


def tls_context(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext | None:
    """Return how TLS is spoken with these files, or `None` where it is not.

    Raises
    ------
    ConfigurationError
        One of them cannot be used.
    """
    if ca_file is None and cert_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if cert_file is not None:
            context.load_cert_chain(cert_file, key_file)
    except OSError as error:
        raise ConfigurationError(
            f"the TLS files cannot be used ({error}): check ca_file, cert_file and key_file"
        ) from error
    return context
