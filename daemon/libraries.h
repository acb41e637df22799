#pragma once

#include <string>

namespace freezenet::daemon {

/// "OpenSSL 3.0.11, SQLite 3.40.1, ...": what this process runs with, for the log.
std::string library_versions();

}  // namespace freezenet::daemon
