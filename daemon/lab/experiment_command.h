#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace freezenet::lab {

/// Adds `experiment`; `action` becomes what runs once it was chosen, and returns the exit status. In a build without
/// LibTorch the command says so and fails.
void add_experiment(CLI::App& app, std::function<int()>& action);

}  // namespace freezenet::lab
