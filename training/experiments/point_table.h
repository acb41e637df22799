#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "consensus/base/result.h"

namespace freezenet::experiments {

/// A column holds letters, digits and these alone: no cell needs quotes, and every program reads the table.
bool is_plain_cell(const std::string& cell);

/// The points of an experiment that are done, as a CSV file: one row a point, named by its first `keys` columns. A row
/// is written whole and synced before the next point begins, so that a run that was killed goes on where it was; a last
/// line that is cut off is no row. One process writes a table at a time (flock). Memory: the rows.
class PointTable {
 public:
  using Row = std::vector<std::string>;

  /// Opens or makes the table. kConfig: the file is another table, has a row that is none or two of one name, or is
  /// being written by another process; nothing is changed then. kStorage.
  static Result<PointTable> open(const std::filesystem::path& file, const Row& columns, std::size_t keys);
  /// The rows of a table that may be written at the moment; none where there is no such file. Rejects as above.
  static Result<std::vector<Row>> read(const std::filesystem::path& file, const Row& columns, std::size_t keys);

  [[nodiscard]] bool has(const Row& key) const;
  /// The row of that name; null where it is not there.
  [[nodiscard]] const Row* find(const Row& key) const;
  /// `key` and `values` fill the columns. kStorage; kConfig for a cell that is not plain.
  Result<> add(const Row& key, const Row& values);
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] const std::filesystem::path& file() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  PointTable(std::filesystem::path path, std::size_t columns, std::size_t keys)
      : path_(std::move(path)), columns_(columns), keys_(keys) {}
  Result<> take(std::vector<Row> rows);

  std::unique_ptr<std::FILE, Close> file_;
  std::filesystem::path path_;
  std::size_t columns_, keys_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace freezenet::experiments
