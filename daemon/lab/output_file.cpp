#include "daemon/lab/output_file.h"

#include <string>

#include "daemon/durable_file.h"

namespace freezenet::lab {

namespace fs = std::filesystem;

Result<> check_output(std::string_view option, const fs::path& file) {
  if (!file.has_filename()) return reject(RejectCode::kConfig, std::string(option) + " names no file");
  // A device of that name would be replaced by a file.
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored))
    return reject(RejectCode::kConfig, file.string() + " is there and is no plain file: name another one");
  return daemon::check_writable(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

Result<> check_apart(std::string_view option, const fs::path& output,
                     std::initializer_list<std::optional<fs::path>> inputs) {
  for (const auto& input : inputs) {
    if (input && same_file(*input, output)) {
      return reject(RejectCode::kConfig,
                    std::string(option) + " is " + input->string() + ", which is read: name another file");
    }
  }
  return {};
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  if (fs::equivalent(a, b, failed) && !failed) return true;
  return fs::weakly_canonical(a, failed) == fs::weakly_canonical(b, failed) && !failed;
}

}  // namespace freezenet::lab
