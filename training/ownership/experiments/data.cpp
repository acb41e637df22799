#include "training/ownership/experiments/data.h"

#include <algorithm>

#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/dataset/folder.h"

namespace freezenet::experiments {

namespace {

using ownership::Samples;

/// Samples [begin, begin + count) of canonical bytes, not standardised yet. The bytes are copied.
Samples raw_samples(const DatasetSpec& spec, ByteView canonical, std::int64_t begin, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(training::canonical_sample_size(spec));
  const ByteView part =
      canonical.subspan(static_cast<std::size_t>(begin * size), static_cast<std::size_t>(count * size));
  // LibTorch has no view of constant memory; nothing is written through this one.
  const torch::Tensor bytes = torch::from_blob(const_cast<std::uint8_t*>(part.data()), {count, size}, torch::kUInt8);
  return {bytes.slice(1, 1).to(torch::kFloat32).reshape({count, spec.channels, spec.height, spec.width}),
          bytes.select(1, 0).to(torch::kInt64)};
}

Result<ExperimentData> from_canonical(const DatasetSpec& spec, ByteView canonical, const ExperimentOptions& options) {
  const auto wanted = [](std::int64_t asked, std::uint32_t there) {
    return asked == 0 ? std::int64_t{there} : std::min<std::int64_t>(asked, there);
  };
  const std::int64_t train = wanted(options.samples, spec.train_count);
  const std::int64_t evaluation = wanted(options.evaluation, spec.evaluation_count);
  if (train == 0 || evaluation == 0) return reject(RejectCode::kBadDataset, "a split of the dataset is empty");
  ExperimentData data;
  data.bytes = sha256(canonical);
  data.shape = {spec.channels, spec.height, spec.width, spec.classes};
  data.train = raw_samples(spec, canonical, 0, train);
  data.evaluation = raw_samples(spec, canonical, spec.train_count, evaluation);
  const torch::Tensor mean = data.train.images.mean(at::IntArrayRef{0, 2, 3}, true);
  // Of all pixels of a channel; one that never changes stays as it is.
  const torch::Tensor variance = (data.train.images - mean).square().mean(at::IntArrayRef{0, 2, 3}, true);
  const torch::Tensor deviation = torch::where(variance > 0, variance.sqrt(), torch::ones_like(variance));
  for (Samples* split : {&data.train, &data.evaluation}) split->images.sub_(mean).div_(deviation);
  return data;
}

}  // namespace

Result<ExperimentData> load_experiment_data(const ExperimentOptions& options) {
  if (options.dataset == "digits") {
    return from_canonical(digits_task().dataset, training::digits_bytes(), options);
  }
  const auto format = options.dataset == "cifar10" ? training::FolderFormat::kCifar10 : training::FolderFormat::kIdx;
  const auto folder = training::read_dataset_folder(options.data, format);
  if (!folder) return tl::unexpected(folder.error());
  return from_canonical(folder->spec, folder->canonical, options);
}

}  // namespace freezenet::experiments
