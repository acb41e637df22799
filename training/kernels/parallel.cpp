#include "training/kernels/parallel.h"

#include "training/kernels/float_environment.h"

namespace freezenet::kernels {

namespace {

/// An operation of a small network takes less time than a thread needs to fall asleep and be woken: so a thread that
/// waits looks for some tens of microseconds before it sleeps.
constexpr int kLooks = 2'000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// The value of `word` once it is not `old` any more.
std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t old) {
  for (int look = 0; look < kLooks; ++look) {
    const std::uint32_t now = word.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  word.wait(old, std::memory_order_acquire);
  return word.load(std::memory_order_acquire);
}

}  // namespace

Pool::Pool(unsigned threads) {
  workers_.reserve(threads > 0 ? threads - 1 : 0);
  for (unsigned index = 1; index < threads; ++index) workers_.emplace_back([this, index] { serve(index); });
}

Pool::~Pool() {
  stop_ = true;
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Pool::run_erased(Erased call, const void* work) {
  if (workers_.empty()) return call(work, 0);
  call_ = call;
  work_ = work;
  busy_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  call(work, 0);
  for (std::uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;) busy = wait_for_change(busy_, busy);
}

void Pool::serve(unsigned index) {
  const FloatEnvironment environment;
  for (std::uint32_t seen = 0;; ++seen) {
    wait_for_change(generation_, seen);
    if (stop_) return;
    call_(work_, index);
    if (!FloatEnvironment::correct()) environment_correct_.store(false, std::memory_order_relaxed);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace freezenet::kernels
