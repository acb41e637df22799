#include "daemon/lab/checkpoint.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <string>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "training/safetensors.h"

namespace freezenet::lab {

namespace {

constexpr const char* kFormat = "freezenet-lab-checkpoint-1";
// Far beyond any run, and a double still counts them one by one.
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 50;

/// The model's tensors and behind them the momentum's, as one buffer.
std::vector<TensorSpec> tensors_of(const Plan& plan) {
  std::vector<TensorSpec> tensors = plan.tensors;
  for (TensorSpec tensor : plan.tensors) {
    tensor.name = "momentum." + tensor.name;
    tensor.offset += plan.parameters;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

template <typename Real>
std::string bits_text(Real value) {
  using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  std::string digits(16, '0');
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::bit_cast<Bits>(value), 16).ptr;
  digits.resize(static_cast<std::size_t>(end - digits.data()));
  return digits;
}

/// Reads the metadata of a checkpoint; remembers the first thing that is wrong.
class Fields {
 public:
  explicit Fields(const training::Metadata& metadata) : metadata_(metadata) {}

  std::string text(const std::string& key) {
    const auto found = metadata_.find(key);
    if (found != metadata_.end()) return found->second;
    report(key + " is missing");
    return {};
  }
  std::uint64_t number(const std::string& key, std::uint64_t maximum, int base = 10) {
    return parse(key, text(key), maximum, base);
  }
  double real(const std::string& key) {
    const double value = std::bit_cast<double>(number(key, UINT64_MAX, 16));
    if (!(std::isfinite(value) && value >= 0)) report(key + " is not a number that a run can have");
    return value;
  }
  std::vector<float> rates() {
    std::vector<float> rates;
    const std::string all = text("rates");
    for (std::size_t at = 0; at < all.size() && rates.size() <= kMaxRates;) {
      const std::size_t end = std::min(all.find(',', at), all.size());
      rates.push_back(
          std::bit_cast<float>(static_cast<std::uint32_t>(parse("rates", all.substr(at, end - at), UINT32_MAX, 16))));
      if (!(rates.back() > 0 && rates.back() <= kMaxRate)) report("rates has a value out of range");
      at = end + 1;
    }
    if (rates.empty() || rates.size() > kMaxRates) report("rates is not a list of 1 to 1024 values");
    return rates;
  }
  void report(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::uint64_t parse(const std::string& key, const std::string& text, std::uint64_t maximum, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size() || value > maximum) report(key + " is out of range");
    return value;
  }

  const training::Metadata& metadata_;
  std::string problem_;
};

Result<Checkpoint> read_metadata(const Task& task, const training::Metadata& metadata, const Hash256& content) {
  Fields in(metadata);
  if (in.text("format") != kFormat)
    return reject(RejectCode::kBadEncoding,
                  "the file is not a checkpoint of freezenet-lab (" + std::string(kFormat) + ")");
  if (in.text("task_id") != to_hex(task.id()))
    return reject(RejectCode::kWrongTask, "the checkpoint is of another task than '" + task.name +
                                              "', or of that task with "
                                              "other settings");
  if (in.text("content_root") != to_hex(content))
    return reject(RejectCode::kWrongModelRoot,
                  "the checkpoint's numbers are not those that were written: it is damaged");
  Checkpoint checkpoint;
  const auto seed = hash_from_hex(in.text("seed"));
  if (!seed) in.report("seed is not a hash");
  checkpoint.settings.seed = seed.value_or(Hash256{});
  checkpoint.settings.watermark_ppm = static_cast<std::uint32_t>(in.number("watermark_ppm", kOneMillion));
  checkpoint.settings.rates = in.rates();
  checkpoint.steps = in.number("steps", kMaxCount);
  checkpoint.seconds = in.real("seconds");
  checkpoint.tally.loss_sum = in.real("tally_loss");
  checkpoint.tally.batches = in.number("tally_batches", kMaxCount);
  checkpoint.tally.samples = in.number("tally_samples", kMaxCount);
  checkpoint.tally.correct = in.number("tally_correct", checkpoint.tally.samples);
  if (!in.problem().empty()) return reject(RejectCode::kBadEncoding, "the checkpoint is damaged: " + in.problem());
  return checkpoint;
}

}  // namespace

Bytes write_checkpoint(const Task& task, const Plan& plan, const TrainingRun& run, double seconds) {
  std::vector<float> both(run.weights().begin(), run.weights().end());
  both.insert(both.end(), run.momentum().begin(), run.momentum().end());
  std::string rates;
  for (const float rate : run.settings().rates) rates += (rates.empty() ? "" : ",") + bits_text(rate);
  const Tally& tally = run.tally();
  return training::write_safetensors(tensors_of(plan), both,
                                     {{"format", kFormat},
                                      {"task", task.name},
                                      {"task_id", to_hex(task.id())},
                                      {"content_root", to_hex(chunked_root(as_bytes(std::span<const float>(both))))},
                                      {"seed", to_hex(run.settings().seed)},
                                      {"watermark_ppm", std::to_string(run.settings().watermark_ppm)},
                                      {"rates", rates},
                                      {"steps", std::to_string(run.steps_done())},
                                      {"seconds", bits_text(seconds)},
                                      {"tally_loss", bits_text(tally.loss_sum)},
                                      {"tally_batches", std::to_string(tally.batches)},
                                      {"tally_samples", std::to_string(tally.samples)},
                                      {"tally_correct", std::to_string(tally.correct)}});
}

std::uint64_t max_checkpoint_bytes(const Plan& plan) {
  return sizeof(std::uint64_t) + training::kMaxSafetensorsHeader + 2 * plan.model_bytes();
}

Result<Checkpoint> read_checkpoint(const Task& task, const Plan& plan, ByteView file) {
  const auto read = training::read_safetensors(tensors_of(plan), file);
  if (!read) return tl::unexpected(read.error());
  auto checkpoint = read_metadata(task, read->metadata, chunked_root(as_bytes(std::span<const float>(read->weights))));
  if (!checkpoint) return checkpoint;
  const auto middle = read->weights.begin() + static_cast<std::ptrdiff_t>(plan.parameters);
  checkpoint->weights.assign(read->weights.begin(), middle);
  checkpoint->momentum.assign(middle, read->weights.end());
  return checkpoint;
}

}  // namespace freezenet::lab
