#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <cblas.h>

#include "tests/bench/our_gemm.h"
#include "tests/bench/rows.h"

namespace freezenet::bench {
namespace {

std::vector<float> numbers(std::size_t count) {
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1'664'525 + 1'013'904'223;
    value = static_cast<float>(state >> 8) * 0x1p-24F - 0.5F;
  }
  return values;
}

/// One product with its matrices, ours and theirs.
class Products {
 public:
  Products(const GemmSize& size, unsigned threads)
      : size_(size),
        threads_(threads),
        a_(numbers(size.rows * size.depth)),
        b_(numbers(size.depth * size.cols)),
        our_out_(size.rows * size.cols),
        their_out_(size.rows * size.cols),
        gemm_(size.rows, size.cols, size.depth, threads) {}

  void ours() { gemm_.run(a_.data(), b_.data(), our_out_.data()); }
  void theirs() {
    const auto whole = [](std::size_t n) { return static_cast<int>(n); };
    openblas_set_num_threads(static_cast<int>(threads_));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, whole(size_.rows), whole(size_.cols), whole(size_.depth),
                1.0F, a_.data(), whole(size_.depth), b_.data(), whole(size_.cols), 0.0F, their_out_.data(),
                whole(size_.cols));
  }
  /// A fast wrong product is not fast.
  [[nodiscard]] bool agree() const {
    const float tolerance = 1e-6F * static_cast<float>(size_.depth) + 1e-5F;
    for (std::size_t i = 0; i < our_out_.size(); ++i) {
      if (!(std::abs(our_out_[i] - their_out_[i]) <= tolerance)) return false;
    }
    return true;
  }

 private:
  GemmSize size_;
  unsigned threads_;
  std::vector<float> a_, b_, our_out_, their_out_;
  OurGemm gemm_;
};

/// The faster one's figures.
GemmPeak row(Report& report, const Effort& effort, const std::string& key, const GemmSize& size, unsigned threads) {
  const std::string name = std::to_string(size.rows) + "x" + std::to_string(size.cols) + "x" +
                           std::to_string(size.depth) + ", " + std::to_string(threads) + " t";
  report.progress(key + " " + name);
  Products products(size, threads);
  const Paired paired = compare([&] { products.ours(); }, [&] { products.theirs(); }, effort);
  if (!products.agree()) {
    report.failed(key, name, "the products differ");
    return {};
  }
  char detail[80];
  std::snprintf(detail, sizeof detail, "ours %.1f, OpenBLAS %.1f GFLOP/s", 2e-9 * size.work() / paired.ours,
                2e-9 * size.work() / paired.theirs);
  report.add(key, name, paired.ratio, detail);
  return {size, paired.ours <= paired.theirs, size.work() / std::min(paired.ours, paired.theirs)};
}

}  // namespace

Call GemmPeak::call() const {
  const auto products = std::make_shared<Products>(size, 2);
  if (ours) return [products] { products->ours(); };
  return [products] { products->theirs(); };
}

GemmPeak gemm_rows(Report& report, const Effort& effort) {
  GemmPeak peak;
  for (const unsigned threads : {1U, 2U}) {
    const auto take = [&](const GemmPeak& found) {
      if (threads == 2 && found.rate > peak.rate) peak = found;
    };
    for (const std::size_t n : {256U, 512U, 1024U, 1500U, 2048U}) {
      take(row(report, effort, "gemm_square_vs_openblas", {n, n, n}, threads));
    }
    for (const GemmSize& size : {GemmSize{64, 25'088, 288}, GemmSize{64, 288, 25'088}, GemmSize{32, 100'352, 9}}) {
      take(row(report, effort, "gemm_conv_vs_openblas", size, threads));
    }
  }
  return peak;
}

}  // namespace freezenet::bench
