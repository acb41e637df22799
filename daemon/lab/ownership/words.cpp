#include "daemon/lab/ownership/words.h"

#include <CLI/CLI.hpp>

namespace freezenet::lab {

namespace {

constexpr const char* kExamples = R"(Examples, with the digits, which are part of the program:
  freezenet-lab train --epochs 10 --out digits.safetensors
  freezenet-lab ownership keygen gradsigns --bits 32 --strength 10 --target-class 3 --out owner.key
  freezenet-lab ownership embed owner.key digits.safetensors --epochs 20 --out mine.safetensors
  freezenet-lab ownership verify owner.key mine.safetensors
  freezenet-lab ownership verify owner.key mine.safetensors --black-box
  freezenet-lab ownership attack owner.key mine.safetensors --attack all --csv attacks.csv
  freezenet-lab ownership commit owner.key --owner ADDRESS --model mine.safetensors
  freezenet-lab ownership verify owner.key suspect.safetensors --claims claims.json --owner ADDRESS

Exit status of verify and extract: 0 the watermark is there, 1 it is not, 2 there is no telling. docs/watermarks.md has
the schemes, and the format of key files.)";

}  // namespace

void add_ownership(CLI::App& app, Action& action) {
  CLI::App* ownership =
      app.add_subcommand("ownership", "Ownership watermarks: keys, embedding, extraction, attacks, claims");
  ownership->require_subcommand(1);
  ownership->footer(kExamples);
  add_keygen(*ownership, action);
  add_embed(*ownership, action);
  add_extract(*ownership, action);
  add_attack(*ownership, action);
  add_serve(*ownership, action);
  add_commit(*ownership, action);
}

}  // namespace freezenet::lab
