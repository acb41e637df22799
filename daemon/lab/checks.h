#pragma once

#include <CLI/CLI.hpp>

namespace freezenet::lab {

/// A whole number below 2^64 in decimal digits. CLI11 reads one as strtoull() does, to which -1 is 2^64 - 1, every
/// number that is too large is that as well, and 010 is 8.
extern const CLI::Validator kWholeNumber;
/// Not "", which is what a shell makes of a variable that is not set.
extern const CLI::Validator kNotEmpty;

}  // namespace freezenet::lab
