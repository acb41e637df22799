#include "daemon/lab/csv_log.h"

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>

#include "daemon/durable_file.h"

namespace freezenet::lab {

namespace {

constexpr std::string_view kHeader = "step,epoch,loss,train_accuracy,evaluation_accuracy,seconds\n";
// Eighty million rows: nobody has more, and a device that never ends is refused.
constexpr std::uint64_t kMaxCsv = std::uint64_t{1} << 33;

/// The rows up to a step, whole lines only: the last one may have been cut off by a crash.
std::string rows_until(std::string_view text, std::uint64_t step, std::uint64_t every) {
  std::string kept(kHeader);
  for (std::size_t at = kHeader.size(); at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    std::uint64_t row = 0;
    const auto parsed = std::from_chars(text.data() + at, text.data() + end, row);
    if (parsed.ec != std::errc() || row > step || (row == step && row % every != 0)) break;
    kept += text.substr(at, end + 1 - at);
    at = end + 1;
  }
  return kept;
}

Result<> lock(int fd, const std::filesystem::path& file) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return tl::unexpected(daemon::storage_error("lock", file, errno));
  return reject(RejectCode::kConfig, "another run is writing " + file.string() + ": name another file");
}

}  // namespace

Result<CsvLog> CsvLog::open(const std::filesystem::path& file, std::optional<std::uint64_t> resume_at,
                            std::uint64_t every) {
  // Before the table is read. Whoever writes it holds its lock; the system lets go of it when the process ends,
  // however it does. Not blocking, because a fifo of that name must not make us wait for its writer.
  const daemon::FileDescriptor held(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (held) {
    if (auto locked = lock(held.get(), file); !locked) return tl::unexpected(locked.error());
  }
  const auto old = daemon::read_text_file(file, kMaxCsv);
  if (!old && old.error().code != RejectCode::kNotFound) return tl::unexpected(old.error());
  if (old && !old->empty() && !old->starts_with(kHeader))
    return reject(RejectCode::kConfig,
                  file.string() + " is there and is not a table of freezenet-lab: name another file");
  if (old && !old->empty() && !resume_at)
    return reject(RejectCode::kConfig,
                  file.string() + " is the table of an earlier run: go on with --resume, or name another file");
  const std::string begin = old && resume_at ? rows_until(*old, *resume_at, every) : std::string(kHeader);
  if (auto written = daemon::write_durably(file, begin, 0644); !written) return tl::unexpected(written.error());
  std::FILE* opened = std::fopen(file.c_str(), "ae");
  if (opened == nullptr) return tl::unexpected(daemon::storage_error("open", file, errno));
  CsvLog log(opened, file);
  // The file of that name is a new one by now.
  if (auto locked = lock(::fileno(opened), file); !locked) return tl::unexpected(locked.error());
  return log;
}

Result<> CsvLog::add(const CsvRow& row) {
  const int written =
      std::fprintf(file_.get(), "%llu,%.6f,%.17g,%.6f,%.6f,%.3f\n", static_cast<unsigned long long>(row.step),
                   row.epoch, row.loss, row.train_accuracy, row.evaluation_accuracy, row.seconds);
  if (written < 0 || std::fflush(file_.get()) != 0) return tl::unexpected(daemon::storage_error("write", path_, errno));
  return {};
}

}  // namespace freezenet::lab
