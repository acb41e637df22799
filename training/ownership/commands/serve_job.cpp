#include "training/ownership/commands/serve_job.h"

#include "training/ownership/commands/job_parts.h"
#include "training/ownership/query_server.h"

namespace freezenet::ownership {

Result<> run_serve(const Task& task, const Plan& plan, const std::vector<float>& weights, int in, int out,
                   std::optional<unsigned> decimals) {
  return guarded([&]() -> Result<> {
    TaskClassifier model(task, plan, 0);
    model.load(weights);
    model.eval();
    return serve_queries(model, in, out, decimals);
  });
}

}  // namespace freezenet::ownership
