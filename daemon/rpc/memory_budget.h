#pragma once

#include <cstdint>
#include <utility>

namespace freezenet::daemon {

/// Bytes that all connections together may hold. One thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes), total_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Part of the budget, which goes back with it. The budget outlives it.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->left_ += bytes_;
    }
    [[nodiscard]] explicit operator bool() const { return budget_ != nullptr; }

   private:
    friend class MemoryBudget;
    Share(MemoryBudget* budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    MemoryBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  /// False where so much is not left.
  [[nodiscard]] Share take(std::uint64_t bytes) {
    if (bytes > left_) return {};
    left_ -= bytes;
    return Share(this, bytes);
  }
  [[nodiscard]] std::uint64_t used() const { return total_ - left_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::uint64_t left_;
  const std::uint64_t total_;
};

}  // namespace freezenet::daemon
