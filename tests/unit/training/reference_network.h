#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "consensus/task.h"

namespace freezenet::training::test {

/// The network and its loss in binary64, by loops that share nothing with the engine; gradients come from differences
/// of it.
class ReferenceNetwork {
 public:
  ReferenceNetwork(const Task& task, const Plan& plan) : task_(task), plan_(plan) {}

  double loss(const std::vector<double>& weights, const std::vector<double>& inputs,
              const std::vector<std::uint8_t>& labels) {
    double total = 0;
    const std::size_t size = plan_.activations[0].size();
    for (std::size_t n = 0; n < labels.size(); ++n) {
      values_.assign(1, {inputs.begin() + static_cast<std::ptrdiff_t>(n * size),
                         inputs.begin() + static_cast<std::ptrdiff_t>((n + 1) * size)});
      tensor_ = weights.data();
      for (const freezenet::Layer& layer : task_.layers) {
        y_.assign(out().size(), 0.0);
        std::visit(*this, layer);
        values_.push_back(y_);
      }
      total += cross_entropy(values_.back(), labels[n]);
    }
    return total / static_cast<double>(labels.size());
  }

  void operator()(const Conv2d& conv) {
    const std::int64_t k = conv.kernel, s = conv.stride, p = conv.padding, channels = in().channels;
    const double* w = tensor(out().channels * channels * k * k);
    const double* b = tensor(out().channels);
    each_output([&](std::int64_t o, std::int64_t r, std::int64_t c) {
      double sum = b[o];
      for (std::int64_t i = 0; i < channels; ++i)
        for (std::int64_t u = 0; u < k; ++u)
          for (std::int64_t v = 0; v < k; ++v)
            sum += w[((o * channels + i) * k + u) * k + v] * at(i, r * s + u - p, c * s + v - p);
      return sum;
    });
  }
  void operator()(const MaxPool& pool) {
    each_output([&](std::int64_t o, std::int64_t r, std::int64_t c) {
      double best = -1e300;
      for (std::int64_t u = 0; u < pool.kernel; ++u)
        for (std::int64_t v = 0; v < pool.kernel; ++v)
          best = std::max(best, at(o, r * pool.stride + u, c * pool.stride + v));
      return best;
    });
  }
  void operator()(const AvgPool& pool) {
    each_output([&](std::int64_t o, std::int64_t r, std::int64_t c) {
      double sum = 0;
      for (std::int64_t u = 0; u < pool.kernel; ++u)
        for (std::int64_t v = 0; v < pool.kernel; ++v) sum += at(o, r * pool.stride + u, c * pool.stride + v);
      return sum / static_cast<double>(pool.kernel * pool.kernel);
    });
  }
  void operator()(const Linear&) {
    const std::size_t size = x().size();
    const double* w = tensor(static_cast<std::int64_t>(y_.size() * size));
    const double* b = tensor(static_cast<std::int64_t>(y_.size()));
    for (std::size_t o = 0; o < y_.size(); ++o) {
      y_[o] = b[o];
      for (std::size_t i = 0; i < size; ++i) y_[o] += w[o * size + i] * x()[i];
    }
  }
  void operator()(const GroupNorm& norm) {
    const std::size_t channels = in().channels, size = y_.size() / norm.groups, area = y_.size() / channels;
    const double* w = tensor(in().channels);
    const double* b = tensor(in().channels);
    for (std::size_t begin = 0; begin < y_.size(); begin += size) {
      double mean = 0, variance = 0;
      for (std::size_t i = begin; i < begin + size; ++i) mean += x()[i] / static_cast<double>(size);
      for (std::size_t i = begin; i < begin + size; ++i)
        variance += (x()[i] - mean) * (x()[i] - mean) / static_cast<double>(size);
      for (std::size_t i = begin; i < begin + size; ++i)
        y_[i] = w[i / area] * (x()[i] - mean) / std::sqrt(variance + double{norm.epsilon}) + b[i / area];
    }
  }
  void operator()(const ResidualAdd& add) {
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = x()[i] + values_[add.activation][i];
  }
  void operator()(const Relu&) {
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = std::max(x()[i], 0.0);
  }
  void operator()(const Flatten&) { y_ = x(); }

 private:
  [[nodiscard]] const std::vector<double>& x() const { return values_.back(); }
  [[nodiscard]] const Activation& in() const { return plan_.activations[values_.size() - 1]; }
  [[nodiscard]] const Activation& out() const { return plan_.activations[values_.size()]; }
  [[nodiscard]] double at(std::int64_t c, std::int64_t row, std::int64_t col) const {
    if (row < 0 || col < 0 || row >= in().height || col >= in().width) return 0.0;
    return x()[static_cast<std::size_t>((c * in().height + row) * in().width + col)];
  }
  /// The next `count` weights: tensors lie one behind the other, in the order of the layers.
  const double* tensor(std::int64_t count) {
    const double* found = tensor_;
    tensor_ += count;
    return found;
  }
  template <typename Value>
  void each_output(const Value& value) {
    std::size_t i = 0;
    for (std::int64_t o = 0; o < out().channels; ++o)
      for (std::int64_t r = 0; r < out().height; ++r)
        for (std::int64_t c = 0; c < out().width; ++c) y_[i++] = value(o, r, c);
  }
  [[nodiscard]] double cross_entropy(const std::vector<double>& logits, std::uint8_t label) const {
    double sum = 0, loss = 0;
    for (const double z : logits) sum += std::exp(z);
    const double smoothing = static_cast<double>(task_.label_smoothing);
    for (std::size_t j = 0; j < logits.size(); ++j) {
      const double target = smoothing / static_cast<double>(logits.size()) + (j == label ? 1 - smoothing : 0);
      loss += target * (std::log(sum) - logits[j]);
    }
    return loss;
  }

  const Task& task_;
  const Plan& plan_;
  std::vector<std::vector<double>> values_;  // activations of one sample
  std::vector<double> y_;
  const double* tensor_ = nullptr;
};

}  // namespace freezenet::training::test
