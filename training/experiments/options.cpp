#include "training/experiments/options.h"

#include <algorithm>
#include <cmath>

#include "consensus/task.h"

namespace freezenet::experiments {

namespace {

constexpr unsigned kMaxEpochs = 10'000, kMaxSeeds = 1000;

template <typename T>
void fill(std::vector<T>& values, std::vector<T> otherwise) {
  if (values.empty()) values = std::move(otherwise);
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::ranges::any_of(words, [&](const char* one) { return word == one; });
}

/// In percent, as they are published.
std::vector<std::uint32_t> percent(std::initializer_list<double> values) {
  std::vector<std::uint32_t> ppm;
  for (const double value : values) ppm.push_back(static_cast<std::uint32_t>(std::lround(value * 10'000)));
  return ppm;
}

std::vector<std::uint32_t> ratios_of(Experiment experiment, bool quick) {
  switch (experiment) {
    case Experiment::kWeakTampering:
      return quick ? percent({.2, 1, 5, 10, 50}) : percent({.1, .2, .4, .6, 1, 2, 3.1, 5.1, 10, 20, 50, 90});
    case Experiment::kStrongTampering: return quick ? percent({10, 50}) : percent({10, 30, 50, 70, 90});
    default: return quick ? percent({0, 10, 50, 90}) : percent({0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
  }
}

Result<> check(const ExperimentOptions& o) {
  if (!is_one_of(o.dataset, {"digits", "mnist", "cifar10"})) {
    return reject(RejectCode::kConfig, "no dataset " + o.dataset + ": digits, mnist or cifar10");
  }
  if (o.dataset != "digits" && o.data.empty()) {
    return reject(RejectCode::kConfig, "--data names the folder with the files of " + o.dataset);
  }
  if (!is_one_of(o.network, {"seed", "cnn"}))
    return reject(RejectCode::kConfig, "no network " + o.network + ": seed or cnn");
  if (o.epochs > kMaxEpochs) return reject(RejectCode::kConfig, "at most 10000 epochs");
  if (o.seeds > kMaxSeeds) return reject(RejectCode::kConfig, "at most 1000 seeds");
  if (o.first_seed > UINT64_MAX - o.seeds)
    return reject(RejectCode::kConfig, "the last of --seeds after --first-seed must be below 2^64");
  if (o.samples < 0 || o.evaluation < 0) return reject(RejectCode::kConfig, "a number of samples is not negative");
  if (std::ranges::any_of(o.ratios, [](std::uint32_t ppm) { return ppm > kOneMillion; })) {
    return reject(RejectCode::kConfig, "a ratio is at most 100%");
  }
  const bool measures_marks =
      o.experiment == Experiment::kWeakTampering || o.experiment == Experiment::kStrongTampering;
  if (measures_marks && o.ratios.back() == 0)
    return reject(RejectCode::kConfig, std::string(name(o.experiment)) + " needs a ratio above 0");
  for (const std::string& values : o.values) {
    if (!is_one_of(values, {"unit", "fan-in"}))
      return reject(RejectCode::kConfig, "no values " + values + ": unit or fan-in");
  }
  const auto is_rate = [](double rate) { return rate > 0 && rate <= kMaxRate; };
  if (!std::ranges::all_of(o.rates, is_rate))
    return reject(RejectCode::kConfig, "a learning rate is above 0, at most 16");
  const auto is_share = [](double share) { return share > 0 && share <= 1; };
  if (!std::ranges::all_of(o.shares, is_share))
    return reject(RejectCode::kConfig, "a share of the data is above 0, at most 1");
  if (o.out.empty()) return reject(RejectCode::kConfig, "--out names the folder for tables and report");
  return {};
}

}  // namespace

std::string_view name(Experiment experiment) {
  switch (experiment) {
    case Experiment::kLearningAbility: return "learning-ability";
    case Experiment::kWeakTampering: return "weak-tampering";
    case Experiment::kStrongTampering: return "strong-tampering";
    case Experiment::kRobustness: return "robustness";
    case Experiment::kPiracy: return "piracy";
  }
  return "";
}

Result<ExperimentOptions> resolve(ExperimentOptions o) {
  const bool of_schemes = o.experiment == Experiment::kRobustness || o.experiment == Experiment::kPiracy;
  const bool digits = o.dataset == "digits";
  if (o.network.empty()) o.network = of_schemes ? "cnn" : "seed";
  if (o.epochs == 0) o.epochs = o.quick ? 5 : of_schemes ? 15 : digits ? 30 : 15;
  if (o.seeds == 0) o.seeds = o.quick ? 1 : 3;
  fill(o.ratios, ratios_of(o.experiment, o.quick));
  fill(o.values, o.quick ? std::vector<std::string>{"unit"} : std::vector<std::string>{"unit", "fan-in"});
  fill(o.rates, o.quick ? std::vector<double>{1e-3} : std::vector<double>{1e-4, 1e-3, 1e-2});
  fill(o.shares, o.quick ? std::vector<double>{.2} : std::vector<double>{.05, .2, .5});
  std::ranges::sort(o.ratios);
  o.ratios.erase(std::unique(o.ratios.begin(), o.ratios.end()), o.ratios.end());
  if (auto checked = check(o); !checked) return tl::unexpected(checked.error());
  return o;
}

}  // namespace freezenet::experiments
