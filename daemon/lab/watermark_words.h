#pragma once

#include "daemon/lab/action.h"

namespace CLI {
class App;
}

namespace freezenet::lab {

/// Declares `watermark derive|sign|verify`.
void add_watermark(CLI::App& app, Action& action);

}  // namespace freezenet::lab
