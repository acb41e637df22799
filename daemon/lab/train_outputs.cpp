#include "daemon/lab/train_outputs.h"

#include <string>
#include <vector>

#include "daemon/lab/misuse.h"
#include "daemon/lab/output_file.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

struct Named {
  const char* option;
  fs::path file;
};

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
    if (auto checked = check_output(output.option, output.file); !checked) return checked;
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
