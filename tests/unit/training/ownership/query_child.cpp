// A black box for tests: query_child WEIGHTS [DECIMALS] answers queries about the digits network of these weights.

#include <cstdio>
#include <fstream>
#include <string>

#include <unistd.h>

#include "consensus/default_task.h"
#include "training/ownership/query_server.h"
#include "training/ownership/task_classifier.h"

int main(int argc, char** argv) {
  using namespace freezenet;
  if (argc < 2) return 2;
  torch::set_num_threads(1);
  const Task task = digits_task();
  ownership::TaskClassifier model(task, plan_of(task).value(), 0);
  std::vector<float> weights(model.plan().parameters);
  std::ifstream file(argv[1], std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(weights.data()), static_cast<std::streamsize>(weights.size() * 4))) return 2;
  model.load(weights);
  std::optional<unsigned> decimals;
  if (argc > 2) decimals = static_cast<unsigned>(std::stoul(argv[2]));
  const auto served = ownership::serve_queries(model, STDIN_FILENO, STDOUT_FILENO, decimals);
  return served ? 0 : 1;
}
