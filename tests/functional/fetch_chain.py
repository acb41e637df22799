"""A node's whole chain over the wire: headers, bodies, signed models."""

import struct

from reference import Header, compact_size, tagged
from scripted_peer import (BODY, CHUNK_, GET_BODY, GET_CHUNK, GET_HEADERS, HEADERS, MAX_HEADERS, NOT_FOUND,
                           read_compact_size)

CHUNK_SIZE = 65536


def request(peer, kind, payload, answers):
    peer.send(kind, payload)
    return await_answer(peer, answers)


def await_answer(peer, answers):
    """The next answer (type, payload); meanwhile the node's own wishes are served."""
    found = []
    peer.serve(lambda k, p: k in answers and not found.append((k, p)))
    return found[0]


def fetch_headers(peer):
    headers = []
    while True:
        locator = [headers[-1].hash(), peer.genesis] if headers else [peer.genesis]
        _, payload = request(peer, GET_HEADERS, compact_size(len(locator)) + b"".join(locator), {HEADERS})
        count, at = read_compact_size(payload)
        headers += [Header(payload[at + 312 * i : at + 312 * (i + 1)]) for i in range(count)]
        if count < MAX_HEADERS:
            return headers


def proves(data, index, count, total, proof, root):
    """The chunk is number `index` of `count` under the root, which covers `total` bytes."""
    node = tagged("FreezeNet/leaf", data)
    proof = list(proof)
    while count > 1:
        if index ^ 1 < count:
            if not proof:
                return False
            pair = (proof.pop(0), node) if index & 1 else (node, proof.pop(0))
            node = tagged("FreezeNet/inner", pair[0] + pair[1])
        index, count = index // 2, (count + 1) // 2
    return not proof and tagged("FreezeNet/root", struct.pack("<Q", total) + node) == root


def read_chunk(payload):
    """(index, data, proof)"""
    size, at = read_compact_size(payload, 40)
    data = payload[at : at + size]
    count, at = read_compact_size(payload, at + size)
    return struct.unpack_from("<Q", payload, 32)[0], data, [payload[at + 32 * i : at + 32 * (i + 1)] for i in range(count)]


def fetch_block(peer, header, model_bytes):
    """(body or None, model or None, complaint or None): None where the node does not keep them."""
    hash_ = header.hash()
    count = -(-model_bytes // CHUNK_SIZE)
    peer.send(GET_BODY, hash_)
    for index in range(count):
        peer.send(GET_CHUNK, hash_ + struct.pack("<Q", index))
    kind, payload = await_answer(peer, {BODY, NOT_FOUND})
    body = payload[read_compact_size(payload, 32)[1] :] if kind == BODY else None
    parts, complaint = [], None
    for index in range(count):
        kind, payload = await_answer(peer, {CHUNK_, NOT_FOUND})
        if kind == CHUNK_:
            number, data, proof = read_chunk(payload)
            if number != index or not proves(data, index, count, model_bytes, proof, header.model_root):
                complaint = f"chunk {index} does not prove itself"
            parts.append(data)
    return body, b"".join(parts) if len(parts) == count else None, complaint
