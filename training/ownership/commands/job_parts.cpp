#include "training/ownership/commands/job_parts.h"

#include <algorithm>

#include "training/torch/threads.h"

namespace freezenet::ownership {

std::shared_ptr<TaskClassifier> classifier_of(const JobData& data, const std::vector<float>& weights) {
  auto model = fresh_classifier(data, 0);
  model->load(weights);
  model->eval();
  return model;
}

std::shared_ptr<TaskClassifier> fresh_classifier(const JobData& data, std::uint64_t seed) {
  return std::make_shared<TaskClassifier>(data.task, data.plan, seed);
}

Samples train_of(const JobData& data) {
  const std::uint64_t count = std::min<std::uint64_t>(data.most_samples, data.task.dataset.train_count);
  return training_samples(data.task, data.plan, data.dataset, static_cast<std::int64_t>(count));
}

Samples evaluation_of(const JobData& data) { return evaluation_samples(data.task, data.plan, data.dataset); }

void use_threads(unsigned threads) { training::dedicate_to_torch(threads); }

Suspect watched(Suspect suspect, const JobWatch& watch) {
  if (!watch) return suspect;
  suspect.scores = [ask = std::move(suspect.scores), &watch,
                    asked = std::int64_t{0}](const torch::Tensor& images) mutable -> Result<torch::Tensor> {
    if (!watch("asking, query " + std::to_string(asked), -1)) return reject(RejectCode::kCancelled);
    asked += images.size(0);
    return ask(images);
  };
  return suspect;
}

JobFinding shown(Finding finding) {
  return {finding.evidence, finding.found, std::move(finding.rule), finding.black_box, std::move(finding.measures)};
}

FitOptions fit_options(const JobTraining& training) {
  FitOptions options;
  options.epochs = training.epochs;
  options.batch = training.batch;
  options.optimiser = training.sgd ? Optimiser::kSgd : Optimiser::kAdam;
  options.rate = training.rate;
  options.seed = training.seed;
  return options;
}

std::function<bool(const FitProgress&)> told(const JobWatch& watch, const std::string& doing) {
  if (!watch) return {};
  return [&watch, doing](const FitProgress& at) {
    const double epochs = at.epoch + static_cast<double>(at.batch) / static_cast<double>(at.batches);
    return watch(doing, epochs / at.epochs);
  };
}

}  // namespace freezenet::ownership
