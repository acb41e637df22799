#pragma once

#include "training/dataset/dataset.h"

namespace freezenet::training {

/// UCI handwritten digits, 1,797 real 8x8 images with pixels 0..16, linked into the program: a network of one's own
/// needs no download. Origin and licence are in training/dataset/data/README.md.
ByteView digits_bytes();
/// digits_bytes() under the specification of the digits task. kBadDataset only where the build itself is damaged.
Result<Dataset> digits_dataset();
/// The embedded dataset of this root. kNotFound where none is.
Result<Dataset> embedded_dataset(const DatasetSpec& spec);

}  // namespace freezenet::training
