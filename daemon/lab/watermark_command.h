#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "training/trainable_tensors.h"

namespace freezenet::lab {

/// `freezenet-lab watermark` as values.
struct WatermarkOptions {
  std::filesystem::path model;
  /// One of these says whose watermark it is.
  std::optional<std::string> text;            ///< its SHA-256 is the seed
  std::optional<std::filesystem::path> file;  ///< the SHA-256 of its bytes
  std::optional<std::string> header;          ///< the candidate hash of a block's header in hexadecimal
  std::optional<std::uint64_t> size;
  std::optional<std::string> ratio;  ///< a decimal above 0, at most 1, of at most six places
  std::string values = "uniform", placement = "global";
  double tolerance = 0;
  std::optional<std::filesystem::path> out;
};

/// A decimal from 0.000001 to 1 in millionths; nullopt for all else, what has more places included.
std::optional<std::uint32_t> ppm_from_ratio(const std::string& text);

/// A model's file with the watermark that belongs to it.
struct PlacedWatermark {
  Bytes file;
  training::TensorFile layout;
  training::TrainableTensors model;
  std::vector<float> weights;  ///< of the file, before anything is stamped
  Hash256 seed;
  training::FlatWatermarkOptions recipe;
  training::FlatWatermark watermark;
};
/// Reads the model and derives the watermark. kConfig, the rejects of read_tensor_file() with the file's name,
/// kNotFound, kTooLarge, kStorage.
Result<PlacedWatermark> place(const WatermarkOptions& options);

/// Writes the model with the watermark to options.out, whole or not at all; never over what was read. All other bytes
/// of the file stay, but for a model root in its metadata, which is renewed.
Result<PlacedWatermark> sign(const WatermarkOptions& options);

struct Verified {
  PlacedWatermark placed;
  training::FlatWatermarkCheck check;
  /// Bound on the probability, as a power of ten, that a model passes which was made without knowing the seed.
  double log10_chance = 0;
};
/// kConfig also for a tolerance that is no number, below 0, or so large that any model passes.
Result<Verified> verify(const WatermarkOptions& options);

}  // namespace freezenet::lab
