#include "training/ownership/commands/extract_job.h"

#include <chrono>

#include "training/ownership/commands/job_parts.h"
#include "training/ownership/query_client.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

namespace {

/// Share of the samples that the suspect's answers get right.
Result<double> answered_accuracy(const Suspect& suspect, const Samples& samples) {
  const auto scores = suspect.scores(samples.images);
  if (!scores) return tl::unexpected(scores.error());
  return (scores->argmax(1) == samples.labels).to(torch::kFloat64).mean().item<double>();
}

Result<Extracted> extract_from(const JobData& data, const Key& key, Suspect suspect, const JobWatch& watch) {
  const Samples probes = evaluation_of(data);
  suspect = watched(std::move(suspect), watch);
  const auto accuracy = answered_accuracy(suspect, probes);
  if (!accuracy) return tl::unexpected(accuracy.error());
  auto finding = key.extract(suspect, probes);
  if (!finding) return tl::unexpected(finding.error());
  return Extracted{*accuracy, shown(std::move(*finding))};
}

Result<Extracted> extract_any(const JobData& data, const Key& key, const ExtractOrder& order, const JobWatch& watch) {
  if (order.command.empty()) {
    if (!order.model) return reject(RejectCode::kConfig, "there is neither a model nor a program to ask");
    const auto model = classifier_of(data, *order.model);
    return extract_from(data, key, white_box(*model), watch);
  }
  // A program may take its time for an answer, and a person need not wait for that to stop.
  const auto client =
      QueryClient::start(order.command, std::chrono::minutes(1), [&watch] { return !watch || watch("asking", -1); });
  if (!client) return tl::unexpected(client.error());
  if ((*client)->shape() != fresh_classifier(data, 0)->shape()) {
    return reject(RejectCode::kConfig, "the program answers for another shape of images or number of classes than '" +
                                           data.task.name + "' has");
  }
  return extract_from(data, key, (*client)->suspect(), watch);
}

}  // namespace

Result<Extracted> run_extract(const JobData& data, const Key& key, const ExtractOrder& order, const JobWatch& watch) {
  return guarded([&] { return extract_any(data, key, order, watch); });
}

}  // namespace freezenet::ownership
