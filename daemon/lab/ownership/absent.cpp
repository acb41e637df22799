#include <CLI/CLI.hpp>

#include "daemon/lab/exit_status.h"
#include "daemon/lab/ownership/words.h"

namespace freezenet::lab {

void add_ownership(CLI::App& app, Action& action) {
  CLI::App* ownership = app.add_subcommand("ownership", "Ownership watermarks; this program was built without them");
  ownership->allow_extras();
  ownership->callback([&action] {
    action = [] {
      return misused(
          {RejectCode::kConfig,
           "ownership watermarks need LibTorch, and this program was built without it (FREEZENET_TORCH=OFF)"});
    };
  });
}

}  // namespace freezenet::lab
