#include <array>
#include <cstdio>

#include "consensus/crypto/sha256.h"
#include "consensus/watermark.h"
#include "tests/bench/our_step.h"
#include "tests/bench/rows.h"
#include "tests/bench/training/torch/stock_network.h"

namespace freezenet::bench {
namespace {

// So small that the hundreds of steps on one batch that are timed leave the network where it began: gradients of a
// batch that is learnt by heart are no gradients of training.
constexpr float kRate = 1e-5F;

void against_stock(Report& report, const Effort& effort, const std::string& key, Task task) {
  report.progress(key);
  OurStep ours(std::move(task), 2);
  if (const auto ok = ours.run(kRate, {}); !ok) return report.failed(key, ours.task().name, ok.error().message());
  StockNetwork stock(ours.task(), ours.plan(), ours.weights());
  stock.set_batch(ours.pixels(), ours.labels());
  const auto theirs = [&](unsigned blas) {
    return [&stock, blas] {
      set_stock_threads(2, blas);
      stock.step(kRate);
    };
  };
  const std::array<Call, 2> settings{theirs(1), theirs(2)};
  const Paired paired = compare([&] { ours.run_or_throw(kRate, {}); }, settings, effort);

  const double batch = ours.task().batch;
  char detail[120];
  std::snprintf(detail, sizeof detail, "ours %.0f, LibTorch %.0f samples/s (OpenBLAS with %zu)", batch / paired.ours,
                batch / paired.theirs, paired.which + 1);
  report.add(key, "batch " + std::to_string(ours.task().batch) + ", 2 t", paired.ratio, detail);
}

void against_peak(Report& report, const Effort& effort, const GemmPeak& peak) {
  constexpr const char* kKey = "step_over_gemm_peak";
  report.progress(kKey);
  OurStep step(cifar_network(), 2);
  const std::string name = step.task().name;
  if (const auto ok = step.run(kRate, {}); !ok) return report.failed(kKey, name, ok.error().message());
  const double work = step_multiply_adds(step.task(), step.plan());
  const Paired paired = compare([&] { step.run_or_throw(kRate, {}); }, peak.call(), effort);
  const double scale = work / peak.size.work();
  char detail[120];
  std::snprintf(detail, sizeof detail, "%.1f of %.1f GFLOP/s (%zux%zux%zu by %s)", 2e-9 * work / paired.ours,
                2e-9 * peak.size.work() / paired.theirs, peak.size.rows, peak.size.cols, peak.size.depth,
                peak.ours ? "ours" : "OpenBLAS");
  report.add(kKey, name + ", 2 t", {scale * paired.ratio.median, scale * paired.ratio.low, scale * paired.ratio.high},
             detail);
}

}  // namespace

void step_rows(Report& report, const Effort& effort, const Effort& fine, const GemmPeak& peak) {
  against_stock(report, effort, "step_mnist_vs_libtorch", mnist_network());
  against_stock(report, effort, "step_cifar_vs_libtorch", cifar_network());
  if (peak.rate > 0) against_peak(report, fine, peak);
}

/// Masks of 5% and 70%, drawn as a watermark is, against none. Both sides are one engine, so that no run has to wait
/// for another library's threads to fall asleep: turns of a step or two, and three times as many.
void mask_rows(Report& report, const Effort& fine) {
  const Effort effort{.pairs = 3 * fine.pairs, .seconds = 0.05, .warm_up = 0};
  struct Mask {
    const char* key;
    std::uint32_t ppm;
  };
  for (const Mask& mask : {Mask{"step_watermark5_over_none", 50'000}, Mask{"step_watermark70_over_none", 700'000}}) {
    for (const bool cifar : {false, true}) {
      OurStep step(cifar ? cifar_network() : mnist_network(), 2);
      const std::string name = step.task().name;
      report.progress(std::string(mask.key) + ", " + name);
      const std::vector<std::uint8_t> frozen =
          frozen_mask(derive_watermark(step.plan(), mask.ppm, sha256(as_bytes("mask"))), step.plan());
      if (const auto ok = step.run(kRate, frozen); !ok) {
        report.failed(mask.key, name, ok.error().message());
        continue;
      }
      const Paired paired =
          compare([&] { step.run_or_throw(kRate, frozen); }, [&] { step.run_or_throw(kRate, {}); }, effort);
      char detail[80];
      std::snprintf(detail, sizeof detail, "%.3f ms with, %.3f ms without", 1e3 * paired.ours, 1e3 * paired.theirs);
      report.add(mask.key, name + ", 2 t", paired.ratio, detail);
    }
  }
}

}  // namespace freezenet::bench
