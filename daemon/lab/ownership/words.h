#pragma once

#include "daemon/lab/action.h"

namespace CLI {
class App;
}

namespace freezenet::lab {

/// Declares `ownership` with all its commands, or in a build without LibTorch one that says so.
void add_ownership(CLI::App& app, Action& action);

// The commands themselves, each in a file of its own.
void add_keygen(CLI::App& ownership, Action& action);
void add_embed(CLI::App& ownership, Action& action);
void add_extract(CLI::App& ownership, Action& action);
void add_attack(CLI::App& ownership, Action& action);
void add_serve(CLI::App& ownership, Action& action);
void add_commit(CLI::App& ownership, Action& action);

}  // namespace freezenet::lab
