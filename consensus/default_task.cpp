#include "consensus/default_task.h"

#include <cstddef>

namespace freezenet {

namespace {

/// chunked_root of training/dataset/data/digits.bin, byte order.
constexpr Hash256 kDigitsRoot{{0xd3, 0xc5, 0x42, 0xf9, 0x36, 0x8b, 0xbc, 0x21, 0x70, 0x36, 0x4a,
                               0x8e, 0x33, 0xfc, 0x6f, 0xa7, 0x75, 0x4a, 0x52, 0xad, 0x70, 0xcc,
                               0x45, 0x18, 0x89, 0x8b, 0x0e, 0xa5, 0x4b, 0x07, 0x39, 0x8b}};

/// Pixels are counts 0..16 of set dots; dividing by a power of two is exact for all 256 bytes.
InputTable sixteenths() {
  InputTable table{};
  for (std::size_t v = 0; v < table.size(); ++v) table[v] = static_cast<float>(v) * 0x1p-4F;
  return table;
}

}  // namespace

Task digits_task() {
  Task task;
  task.name = "digits";
  task.dataset.name = "digits";
  task.dataset.channels = 1;
  task.dataset.height = 8;
  task.dataset.width = 8;
  task.dataset.classes = 10;
  task.dataset.train_count = 1437;
  task.dataset.evaluation_count = 360;
  task.dataset.root = kDigitsRoot;
  task.inputs = {sixteenths()};
  task.layers = {Conv2d{.out_channels = 16, .kernel = 3, .stride = 1, .padding = 1},
                 Relu{},
                 Conv2d{.out_channels = 32, .kernel = 3, .stride = 1, .padding = 1},
                 Relu{},
                 MaxPool{.kernel = 2, .stride = 2},
                 Flatten{},
                 Linear{.out_features = 64},
                 Relu{},
                 Linear{.out_features = 10}};
  task.batch = 32;
  task.steps = 32;
  task.momentum = 0.9F;
  task.weight_decay = 0.0F;
  task.label_smoothing = 0.05F;  // of 60 segments the gate refuses 4 or 5 with it, 11 to 29 without
  task.rate_period = 1'000'000;
  task.rates = {0.05F};
  task.watermark_ppm = 50'000;
  task.evaluation_slice = 360;
  task.margin_ppm = 20'000;
  task.target_num = 1;
  task.target_den = 1;
  return task;
}

}  // namespace freezenet
