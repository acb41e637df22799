#include "daemon/lab/watermark_command.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "consensus/base/hex.h"
#include "consensus/block.h"
#include "consensus/watermark.h"
#include "daemon/durable_file.h"
#include "daemon/lab/misuse.h"
#include "daemon/lab/output_file.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxModelFile = std::uint64_t{1} << 35;
constexpr double kLargestLog10Chance = -6;  ///< as for an owner's watermark
constexpr std::uint64_t kMaxDataFile = std::uint64_t{1} << 30;

Result<Hash256> header_seed(const std::string& hex) {
  const auto bytes = bytes_from_hex(hex);
  // A sealed header begins with its candidate.
  if (!bytes || (bytes->size() != CandidateHeader::kSize && bytes->size() != SealedHeader::kSize)) {
    return wrong(
        "--header takes a block's header in hexadecimal: the 184 bytes of a candidate, or the 312 of a sealed one");
  }
  Reader in(ByteView(*bytes).first(CandidateHeader::kSize));
  return CandidateHeader::read(in).candidate_hash();
}

Result<Hash256> seed_of(const WatermarkOptions& options) {
  if (int{options.text.has_value()} + int{options.file.has_value()} + int{options.header.has_value()} != 1)
    return wrong("whose watermark? give one of --data, --data-file and --header");
  if (options.header) return header_seed(*options.header);
  if (options.file) {
    const auto bytes = daemon::read_file(*options.file, kMaxDataFile);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->empty()) return wrong(options.file->string() + " is empty: everybody has that");
    return training::flat_watermark_seed(*bytes);
  }
  if (options.text->empty()) return wrong("--data is empty: everybody has that");
  return training::flat_watermark_seed(
      {reinterpret_cast<const std::uint8_t*>(options.text->data()), options.text->size()});
}

Result<training::FlatWatermarkOptions> recipe_of(const WatermarkOptions& options) {
  training::FlatWatermarkOptions recipe;
  if (options.size.has_value() == options.ratio.has_value())
    return wrong("how much of the model? give --size K or --ratio R");
  recipe.size = options.size;
  if (options.ratio) {
    const auto ppm = ppm_from_ratio(*options.ratio);
    if (!ppm) return wrong("--ratio is a decimal from 0.000001 to 1, of six places at most");
    recipe.ppm = *ppm;
  }
  if (options.values == "fan-in")
    recipe.values = training::WatermarkValues::kFanIn;
  else if (options.values != "uniform")
    return wrong("--values is uniform or fan-in");
  if (options.placement == "per-tensor")
    recipe.placement = training::Placement::kPerTensor;
  else if (options.placement != "global")
    return wrong("--placement is global or per-tensor");
  return recipe;
}

/// The least of the values' scales: a tolerance that is not below it lets the weights of any model pass.
double smallest_scale(const PlacedWatermark& placed) {
  double least = 1;
  if (placed.recipe.values == training::WatermarkValues::kUnit) return least;
  for (const training::FlatTensor& tensor : placed.model.tensors) {
    if (tensor.shape.size() >= 2) least = std::min(least, static_cast<double>(fan_in_scale(tensor.fan_in())));
  }
  return least;
}

}  // namespace

std::optional<std::uint32_t> ppm_from_ratio(const std::string& text) {
  constexpr std::size_t kPlaces = 6;
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  std::string part = point == std::string::npos ? "" : text.substr(point + 1);
  const bool digits = (whole + part).find_first_not_of("0123456789") == std::string::npos;
  if (!digits || whole.empty() || whole.size() > 1 || part.size() > kPlaces) return std::nullopt;
  if (point != std::string::npos && part.empty()) return std::nullopt;
  part.resize(kPlaces, '0');
  const auto ppm = static_cast<std::uint32_t>(std::stoul(whole + part));
  if (ppm == 0 || ppm > kOneMillion) return std::nullopt;
  return ppm;
}

Result<PlacedWatermark> place(const WatermarkOptions& options) {
  PlacedWatermark placed;
  const auto recipe = recipe_of(options);
  if (!recipe) return tl::unexpected(recipe.error());
  placed.recipe = *recipe;
  const auto seed = seed_of(options);
  if (!seed) return tl::unexpected(seed.error());
  placed.seed = *seed;
  auto file = daemon::read_file(options.model, kMaxModelFile);
  if (!file) return tl::unexpected(file.error());
  placed.file = std::move(*file);
  const auto about = [&](const Reject& why) { return reject(why.code, options.model.string() + ": " + why.detail); };
  auto layout = training::read_tensor_file(placed.file);
  if (!layout) return about(layout.error());
  placed.layout = std::move(*layout);
  auto model = training::trainable_tensors(placed.layout);
  if (!model) return about(model.error());
  placed.model = std::move(*model);
  auto watermark = training::derive_flat_watermark(placed.model.tensors, placed.recipe, placed.seed);
  if (!watermark) return about(watermark.error());
  placed.watermark = std::move(*watermark);
  placed.weights = training::read_weights(placed.model, placed.file);
  return placed;
}

Result<PlacedWatermark> sign(const WatermarkOptions& options) {
  if (!options.out) return wrong("sign writes a model of its own: name it with --out FILE");
  if (auto apart = check_apart("--out", *options.out, {options.model, options.file}); !apart)
    return tl::unexpected(apart.error());
  if (auto checked = check_output("--out", *options.out); !checked) return tl::unexpected(checked.error());
  auto placed = place(options);
  if (!placed) return placed;
  std::vector<float> weights = placed->weights;
  training::apply_flat_watermark(placed->watermark, weights);
  Bytes signed_file = placed->file;
  training::write_weights(placed->model, weights, signed_file);
  training::renew_model_root(placed->layout, placed->file, signed_file);
  if (auto written = daemon::write_durably(*options.out, signed_file, 0644); !written)
    return tl::unexpected(written.error());
  return placed;
}

Result<Verified> verify(const WatermarkOptions& options) {
  if (!(options.tolerance >= 0)) return wrong("--tolerance is a number from 0 up");
  auto placed = place(options);
  if (!placed) return tl::unexpected(placed.error());
  const double scale = smallest_scale(*placed);
  if (options.tolerance >= scale) {
    char limit[32];
    std::snprintf(limit, sizeof limit, "%.6g", scale);
    return wrong("a weight of 0 is within such a --tolerance of every value, so any model would pass: it is below " +
                 std::string(limit));
  }
  const auto tolerance = static_cast<float>(options.tolerance);
  const auto check = training::check_flat_watermark(placed->watermark, placed->weights, tolerance);
  // A value is one of 2^24, evenly over twice its scale: so much of that lies within the tolerance of one weight.
  const double one = std::min(1.0, options.tolerance / scale + 0x1p-24);
  const double chance = static_cast<double>(check.positions) * std::log10(one);
  if (chance > kLargestLog10Chance) {
    char text[64];
    std::snprintf(text, sizeof text, "10^%.1f", chance);
    return wrong("a model without this watermark could pass with a chance of " + std::string(text) +
                 ", and a verdict wants one below 10^-6: take more positions, or a smaller --tolerance");
  }
  return Verified{std::move(*placed), check, chance};
}

}  // namespace freezenet::lab
