"""What can be seen to be wrong before anything starts: an address in use, a certificate that cannot be used."""

import socket
import ssl
from contextlib import closing

from services.config import Settings
from services.failures import Failed


def require_free(address: str, option: str) -> None:
    """Raise Failed, naming the option that chooses another, unless the address can be listened on."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise Failed(f"cannot listen on {address}: {error.strerror}; choose another with {option}") from None


def require_tls(settings: Settings) -> None:
    """Raise Failed unless the certificate and key that are set, if they are, can be read and belong together."""
    if settings.tls_cert is None or settings.tls_key is None:
        return
    try:
        # An empty password, where none would have OpenSSL ask for it on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except OSError as error:
        pair = f"{settings.tls_cert} with {settings.tls_key}"
        reason = error.strerror or error
        raise Failed(
            f"cannot use {pair}: {reason}; check PROMPTWIRE_TLS_CERT and PROMPTWIRE_TLS_KEY (PEM files)"
        ) from None
