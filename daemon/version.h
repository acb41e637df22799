#pragma once

namespace freezenet::daemon {

/// "0.1.0": the project's version in CMakeLists.txt, which is its only place.
extern const char* const kVersion;

}  // namespace freezenet::daemon
