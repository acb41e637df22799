#pragma once

#include "training/experiments/options.h"
#include "training/ownership/classifier.h"
#include "training/ownership/samples.h"

namespace freezenet::experiments {

/// The data of an experiment: each channel standardised by mean and deviation of the training samples that are used.
struct ExperimentData {
  ownership::Shape shape;
  ownership::Samples train, evaluation;
  Hash256 bytes;  ///< SHA-256 of the dataset's canonical bytes, of all samples whatever is used
};

/// What options name. The rejects of read_dataset_folder(); kBadDataset where a split has no sample. Memory: four bytes
/// a pixel, beside the canonical bytes for a moment.
Result<ExperimentData> load_experiment_data(const ExperimentOptions& options);

}  // namespace freezenet::experiments
