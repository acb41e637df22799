#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "consensus/base/result.h"

namespace freezenet::lab {

/// A row for each evaluation. Losses are decimals that give the same binary64 back.
struct CsvRow {
  std::uint64_t step = 0;
  double epoch = 0, loss = 0, train_accuracy = 0, evaluation_accuracy = 0, seconds = 0;
};

/// The course of a run as a table, for plots. Owns the open file; each row is written whole when it is added.
class CsvLog {
 public:
  /// A new table, or with `resume_at` the old one up to that step: what a run wrote after its last checkpoint it will
  /// write again. A row of that very step stays if it is a regular one, of a multiple of `every`. kConfig where the
  /// file holds something else, another run's table, or one that a run is writing: it is left as it is. kStorage.
  static Result<CsvLog> open(const std::filesystem::path& file, std::optional<std::uint64_t> resume_at,
                             std::uint64_t every);

  Result<> add(const CsvRow& row);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  CsvLog(std::FILE* file, std::filesystem::path path) : file_(file), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::filesystem::path path_;
};

}  // namespace freezenet::lab
