#pragma once

#include <cstdio>
#include <map>
#include <string>

#include "tests/bench/paired.h"

namespace freezenet::bench {

/// Collects the figures of a run: prints each one the moment that it is known, and in the end all of them as JSON, for
/// each key the worst of its rows.
class Report {
 public:
  /// Lines go to `lines`.
  explicit Report(std::FILE* lines);

  /// "where: doing what", without a value yet, for a terminal: the next line replaces it.
  void progress(const std::string& what);
  /// One row. `detail` is free text behind the figure.
  void add(const std::string& key, const std::string& row, const Spread& value, const std::string& detail);
  /// A row that could not be measured: the key has no value then.
  void failed(const std::string& key, const std::string& row, const std::string& why);
  /// A line of its own.
  void note(const std::string& text);

  /// One object with every key in the order of the table in docs/benchmarks.md; null where there is no figure.
  [[nodiscard]] std::string json() const;
  [[nodiscard]] bool any_failed() const { return any_failed_; }
  /// Each key with its worst row and the target.
  void summary();

 private:
  struct Worst {
    double value = 0;
    bool known = false, failed = false;
  };
  std::FILE* lines_;
  bool terminal_;
  double start_;
  std::map<std::string, Worst> worst_;
  bool any_failed_ = false;
};

}  // namespace freezenet::bench
