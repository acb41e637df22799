#include "tests/bench/networks.h"

#include <cstdio>
#include <cstdlib>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "training/work.h"

namespace freezenet::bench {
namespace {

/// Bytes over 255 around zero.
InputTable centred() {
  InputTable table{};
  for (std::size_t v = 0; v < table.size(); ++v) table[v] = (static_cast<float>(v) - 127.5F) / 127.5F;
  return table;
}

Conv2d conv3(std::uint32_t filters) { return {.out_channels = filters, .kernel = 3, .stride = 1, .padding = 1}; }

Task network(const char* name, std::uint32_t channels, std::uint32_t side, std::uint32_t batch) {
  Task task;
  task.name = name;
  task.dataset.name = name;
  task.dataset.channels = channels;
  task.dataset.height = side;
  task.dataset.width = side;
  task.dataset.classes = 10;
  task.dataset.train_count = batch;
  task.dataset.evaluation_count = 1;
  task.inputs.assign(channels, centred());
  task.batch = batch;
  task.steps = 32;
  task.momentum = 0.9F;
  task.rate_period = 1'000'000;
  task.rates = {0.01F};
  task.watermark_ppm = 50'000;
  task.evaluation_slice = 1;
  return task;
}

}  // namespace

Task mnist_network() {
  Task task = network("mnist", 1, 28, 128);
  task.layers = {conv3(32),     Relu{},    MaxPool{2, 2}, conv3(64), Relu{},
                 MaxPool{2, 2}, Flatten{}, Linear{128},   Relu{},    Linear{10}};
  return task;
}

Task cifar_network() {
  Task task = network("cifar10", 3, 32, 64);
  for (const std::uint32_t filters : {32U, 64U, 128U, 256U}) {
    for (int i = 0; i < 2; ++i) {
      task.layers.insert(task.layers.end(), {conv3(filters), GroupNorm{.groups = 8, .epsilon = 1e-5F}, Relu{}});
    }
    task.layers.emplace_back(MaxPool{2, 2});
  }
  task.layers.insert(task.layers.end(), {Flatten{}, Linear{128}, Relu{}, Linear{10}});
  return task;
}

training::Dataset random_dataset(Task& task, std::uint32_t train, std::uint32_t evaluation) {
  DatasetSpec& spec = task.dataset;
  spec.train_count = train;
  spec.evaluation_count = evaluation;
  task.evaluation_slice = evaluation;
  const std::size_t sample = training::canonical_sample_size(spec);
  Bytes bytes(sample * (train + evaluation));
  Stream stream(sha256(as_bytes(task.name.c_str())), "bench", 0);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i % sample == 0 ? stream.bounded(spec.classes) : stream.next_u32() >> 24);
  }
  spec.root = chunked_root(bytes);
  auto dataset = training::Dataset::from_canonical(spec, std::move(bytes));
  if (!dataset) {
    std::fprintf(stderr, "random dataset: %s\n", dataset.error().message().c_str());
    std::abort();
  }
  return *std::move(dataset);
}

double step_multiply_adds(const Task& task, const Plan& plan) {
  // Forward and two gradients; the first layer has nothing in front of it that wants one.
  const std::uint64_t first = training::multiply_adds(task.layers[0], plan.activations[0], plan.activations[1]);
  return static_cast<double>(3 * training::multiply_adds(task, plan) - first) * task.batch;
}

std::uint64_t activation_floats(const Task& task, const Plan& plan) {
  std::uint64_t a_sample = plan.activations[0].size();
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    const bool in_place =
        std::holds_alternative<Relu>(task.layers[i]) || std::holds_alternative<Flatten>(task.layers[i]);
    if (!in_place) a_sample += plan.activations[i + 1].size();
  }
  return a_sample * task.batch;
}

}  // namespace freezenet::bench
