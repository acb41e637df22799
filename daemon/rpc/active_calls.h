#pragma once

#include <chrono>
#include <list>
#include <string>

namespace freezenet::daemon {

/// The calls at work, and how many there were. RPC thread only.
class ActiveCalls {
 public:
  using Clock = std::chrono::steady_clock;
  struct Call {
    std::string method;
    Clock::time_point started;
  };

  /// One call for as long as it lives.
  class Entry {
   public:
    Entry(ActiveCalls& calls, std::string method)
        : calls_(calls), at_(calls.list_.insert(calls.list_.end(), {std::move(method), Clock::now()})) {
      ++calls.total_;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { calls_.list_.erase(at_); }

   private:
    ActiveCalls& calls_;
    std::list<Call>::iterator at_;
  };

  [[nodiscard]] const std::list<Call>& list() const { return list_; }  ///< oldest first
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::list<Call> list_;
  std::uint64_t total_ = 0;
};

}  // namespace freezenet::daemon
