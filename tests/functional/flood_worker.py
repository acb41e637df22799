"""A process full of peers that flood a node with headers; test_header_floods.py starts several, niced, so that they do not take the processor from whom
they attack. Reads one line of JSON, says "flooding" when every peer has had its first batch asked for, and ends when its input does."""

import json
import pathlib
import socket
import sys
import threading
import time

from header_chains import FloodingPeer
from reference import Header
from scripted_peer import GET_HEADERS, Rejected

ANNOUNCE_EVERY = 0.5  # seconds, each peer


def flood(job, number, ready, over, counts):
    peer = None
    try:
        folder = pathlib.Path(job["folder"]) / f"flood{number}"
        template = Header(bytes.fromhex(job["template"]))
        peer = FloodingPeer(folder, job["port"], job["magic"], job["network"], template, number, job["length"])
        payload = peer.expect(GET_HEADERS)
        peer.answer(GET_HEADERS, payload)
        ready.release()
        while not over.is_set():
            try:
                peer.serve(lambda *_: over.is_set(), ANNOUNCE_EVERY)
            except (TimeoutError, socket.timeout):
                peer.announce_sibling()
    except Rejected as why:
        counts["rejected"].append(why.args[0])
    except OSError as why:
        if not over.is_set():
            counts["rejected"].append(f"connection: {why}")
    finally:
        ready.release()  # also where it never got so far
        if peer is not None:
            counts["sent"] += peer.sent
            peer.close()


def main():
    job = json.loads(sys.stdin.readline())
    ready, over = threading.Semaphore(0), threading.Event()
    counts = {"sent": 0, "rejected": []}
    numbers = range(job["first"], job["first"] + job["peers"])
    threads = [threading.Thread(target=flood, args=(job, n, ready, over, counts), daemon=True) for n in numbers]
    for thread in threads:
        thread.start()
    for _ in threads:
        ready.acquire()
    print("flooding", flush=True)
    sys.stdin.read()
    over.set()
    end = time.monotonic() + 10
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
