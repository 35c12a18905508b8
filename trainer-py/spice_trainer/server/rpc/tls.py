"""Mutual TLS, for listening outside this machine.

The server shows its certificate, and accepts only clients with a certificate of `client_ca`. Files
are PEM. Before the server listens, the files are tested in a handshake in memory. So a key of
another certificate, or a certificate that has ended, is found at the start and not by the first
client.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import grpc

from spice_trainer.server.start_error import StartError, read_private

EXPIRES_SOON_SECONDS = 14 * 86_400
_EXPIRED, _NOT_YET_VALID = 10, 9  # verify codes of OpenSSL


@dataclass(frozen=True)
class TlsFiles:
    """Paths of the three PEM files."""

    certificate: Path
    """Certificate of the server, followed by intermediate certificates."""
    key: Path
    """Its private key, unencrypted, mode 0600."""
    client_ca: Path
    """Authorities whose client certificates are accepted."""


@dataclass(frozen=True)
class ServerTls:
    """Files that were read and tested together."""

    credentials: grpc.ServerCredentials
    seconds_left: float
    """Seconds until the certificate of the server ends."""

    @property
    def expires_soon(self) -> bool:
        """Whether the certificate ends within 14 days."""
        return self.seconds_left < EXPIRES_SOON_SECONDS


def server_tls(files: TlsFiles) -> ServerTls:
    """Reads and tests the files. Raises StartError: TLS_FILE, TLS_KEY, TLS_KEY_MODE,
    TLS_CERTIFICATE_EXPIRED."""
    key = read_private(files.key, "TLS key", "TLS_KEY")
    certificate, client_ca = _read(files.certificate, "certificate"), _read(files.client_ca, "client CA")
    ends = _try_handshake(files)
    credentials = grpc.ssl_server_credentials([(key, certificate)], client_ca, require_client_auth=True)
    return ServerTls(credentials, ends - time.time())


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as missing:
        raise StartError(2, "TLS_FILE", f"TLS {what} {path}: {missing.strerror}") from missing


def _try_handshake(files: TlsFiles) -> float:
    """Serves and verifies the certificate in memory. Returns the Unix time at which the certificate
    ends."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        server.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (ssl.SSLError, ValueError) as wrong:
        raise StartError(
            2, "TLS_KEY", f"{files.certificate} and {files.key} are no certificate and its key: {wrong}"
        ) from wrong
    try:
        server.load_verify_locations(files.client_ca)
    except ssl.SSLError as wrong:
        raise StartError(2, "TLS_FILE", f"TLS client CA {files.client_ca} holds no certificate: {wrong}") from wrong
    client.check_hostname = False  # the client checks the names
    client.load_verify_locations(files.certificate)
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_side=False),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    try:
        waiting = True
        while waiting:  # both sides advance in turn: each waits for the data of the other
            waiting = [_advance(end) for end in ends] != [True, True]
    except ssl.SSLCertVerificationError as wrong:
        if wrong.verify_code not in (_EXPIRED, _NOT_YET_VALID):
            raise StartError(2, "TLS_FILE", f"certificate {files.certificate}: {wrong.verify_message}") from wrong
        raise StartError(
            2,
            "TLS_CERTIFICATE_EXPIRED",
            f"certificate {files.certificate} is out of its time: {wrong.verify_message}",
            "make a new one, for example with `spice trainer certs`, and check this machine's clock",
        ) from wrong
    shown = ends[0].getpeercert() or {}
    return ssl.cert_time_to_seconds(str(shown["notAfter"]))


def _advance(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _no_password() -> str:
    raise ValueError("the key is encrypted; a trainer has nobody to ask for its password")
