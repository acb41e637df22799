#include <bit>
#include <stdexcept>

#include "consensus/watermark.h"
#include "tests/bench/training/torch/stock_network.h"
#include "tests/learning/course.h"
#include "training/evaluate.h"

namespace freezenet::learning {
namespace {

/// Both must have kept the mask: a way of training that moves frozen weights learns something else.
Result<> frozen_weights_kept(const Lesson& lesson, std::span<const float> after) {
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (lesson.frozen()[i] != 0 &&
        std::bit_cast<std::uint32_t>(after[i]) != std::bit_cast<std::uint32_t>(lesson.weights()[i])) {
      return reject(RejectCode::kSelfTestFailed, "frozen weight " + std::to_string(i) + " moved");
    }
  }
  return {};
}

Result<std::uint32_t> score(training::Engine& engine, const Course& course, std::span<const float> weights) {
  const auto right = training::evaluate(engine, course.dataset, course.task, weights);
  if (!right) return tl::unexpected(right.error());
  if (!*right) return reject(RejectCode::kVoidSegment, "a logit is not finite");
  return **right;
}

std::uint32_t score(bench::StockNetwork& stock, const Course& course) {
  std::uint32_t right = 0;
  const std::uint32_t count = course.task.evaluation_slice;
  for (std::uint32_t begin = 0; begin < count; begin += course.task.batch) {
    std::vector<std::uint8_t> pixels, labels;
    for (std::uint32_t i = begin; i < std::min(count, begin + course.task.batch); ++i) {
      const ByteView sample = course.dataset.evaluation_pixels(i);
      pixels.insert(pixels.end(), sample.begin(), sample.end());
      labels.push_back(course.dataset.evaluation_label(i));
    }
    stock.set_batch(pixels, labels);
    right += stock.count_right();
  }
  return right;
}

}  // namespace

Result<Outcome> learn_by_engine(const Course& course, std::uint32_t seed, unsigned threads, const Ticker& tick) {
  Lesson lesson(course, seed);
  training::Engine engine(course.task, lesson.plan(), {.path = kernels::best_path(), .threads = threads});
  std::vector<float> weights = lesson.weights(), momentum(weights.size(), 0.0F);
  const auto before = score(engine, course, weights);
  if (!before) return tl::unexpected(before.error());
  for (std::uint32_t step = 0; step < course.steps(); ++step) {
    const Lesson::Batch batch = lesson.next();
    const auto computed = engine.forward_backward(weights, batch.pixels, batch.labels);
    if (!computed) return tl::unexpected(computed.error());
    const auto ok = engine.update(weights, momentum, computed->gradients, course.task.rates.front(), lesson.frozen());
    if (!ok) return tl::unexpected(ok.error());
    tick();
  }
  if (const auto kept = frozen_weights_kept(lesson, weights); !kept) return tl::unexpected(kept.error());
  const auto after = score(engine, course, weights);
  if (!after) return tl::unexpected(after.error());
  return Outcome{*before, *after};
}

Result<Outcome> learn_by_stock(const Course& course, std::uint32_t seed, unsigned threads, const Ticker& tick) {
  Lesson lesson(course, seed);
  bench::set_stock_threads(threads, 1);
  bench::StockNetwork stock(course.task, lesson.plan(), lesson.weights());
  stock.freeze(lesson.frozen());
  const std::uint32_t before = score(stock, course);
  for (std::uint32_t step = 0; step < course.steps(); ++step) {
    const Lesson::Batch batch = lesson.next();
    stock.set_batch(batch.pixels, batch.labels);
    stock.step(course.task.rates.front());
    tick();
  }
  if (const auto kept = frozen_weights_kept(lesson, stock.weights()); !kept) return tl::unexpected(kept.error());
  return Outcome{before, score(stock, course)};
}

}  // namespace freezenet::learning
