#!/usr/bin/env python3
"""scripts/check-includes passes on the tree as it is, and fails, with the right message, on each kind of edge it must refuse."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CHECK = os.path.join(ROOT, "scripts", "check-includes")
ROOMS = ("consensus", "training", "net", "daemon", "tests")

# name of the case, files to add to a copy of the tree, and what the error must say.
REFUSED = [
    (
        "net includes training",
        {"training/probe.h": "#pragma once\n", "net/probe.cpp": '#include "training/probe.h"\n'},
        "net/probe.cpp:1: net -> training (training/probe.h): net moves bytes",
    ),
    (
        "training includes net",
        {"net/probe.h": "#pragma once\n", "training/probe.cpp": '\n#include "net/probe.h"\n'},
        "training/probe.cpp:2: training -> net (net/probe.h): training is the engine",
    ),
    (
        "a room below includes one above",
        {"daemon/probe.h": "#pragma once\n", "consensus/base/probe.cpp": '#include "daemon/probe.h"\n'},
        "consensus/base/probe.cpp:1: consensus -> daemon (daemon/probe.h): consensus is pure",
    ),
    (
        "kernels know a consensus type",
        {"consensus/probe.h": "#pragma once\n", "training/kernels/probe.cpp": '#include "consensus/probe.h"\n'},
        "training/kernels/probe.cpp:1: training/kernels -> consensus (consensus/probe.h): kernels know",
    ),
    (
        "the engine includes LibTorch",
        {"training/probe.cpp": "#include <torch/torch.h>\n"},
        "training/probe.cpp:1: training -> LibTorch (<torch/torch.h>): LibTorch headers stay in",
    ),
    (
        "the daemon includes a part of LibTorch",
        {"daemon/probe.cpp": "#include <c10/util/Exception.h>\n"},
        "daemon/probe.cpp:1: daemon -> LibTorch (<c10/util/Exception.h>): LibTorch headers stay in",
    ),
    (
        "a test outside the LibTorch rooms includes it",
        {"tests/unit/training/probe_test.cpp": "#include <ATen/ATen.h>\n"},
        "tests/unit/training/probe_test.cpp:1: tests of training -> LibTorch (<ATen/ATen.h>)",
    ),
    (
        "a test reaches further than its room",
        {"net/probe.h": "#pragma once\n", "tests/unit/consensus/probe_test.cpp": '#include "net/probe.h"\n'},
        "tests/unit/consensus/probe_test.cpp:1: tests of consensus -> net (net/probe.h)",
    ),
    (
        "consensus reads a clock",
        {"consensus/probe.h": "#pragma once\n#  include <chrono>\n"},
        "consensus/probe.h:2: consensus -> <chrono>: consensus is pure",
    ),
    (
        "consensus uses one processor's instructions",
        {"consensus/crypto/probe.cpp": "#include <immintrin.h>\n"},
        "consensus/crypto/probe.cpp:1: consensus -> CPU intrinsics (<immintrin.h>): consensus is pure",
    ),
    (
        "a hashing loop of one instruction set shares code with the rest",
        {"consensus/crypto/sha256_hardware/probe.cpp": '#include "consensus/crypto/sha256.h"\n'},
        "consensus/crypto/sha256_hardware/probe.cpp:1: consensus/crypto/sha256_hardware -> consensus (consensus/crypto/sha256.h): loops of",
    ),
    (
        "consensus logs",
        {"consensus/probe.cpp": "#include <spdlog/spdlog.h>\n"},
        "consensus/probe.cpp:1: consensus -> spdlog (<spdlog/spdlog.h>): consensus is pure",
    ),
    (
        "the laboratory includes the node",
        {"daemon/probe.h": "#pragma once\n", "daemon/lab/probe.cpp": '#include "daemon/probe.h"\n'},
        "daemon/lab/probe.cpp:1: freezenet-lab -> daemon (daemon/probe.h): freezenet-lab trains without a network",
    ),
    (
        "the laboratory opens sockets",
        {"daemon/lab/probe.cpp": "#include <boost/asio.hpp>\n"},
        "daemon/lab/probe.cpp:1: freezenet-lab -> Boost (<boost/asio.hpp>): freezenet-lab trains without a network",
    ),
    (
        "the laboratory includes a header with LibTorch in it",
        {"training/ownership/probe.h": "#pragma once\n#include <torch/torch.h>\n", "daemon/lab/probe.cpp": '#include "training/ownership/probe.h"\n'},
        "daemon/lab/probe.cpp:1: freezenet-lab -> training/ownership (training/ownership/probe.h): freezenet-lab trains",
    ),
    (
        "a header for the laboratory includes LibTorch",
        {"training/ownership/commands/probe.h": "#pragma once\n#include <torch/torch.h>\n"},
        "training/ownership/commands/probe.h:2: training/ownership/commands -> LibTorch (<torch/torch.h>): LibTorch headers stay in",
    ),
    (
        "a header for the laboratory reaches LibTorch through another one",
        {
            "training/ownership/probe.h": "#pragma once\n#include <torch/torch.h>\n",
            "training/ownership/commands/probe.h": '#pragma once\n#include "training/ownership/probe.h"\n',
        },
        "training/ownership/commands/probe.h:2: training/ownership/commands -> training/ownership (training/ownership/probe.h): headers of",
    ),
    (
        "a node includes what the laboratory may",
        {"training/ownership/commands/probe.h": "#pragma once\n", "daemon/probe.cpp": '#include "training/ownership/commands/probe.h"\n'},
        "daemon/probe.cpp:1: daemon -> training/ownership/commands (training/ownership/commands/probe.h): daemon wires",
    ),
    (
        "the client includes what only the laboratory shares",
        {"daemon/cli/probe.cpp": '#include "daemon/kernel_choice.h"\n'},
        "daemon/cli/probe.cpp:1: freezenet-cli -> freezenet-lab (daemon/kernel_choice.h): freezenet-cli is consensus",
    ),
    (
        "the client includes the node",
        {"daemon/probe.h": "#pragma once\n", "daemon/cli/probe.cpp": '#include "daemon/probe.h"\n'},
        "daemon/cli/probe.cpp:1: freezenet-cli -> daemon (daemon/probe.h): freezenet-cli is consensus",
    ),
    (
        "a program includes a test",
        {"tests/support/probe.h": "#pragma once\n", "daemon/probe.cpp": '#include "tests/support/probe.h"\n'},
        "daemon/probe.cpp:1: daemon -> tests: only tests include tests",
    ),
    (
        "an include relative to its own folder",
        {"net/inner/probe.h": "#pragma once\n", "net/inner/other.cpp": '#include "probe.h"\n'},
        'net/inner/other.cpp:1: "probe.h" does not exist: includes are written from the root',
    ),
    (
        "an unknown library",
        {"net/probe.cpp": "#include <zmq.hpp>\n"},
        "net/probe.cpp:1: <zmq.hpp> belongs to no library",
    ),
    (
        "the own header is not first",
        {"net/probe.h": "#pragma once\n", "net/probe.cpp": '#include <vector>\n#include "net/probe.h"\n'},
        'net/probe.cpp:1: the first include is "net/probe.h"',
    ),
    ("a header without its guard", {"net/probe.h": "int x();\n"}, "net/probe.h:1: a header starts with #pragma once"),
]

ALLOWED = {
    "training/torch/probe.cpp": "#include <torch/torch.h>\n",
    "training/ownership/commands/probe.h": '#pragma once\n#include "training/dataset/dataset.h"\n#include "training/ownership/significance.h"\n',
    "training/ownership/commands/probe.cpp": '#include "training/ownership/commands/probe.h"\n#include <torch/torch.h>\n#include "training/ownership/scheme.h"\n',
    "daemon/lab/probe.cpp": '#include "training/ownership/commands/probe.h"\n#include "training/ownership/key_file.h"\n',
    "tests/unit/training/torch/probe_test.cpp": "#include <gtest/gtest.h>\n#include <torch/torch.h>\n",
    "tests/unit/consensus/probe_test.cpp": "#include <chrono>\n#include <fstream>\n#include <gtest/gtest.h>\n",
    "consensus/probe.h": "#pragma once\n#include <vector>\n#include <tl/expected.hpp>\n",
    "net/probe.cpp": '#include <boost/asio.hpp>\n#include "consensus/probe.h"\n',
    "daemon/probe.h": '#pragma once\n#include "consensus/probe.h"\n',
    "daemon/cli/probe.cpp": '#include <boost/beast.hpp>\n#include "consensus/probe.h"\n',
}


def check(root):
    return subprocess.run([sys.executable, CHECK, "--root", root], capture_output=True, text=True, check=False)


class CheckIncludes(unittest.TestCase):
    def in_copy(self, files):
        """The check's result on a copy of the tree with `files` added."""
        with tempfile.TemporaryDirectory() as copy:
            for room in ROOMS:
                shutil.copytree(os.path.join(ROOT, room), os.path.join(copy, room))
            for path, text in files.items():
                target = os.path.join(copy, path)
                self.assertFalse(os.path.exists(target), f"{path} is taken: choose another name for the probe")
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "w", encoding="utf-8") as file:
                    file.write(text)
            return check(copy)

    def test_tree_as_it_is(self):
        result = check(ROOT)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_allowed_edges(self):
        result = self.in_copy(ALLOWED)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_refused_edges(self):
        for name, files, message in REFUSED:
            with self.subTest(name):
                result = self.in_copy(files)
                self.assertEqual(result.returncode, 1)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertIn(message, result.stderr)

    def test_empty_folder_is_no_success(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(check(empty).returncode, 1)


if __name__ == "__main__":
    unittest.main()
