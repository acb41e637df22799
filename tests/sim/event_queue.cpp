#include "tests/sim/event_queue.h"

#include <algorithm>

namespace freezenet::sim {

bool EventQueue::later(const Event& a, const Event& b) {
  return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
}

void EventQueue::at(Micros time, Action action) {
  heap_.push_back({std::max(time, now_), sequence_++, std::move(action)});
  std::ranges::push_heap(heap_, later);
}

bool EventQueue::step() {
  if (heap_.empty()) return false;
  std::ranges::pop_heap(heap_, later);
  const Event event = std::move(heap_.back());
  heap_.pop_back();
  now_ = event.time;
  event.action();
  return true;
}

void EventQueue::run_until(Micros time) {
  while (!heap_.empty() && heap_.front().time <= time) step();
  now_ = std::max(now_, time);
}

}  // namespace freezenet::sim
