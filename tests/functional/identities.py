"""Node identities by the thousand: an Ed25519 key and a certificate around it, without a program started for each. Nobody looks at a certificate's names,
dates or signature (docs/wire.md), so one certificate serves as the mould of all."""

import base64
import ctypes
import functools
import os
import pathlib
import ssl
import subprocess
import tempfile

ED25519 = 1087  # OpenSSL's number of the algorithm
PRIVATE_PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # PKCS#8 around the 32 bytes, RFC 8410
PUBLIC_PREFIX = bytes.fromhex("300506032b6570032100")  # what precedes the 32 bytes in a certificate


@functools.cache
def mould():
    """A certificate of somebody, and where its public key stands."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = pathlib.Path(folder) / "key", pathlib.Path(folder) / "crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=peer", "-days", "3650", "-keyout", str(key),
             "-out", str(certificate)],
            check=True, capture_output=True,
        )
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return der, der.index(PUBLIC_PREFIX) + len(PUBLIC_PREFIX)


@functools.cache
def libcrypto():
    library = ctypes.CDLL("libcrypto.so.3")
    library.EVP_PKEY_new_raw_private_key.restype = ctypes.c_void_p
    library.EVP_PKEY_new_raw_private_key.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.EVP_PKEY_get_raw_public_key.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t)]
    library.EVP_PKEY_free.argtypes = [ctypes.c_void_p]
    return library


def make_identity(folder):
    """A fresh peer.key and peer.crt in the folder, unless it has them."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "peer.key").exists():
        return
    secret = os.urandom(32)
    pair = libcrypto().EVP_PKEY_new_raw_private_key(ED25519, None, secret, 32)
    public, length = ctypes.create_string_buffer(32), ctypes.c_size_t(32)
    assert libcrypto().EVP_PKEY_get_raw_public_key(pair, public, ctypes.byref(length)) == 1
    libcrypto().EVP_PKEY_free(pair)
    der, at = mould()
    (folder / "peer.crt").write_text(ssl.DER_cert_to_PEM_cert(der[:at] + public.raw + der[at + 32 :]))
    text = base64.b64encode(PRIVATE_PREFIX + secret).decode()
    (folder / "peer.key").write_text(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")


def loopback_source(number):
    """An address of this machine for the connection with this number: a node takes only so many from one."""
    return (f"127.1.{number // 250 % 250}.{number % 250 + 1}", 0)
