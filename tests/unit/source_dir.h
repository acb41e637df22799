#pragma once

#include <string>

namespace freezenet::test {

/// The repository's root, without a slash at the end.
std::string source_dir();

}  // namespace freezenet::test
