#include "daemon/lab/model_input.h"

#include <algorithm>
#include <cmath>

#include "daemon/durable_file.h"
#include "daemon/lab/checkpoint.h"
#include "training/model_file.h"

namespace freezenet::lab {

Result<std::vector<float>> load_model(const NamedTask& named, const std::filesystem::path& file) {
  const auto about = [&](const Reject& why) { return reject(why.code, file.string() + ": " + why.detail); };
  const auto bytes = daemon::read_file(file, max_checkpoint_bytes(named.plan));
  if (!bytes) return tl::unexpected(bytes.error());
  auto model = training::read_model(named.plan, *bytes);
  if (!model) {
    if (auto checkpoint = read_checkpoint(named.task, named.plan, *bytes)) return std::move(checkpoint->weights);
    return about(model.error());
  }
  // A model of another task with the same tensors may well be what somebody wants to go on from; a damaged one is not.
  const auto claims = training::check_claims(named.task, *model);
  if (!claims && claims.error().code == RejectCode::kWrongModelRoot) return about(claims.error());
  const auto wild = [](float weight) { return !(std::fabs(weight) <= kLargestWeight); };
  if (std::ranges::any_of(model->weights, wild))
    return about({RejectCode::kNonFiniteWeight, "a weight is not a number from -2^16 to 2^16"});
  return std::move(model->weights);
}

}  // namespace freezenet::lab
