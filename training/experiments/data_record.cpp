#include "training/experiments/data_record.h"

#include "consensus/base/hex.h"

namespace freezenet::experiments {

Result<PointTable> open_data_record(const std::filesystem::path& folder, const std::string& dataset,
                                    std::int64_t evaluation, const Hash256& bytes) {
  auto table = PointTable::open(folder / "data.csv", {"dataset", "evaluation", "sha256"}, 1);
  if (!table) return table;
  const PointTable::Row values = {std::to_string(evaluation), to_hex(bytes)};
  const PointTable::Row* there = table->find({dataset});
  if (there == nullptr) {
    if (auto added = table->add({dataset}, values); !added) return tl::unexpected(added.error());
    return table;
  }
  const std::string was = folder.string() + " is for points of " + dataset;
  if ((*there)[2] != values[1])
    return reject(RejectCode::kConfig, was + " from other files (data.csv there): name another folder with --out");
  if ((*there)[1] != values[0]) {
    return reject(RejectCode::kConfig, was + " that were evaluated on " + (*there)[1] +
                                           " samples (data.csv there), and this run would on " + values[0] +
                                           ": name another folder with --out, or take the same --evaluation");
  }
  return table;
}

}  // namespace freezenet::experiments
