"""A test is a function test_NAME(folder); the file ends with run(globals())."""

import pathlib
import shutil
import sys
import tempfile
import time
import traceback


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_equal(actual, expected, what):
    check(actual == expected, f"{what}: {actual!r}, expected {expected!r}")


def run(names):
    """Runs each test in a folder of its own, kept where one fails; with arguments, those tests alone."""
    tests = {n: f for n, f in names.items() if n.startswith("test_") and callable(f)}
    chosen = sys.argv[1:] or list(tests)
    failed = 0
    for name in chosen:
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"freezenet-{name}-"))
        started = time.monotonic()
        try:
            tests[name](folder)
        except Exception:  # a test may fail in any way; the others still run
            failed += 1
            traceback.print_exc()
            print(f"FAIL {name} ({time.monotonic() - started:.1f} s); its data is in {folder}", flush=True)
            continue
        print(f"ok   {name} ({time.monotonic() - started:.1f} s)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(chosen) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
