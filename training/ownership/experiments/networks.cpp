#include "training/ownership/experiments/networks.h"

#include "consensus/default_task.h"
#include "training/ownership/seed_network.h"
#include "training/ownership/task_classifier.h"

namespace freezenet::experiments {

std::shared_ptr<ownership::Classifier> small_cnn(const ownership::Shape& shape, std::uint64_t seed) {
  Task task = digits_task();  // for what a task has beside layers and shape, which is not used here
  task.name = "small-cnn";
  task.dataset.name = "experiment";
  task.dataset.channels = static_cast<std::uint32_t>(shape.channels);
  task.dataset.height = static_cast<std::uint32_t>(shape.height);
  task.dataset.width = static_cast<std::uint32_t>(shape.width);
  task.dataset.classes = static_cast<std::uint32_t>(shape.classes);
  task.inputs.resize(task.dataset.channels, task.inputs.front());
  task.layers = {Conv2d{32, 3, 1, 1}, Relu{},     MaxPool{2, 2}, Conv2d{64, 3, 1, 1},         Relu{}, MaxPool{2, 2},
                 Flatten{},           Linear{64}, Relu{},        Linear{task.dataset.classes}};
  const auto plan = plan_of(task);
  TORCH_CHECK(plan.has_value(), plan ? "" : plan.error().message());
  return std::make_shared<ownership::TaskClassifier>(task, *plan, seed);
}

std::shared_ptr<ownership::Classifier> make_network(const std::string& name, const ownership::Shape& shape,
                                                    std::uint64_t seed) {
  if (name == "cnn") return small_cnn(shape, seed);
  return std::make_shared<ownership::SeedNetwork>(shape, seed);
}

}  // namespace freezenet::experiments
