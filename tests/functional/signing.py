"""BIP340 by the system's libsecp256k1 where it is installed, a hundred times as fast as reference.py; else by reference.py itself."""

import ctypes
import ctypes.util

import reference

SIGN_AND_VERIFY = 0x301  # SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY


def _library():
    path = ctypes.util.find_library("secp256k1")
    library = path and ctypes.CDLL(path)
    if not library or not hasattr(library, "secp256k1_schnorrsig_sign"):
        return None, None
    library.secp256k1_context_create.restype = ctypes.c_void_p
    return library, ctypes.c_void_p(library.secp256k1_context_create(SIGN_AND_VERIFY))


_secp, _context = _library()


def _keypair(secret):
    pair = ctypes.create_string_buffer(96)
    assert _secp.secp256k1_keypair_create(_context, pair, secret) == 1, "not a secret key"
    return pair


def fast_public_key(secret):
    if _secp is None:
        return reference.public_key(secret)
    point, key = ctypes.create_string_buffer(64), ctypes.create_string_buffer(32)
    assert _secp.secp256k1_keypair_xonly_pub(_context, point, None, _keypair(secret)) == 1
    assert _secp.secp256k1_xonly_pubkey_serialize(_context, key, point) == 1
    return key.raw


def fast_sign(secret, message):
    """Deterministic: 32 zero bytes where BIP340 wants randomness."""
    if _secp is None:
        return reference.sign(secret, message)
    signature = ctypes.create_string_buffer(64)
    assert _secp.secp256k1_schnorrsig_sign(_context, signature, message, _keypair(secret), bytes(32)) == 1
    return signature.raw
