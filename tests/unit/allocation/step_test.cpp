// A program of its own, because it replaces the functions that allocate by others that count.
#include <atomic>
#include <cstdlib>
#include <new>

#include "consensus/watermark.h"
#include "tests/unit/training/small_task.h"

namespace {

std::atomic<std::uint64_t> allocations = 0;

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  // aligned_alloc wants whole multiples.
  void* const found = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (found == nullptr) throw std::bad_alloc();
  return found;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }
void operator delete(void* place, std::align_val_t) noexcept { std::free(place); }
void operator delete(void* place, std::size_t, std::align_val_t) noexcept { std::free(place); }

namespace freezenet::training {
namespace {

/// Every kind of layer, and a convolution with enough channels to skip zeros.
Task task_of_all_layers() {
  Task task = small_task();
  task.layers = {Conv2d{16, 3, 1, 1}, Relu{},        Conv2d{16, 3, 1, 1}, GroupNorm{4, 1e-5F}, Relu{}, ResidualAdd{2},
                 MaxPool{2, 2},       AvgPool{2, 2}, Flatten{},           Linear{32},          Relu{}, Linear{10}};
  return task;
}

TEST(Allocation, AStepAllocatesNothing) {
  const Dataset dataset = digits();
  for (const Task& task : {small_task(), task_of_all_layers(), digits_task()}) {
    const Plan plan = plan_for(task);
    std::vector<float> weights = genesis_weights(plan, task.id());
    std::vector<float> momentum(weights.size());
    const std::vector<std::uint8_t> frozen(weights.size());
    const Batch batch = first_samples(dataset, task.batch);
    for (const kernels::Path path : kernels::available_paths()) {
      for (const unsigned threads : {1U, 2U, 3U}) {
        for (const bool skip_zeros : {true, false}) {
          Engine engine(task, plan, {.path = path, .threads = threads, .skip_zeros = skip_zeros});
          const std::uint64_t before = allocations;
          for (int step = 0; step < 2; ++step) {
            const auto computed = engine.forward_backward(weights, batch.pixels, batch.labels);
            ASSERT_TRUE(computed.has_value());
            ASSERT_TRUE(engine.update(weights, momentum, computed->gradients, 0.01F, frozen).has_value());
          }
          ASSERT_EQ(allocations - before, 0U) << kernels::name(path) << ", " << threads << " threads";
        }
      }
    }
  }
}

TEST(Allocation, IsCounted) {
  const std::uint64_t before = allocations;
  const std::vector<float> values(100);
  EXPECT_EQ(allocations - before, 1U);
}

}  // namespace
}  // namespace freezenet::training
