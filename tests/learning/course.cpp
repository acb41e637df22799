#include "tests/learning/course.h"

#include <algorithm>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "consensus/watermark.h"
#include "tests/bench/networks.h"
#include "training/dataset/digits.h"
#include "training/dataset/folder.h"

namespace freezenet::learning {
namespace {

Hash256 seed_of(std::uint32_t seed) {
  Writer out;
  out.integer(seed);
  return tagged_hash("FreezeNet/learning", out.data());
}

}  // namespace

std::uint32_t Course::steps() const { return epochs * (task.dataset.train_count / task.batch); }

Result<Course> course_of(const std::string& name, const std::string& datasets) {
  if (name == "digits") {
    auto dataset = training::digits_dataset();
    if (!dataset) return tl::unexpected(dataset.error());
    return Course{digits_task(), *std::move(dataset), 10, 1.0};
  }
  Task task = name == "mnist" ? bench::mnist_network() : bench::cifar_network();
  auto folder = training::read_dataset_folder(datasets + "/" + name);
  if (!folder) return tl::unexpected(folder.error());
  const std::string dataset_name = task.dataset.name;
  task.dataset = folder->spec;
  task.dataset.name = dataset_name;
  task.dataset.root = chunked_root(folder->canonical);
  task.evaluation_slice = task.dataset.evaluation_count;
  // At the benchmark's rate the deep network stays at chance, where any two learners agree.
  if (name == "cifar10") task.rates = {0.002F};
  // A course has epochs and no segments; but a task must not take longer to score than to train.
  task.steps = std::max(task.steps, (task.evaluation_slice + task.batch - 1) / task.batch);
  auto dataset = training::Dataset::from_canonical(task.dataset, std::move(folder->canonical));
  if (!dataset) return tl::unexpected(dataset.error());
  if (const auto plan = plan_of(task); !plan) return tl::unexpected(plan.error());
  return Course{std::move(task), *std::move(dataset), 2, name == "mnist" ? 0.2 : 1.0};
}

Lesson::Lesson(const Course& course, std::uint32_t seed)
    : course_(course),
      seed_(seed_of(seed)),
      plan_(plan_of(course.task).value()),
      weights_(genesis_weights(plan_, seed_)) {
  const Watermark watermark = derive_watermark(plan_, course.task.watermark_ppm, seed_);
  apply_watermark(watermark, plan_, weights_);
  frozen_ = frozen_mask(watermark, plan_);
}

Lesson::Batch Lesson::next() {
  const std::uint32_t count = course_.task.dataset.train_count, batch = course_.task.batch;
  if (order_.empty() || used_ + batch > count) {
    order_ = Stream(seed_, "order", epoch_++).choose(count, count);
    used_ = 0;
  }
  Batch result;
  for (std::uint32_t i = 0; i < batch; ++i) {
    const std::uint32_t sample = order_[used_++];
    const ByteView pixels = course_.dataset.train_pixels(sample);
    result.pixels.insert(result.pixels.end(), pixels.begin(), pixels.end());
    result.labels.push_back(course_.dataset.train_label(sample));
  }
  return result;
}

}  // namespace freezenet::learning
