"""A certificate for the guide's name, signed by itself."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from digisence.clock import utcnow

NAME = "panel.example.org"


def write(folder: Path) -> Path:
    """`fullchain.pem` and `privkey.pem` in `folder`, as certbot names them; returns the first."""
    key, now = ec.generate_private_key(ec.SECP256R1()), utcnow()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    path = folder / "fullchain.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return path
