#include <iostream>

#include "daemon/lab/experiment_command.h"

namespace freezenet::lab {

void add_experiment(CLI::App& app, std::function<int()>& action) {
  CLI::App* experiment = app.add_subcommand("experiment", "Measure watermarks on real models; needs LibTorch");
  experiment->allow_extras();
  experiment->callback([&action] {
    action = [] {
      std::cerr << "freezenet-lab: this program was built without LibTorch, which experiments need\n";
      return 1;
    };
  });
}

}  // namespace freezenet::lab
