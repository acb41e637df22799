#pragma once

#include <string>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// Asks the terminal for a user's password, without showing it. kConfig where there is no terminal or nothing was
/// entered: it says which option to use instead.
Result<std::string> ask_password(const std::string& user);

}  // namespace freezenet::daemon
