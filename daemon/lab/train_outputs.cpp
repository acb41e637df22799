#include "daemon/lab/train_outputs.h"

#include <string>
#include <vector>

#include "daemon/durable_file.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

struct Named {
  const char* option;
  fs::path file;
};

tl::unexpected<Reject> wrong(const std::string& what) { return reject(RejectCode::kConfig, what); }

Result<> check_place(const Named& output) {
  if (!output.file.has_filename()) return wrong(std::string(output.option) + " names no file");
  // A device of that name would be replaced by a file.
  std::error_code ignored;
  if (fs::exists(output.file, ignored) && !fs::is_regular_file(output.file, ignored))
    return wrong(output.file.string() + " is there and is no plain file: name another one");
  return daemon::check_writable(output.file.has_parent_path() ? output.file.parent_path() : fs::path("."));
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return fs::weakly_canonical(a, failed) == fs::weakly_canonical(b, failed) && !failed;
}

void add(std::vector<Named>& list, const char* option, const std::optional<fs::path>& file) {
  if (file) list.push_back({option, *file});
}

}  // namespace

Result<> check_outputs(const TrainOptions& options) {
  std::vector<Named> outputs, all;
  add(outputs, "--out", options.out);
  add(outputs, "--csv", options.csv);
  add(outputs, "--checkpoint", options.checkpoint);
  for (const Named& output : outputs) {
    if (auto checked = check_place(output); !checked) return checked;
    all.push_back(output);
  }
  add(all, "--task", options.task);
  add(all, "--start", options.start);
  add(all, "--resume", options.resume);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      // A checkpoint is what its own run goes on from.
      const bool meant = outputs[i].option == std::string("--checkpoint") && all[j].option == std::string("--resume");
      if (!meant && same_file(outputs[i].file, all[j].file)) {
        return wrong(std::string(outputs[i].option) + " and " + all[j].option + " name one file, " +
                     outputs[i].file.string() + ": it would be overwritten");
      }
    }
  }
  std::error_code ignored;
  if (options.checkpoint && !options.resume && fs::exists(*options.checkpoint, ignored)) {
    return wrong(options.checkpoint->string() + " is the checkpoint of an earlier run: go on with --resume " +
                 options.checkpoint->string() + ", or name another file");
  }
  return {};
}

}  // namespace freezenet::lab
