#include "training/experiments/point_table.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "training/experiments/whole_file.h"

namespace freezenet::experiments {

namespace {

using Row = PointTable::Row;
constexpr std::uint64_t kMaxTable = std::uint64_t{1} << 28;

std::string joined(std::span<const std::string> cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + cell;
  return line;
}

Row cells_of(std::string_view line) {
  Row cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

tl::unexpected<Reject> another_table(const std::filesystem::path& path) {
  return reject(RejectCode::kConfig, path.string() + " is another table than this experiment's: name another folder");
}

/// What is in an open file, whole lines only. A file without one is a header that was cut off, or no table.
Result<std::string> text_of(std::FILE* file, const Row& columns, const std::filesystem::path& path) {
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file)) {
    text.append(buffer, n);
    if (text.size() > kMaxTable) return reject(RejectCode::kTooLarge, path.string() + " is above 256 MiB");
  }
  if (std::ferror(file) != 0) return system_reject("read", path);
  const std::size_t end = text.rfind('\n');
  if (end == std::string::npos && !joined(columns).starts_with(text)) return another_table(path);
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

Result<std::vector<Row>> rows_of(std::string_view text, const Row& columns, const std::filesystem::path& path) {
  std::vector<Row> rows;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    Row cells = cells_of(text.substr(0, end));
    text.remove_prefix(end + 1);
    ++number;
    if (number == 1) {
      if (cells == columns) continue;
      return another_table(path);
    }
    if (cells.size() != columns.size() || !std::ranges::all_of(cells, is_plain_cell)) {
      return reject(RejectCode::kConfig,
                    "line " + std::to_string(number) + " of " + path.string() + " is no row of it");
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace

bool is_plain_cell(const std::string& cell) {
  constexpr std::string_view kOthers = "-+._:; %/=()@";
  return std::ranges::all_of(cell, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

Result<> PointTable::take(std::vector<Row> rows) {
  for (Row& row : rows) {
    if (!places_.emplace(joined(std::span(row).first(keys_)), rows_.size()).second) {
      return reject(RejectCode::kConfig, path_.string() + " has two rows of " + joined(std::span(row).first(keys_)));
    }
    rows_.push_back(std::move(row));
  }
  return {};
}

Result<PointTable> PointTable::open(const std::filesystem::path& file, const Row& columns, std::size_t keys) {
  PointTable table(file, columns.size(), keys);
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd < 0) return system_reject("open", file);
  table.file_.reset(::fdopen(fd, "r+"));
  if (!table.file_) {
    ::close(fd);
    return system_reject("open", file);
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return reject(RejectCode::kConfig, "another run is writing " + file.string() + ": name another folder");
  }
  const auto text = text_of(table.file_.get(), columns, file);
  if (!text) return tl::unexpected(text.error());
  auto rows = rows_of(*text, columns, file);
  if (!rows) return tl::unexpected(rows.error());
  if (auto taken = table.take(std::move(*rows)); !taken) return tl::unexpected(taken.error());
  // Behind the last whole row: what a crash cut off is written again.
  const auto end = static_cast<long>(text->size());
  if (::ftruncate(fd, end) != 0 || std::fseek(table.file_.get(), end, SEEK_SET) != 0)
    return system_reject("write", file);
  if (text->empty()) {
    const std::string header = joined(columns) + "\n";
    if (std::fwrite(header.data(), 1, header.size(), table.file_.get()) != header.size() ||
        std::fflush(table.file_.get()) != 0 || ::fsync(fd) != 0) {
      return system_reject("write", file);
    }
  }
  return table;
}

Result<std::vector<Row>> PointTable::read(const std::filesystem::path& file, const Row& columns, std::size_t keys) {
  PointTable table(file, columns.size(), keys);
  table.file_.reset(std::fopen(file.c_str(), "re"));
  if (!table.file_) {
    if (errno == ENOENT) return std::vector<Row>{};
    return system_reject("open", file);
  }
  const auto text = text_of(table.file_.get(), columns, file);
  if (!text) return tl::unexpected(text.error());
  auto rows = rows_of(*text, columns, file);
  if (!rows) return tl::unexpected(rows.error());
  if (auto taken = table.take(std::move(*rows)); !taken) return tl::unexpected(taken.error());
  return std::move(table.rows_);
}

bool PointTable::has(const Row& key) const { return places_.contains(joined(key)); }

const Row* PointTable::find(const Row& key) const {
  const auto found = places_.find(joined(key));
  return found == places_.end() ? nullptr : &rows_[found->second];
}

Result<> PointTable::add(const Row& key, const Row& values) {
  Row row = key;
  row.insert(row.end(), values.begin(), values.end());
  if (row.size() != columns_ || !std::ranges::all_of(row, is_plain_cell)) {
    return reject(RejectCode::kConfig, "not a row of " + path_.string() + ": " + joined(row));
  }
  const std::string line = joined(row) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::fflush(file_.get()) != 0 ||
      ::fsync(::fileno(file_.get())) != 0) {
    return system_reject("write", path_);
  }
  std::vector<Row> one;
  one.push_back(std::move(row));
  return take(std::move(one));
}

}  // namespace freezenet::experiments
