#pragma once

#include <optional>

#include "training/ownership/commands/job.h"

namespace freezenet::ownership {

/// Where a watermark is looked for.
struct ExtractOrder {
  /// The model in hand; without one there is only the program.
  std::optional<std::vector<float>> model;
  /// A program that answers queries on its standard input and output (training/query_protocol.h), with its arguments:
  /// a black box, of which nothing but its scores is seen. Empty: the model is looked at.
  std::vector<std::string> command;
};

struct Extracted {
  double accuracy = 0;  ///< on the evaluation split, by the same answers
  JobFinding finding;
};

/// Looks for the key's watermark with the evaluation split as probes. kConfig where the suspect is not of the key's
/// shape, or where the scheme reads weights and there is a program only; rejects of the program; kCancelled.
Result<Extracted> run_extract(const JobData& data, const Key& key, const ExtractOrder& order, const JobWatch& watch);

}  // namespace freezenet::ownership
