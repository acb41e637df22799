#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace freezenet::kernels {

/// Part `index` of `parts` of 0..n in contiguous pieces whose sizes differ by at most one.
struct Range {
  std::size_t begin = 0, end = 0;
};
constexpr Range part_of(std::size_t n, std::size_t parts, std::size_t index) {
  return {n * index / parts, n * (index + 1) / parts};
}
/// How many pieces of `size` hold n, the last one in part.
constexpr std::size_t pieces_of(std::size_t n, std::size_t size) { return (n + size - 1) / size; }

/// A fixed number of threads that work on one operation at a time. The caller is one of them, so a pool of one starts
/// no thread. What a thread computes depends on its index alone; operations divide their outputs, never a sum, so
/// results do not depend on the number of threads.
///
/// Owner: one engine; not for use from two threads at once. The destructor stops and joins. run() allocates nothing.
class Pool {
 public:
  /// threads >= 1.
  explicit Pool(unsigned threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Calls work(index) once for each index < threads(), each on a thread of its own, and returns when all have. `work`
  /// does not throw.
  template <typename Work>
  void run(const Work& work) {
    run_erased([](const void* w, unsigned index) { (*static_cast<const Work*>(w))(index); }, &work);
  }

  /// False for ever once a worker ended an operation with a floating-point state other than the profile's. The caller
  /// checks its own.
  [[nodiscard]] bool environment_correct() const { return environment_correct_.load(std::memory_order_relaxed); }

 private:
  using Erased = void (*)(const void*, unsigned);
  void run_erased(Erased call, const void* work);
  void serve(unsigned index);

  Erased call_ = nullptr;  // written before generation_ is raised, read after
  const void* work_ = nullptr;
  bool stop_ = false;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<bool> environment_correct_{true};
  std::vector<std::thread> workers_;
};

}  // namespace freezenet::kernels
