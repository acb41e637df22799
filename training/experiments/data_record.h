#pragma once

#include "consensus/base/bytes.h"
#include "training/experiments/point_table.h"

namespace freezenet::experiments {

/// What the rows of a folder are over beyond their own columns: how many samples each model is evaluated on, and the
/// SHA-256 of the dataset's canonical bytes. File data.csv, a row a dataset. Open while a run lasts, it keeps other
/// runs out of the folder.
///
/// kConfig: rows of this dataset there are over other samples, or another run is writing; kStorage. Where the folder
/// has no row of the dataset, this run's is added.
Result<PointTable> open_data_record(const std::filesystem::path& folder, const std::string& dataset,
                                    std::int64_t evaluation, const Hash256& bytes);

}  // namespace freezenet::experiments
