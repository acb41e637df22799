#pragma once

#include "consensus/base/bytes.h"
#include "training/experiments/point_table.h"

namespace freezenet::experiments {

/// What the rows of a folder are over beyond their own columns: how many samples each model is evaluated on, and the
/// SHA-256 of the dataset's canonical bytes. File data.csv, a row a dataset. Open while a run lasts, it keeps other
/// runs out of the folder.
///
/// kConfig: the folder is for other samples of this dataset, or another run is writing; kStorage. Where the folder does
/// not say yet, these are what it is for.
Result<PointTable> open_data_record(const std::filesystem::path& folder, const std::string& dataset,
                                    std::int64_t evaluation, const Hash256& bytes);

}  // namespace freezenet::experiments
