"""A TLS proxy in front of Keystone, with its own certificate authority."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = datetime.timedelta(days=1)


def certificate(name, *extensions, issuer=None):
    """Return a certificate, signed by `issuer` or by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer, signing_key = issuer or (None, key)
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=signer.subject if signer else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - DAY,
        not_valid_after=now + DAY,
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signing_key, hashes.SHA256()), key


def pem(certificate, key=None):
    """Return the certificate, and the key if given, in PEM."""
    text = certificate.public_bytes(serialization.Encoding.PEM)
    if key:
        form = serialization.PrivateFormat.PKCS8
        text += key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return text


@contextlib.contextmanager
def tls_proxy(port, home):
    """Serve TLS on a free port. Yields the port and the file with the authority's certificate."""
    authority = certificate("Authority of the tests", x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (home / "authority.pem").write_bytes(pem(authority[0]))
    (home / "server.pem").write_bytes(pem(*certificate("Keystone", names, issuer=authority)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=[listener, context, port], daemon=True).start()
        yield listener.getsockname()[1], home / "authority.pem"


def serve(listener, context, port):
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=forward, args=[client, context, port], daemon=True).start()


def forward(client, context, port):
    """Forward one connection. A client that rejects the certificate closes it."""
    with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as client:
        with socket.create_connection(("127.0.0.1", port)) as server:
            threading.Thread(target=copy, args=[server, client], daemon=True).start()
            copy(client, server)


def copy(source, sink):
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(65536):
            sink.sendall(data)
