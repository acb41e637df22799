#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/learning/course.h"

namespace freezenet::learning {

/// Outcomes in a file, one a line, so that a comparison of hours goes on where it was broken off. A line counts only
/// for the same program and task: the first word is a hash of both. Lines of others are left alone.
class Record {
 public:
  /// `file` empty: nothing is kept.
  Record(std::string file, const Course& course);

  [[nodiscard]] std::optional<Outcome> find(std::uint32_t seed, const std::string& learner) const;
  /// Appends. False where the file cannot be written.
  bool add(std::uint32_t seed, const std::string& learner, const Outcome& outcome) const;

 private:
  std::string file_, key_;
};

}  // namespace freezenet::learning
