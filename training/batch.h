#pragma once

#include <cstdint>
#include <span>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/task.h"
#include "training/dataset/dataset.h"

namespace freezenet::training {

/// What a step trains on: the training samples of these numbers, each seen as the next draw of `augment` says (the
/// step's "augment" stream). Sizes: `labels` as `samples`, `pixels` a whole image for each.
void fill_batch(const Dataset& dataset, const Augmentation& augmentation, std::span<const std::uint32_t> samples,
                Stream& augment, std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels);

}  // namespace freezenet::training
