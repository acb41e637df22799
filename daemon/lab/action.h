#pragma once

#include <functional>

namespace freezenet::lab {

/// What a command does once its words are parsed; the exit status. Whoever declares a command's options sets it from
/// the command's callback.
using Action = std::function<int()>;

}  // namespace freezenet::lab
