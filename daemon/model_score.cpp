#include "daemon/model_score.h"

#include "training/evaluate.h"

namespace freezenet::daemon {

ModelScore model_score(std::span<const training::TaskContext> tasks, training::EngineOptions options) {
  return [tasks, options](std::size_t task, std::span<const float> weights) {
    const training::TaskContext& context = tasks[task];
    training::Engine engine(context.task, context.plan, options);
    return training::evaluate(engine, context.dataset, context.task, weights);
  };
}

}  // namespace freezenet::daemon
