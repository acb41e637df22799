#include "daemon/lab/task_file.h"

#include <string>
#include <utility>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/default_task.h"
#include "daemon/durable_file.h"
#include "daemon/task_json.h"
#include "training/dataset/digits.h"
#include "training/dataset/folder.h"

namespace freezenet::lab {

namespace fs = std::filesystem;

namespace {

// A task is 2 KB for each input table and little else; 16 tables of long decimals are below this.
constexpr std::uint64_t kMaxTaskFile = 1 << 20;

Result<std::string> read_task_text(const fs::path& file) {
  auto text = daemon::read_text_file(file, kMaxTaskFile);
  if (!text && text.error().code == RejectCode::kNotFound)
    return reject(RejectCode::kConfig,
                  "there is no task file " + file.string() + "; the task that needs none is 'digits'");
  return text;
}

Result<NamedTask> parse(const fs::path& file, const std::string& text) {
  auto read = daemon::task_from_json(text);
  if (!read) return reject(read.error().code, file.string() + ": " + read.error().detail);
  NamedTask named{std::move(read->task), {}, read->pinned};
  auto plan = plan_of(named.task);
  if (!plan) return reject(plan.error().code, file.string() + ": " + plan.error().detail);
  named.plan = std::move(*plan);
  return named;
}

/// `text` with `from` replaced by `to`; nullopt unless it stands there exactly once.
std::optional<std::string> replaced_once(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) return std::nullopt;
  return text.replace(at, from.size(), to);
}

}  // namespace

Result<NamedTask> load_task(const fs::path& file_or_name) {
  if (file_or_name == "digits") {
    NamedTask named{digits_task(), {}, true};
    named.plan = plan_of(named.task).value();
    return named;
  }
  const auto text = read_task_text(file_or_name);
  if (!text) return tl::unexpected(text.error());
  return parse(file_or_name, *text);
}

Result<NamedTask> load_pinned_task(const fs::path& file_or_name) {
  auto named = load_task(file_or_name);
  if (!named || named->pinned) return named;
  return reject(RejectCode::kConfig,
                file_or_name.string() + " does not say yet which bytes its dataset has; 'freezenet-lab task pin " +
                    file_or_name.string() + " DIR' writes the root of the dataset in the folder DIR into it");
}

Result<training::Dataset> load_data(const Task& task, const std::optional<fs::path>& folder) {
  if (folder) return training::load_dataset_folder(task.dataset, *folder);
  auto embedded = training::embedded_dataset(task.dataset);
  if (embedded || embedded.error().code != RejectCode::kNotFound) return embedded;
  return reject(RejectCode::kConfig,
                "the dataset '" + task.dataset.name +
                    "' is not part of this program: name the folder with its files with --data DIR");
}

Result<Hash256> pin_task(const fs::path& file, const fs::path& folder, bool replace) {
  const auto text = read_task_text(file);
  if (!text) return tl::unexpected(text.error());
  const auto named = parse(file, *text);
  if (!named) return tl::unexpected(named.error());
  const auto found = training::read_dataset_folder(folder, {}, &named->task.dataset);
  if (!found) return tl::unexpected(found.error());
  const Hash256 root = chunked_root(found->canonical);
  if (named->pinned && named->task.dataset.root == root) return root;
  if (named->pinned && !replace) {
    return reject(RejectCode::kConfig, file.string() + " is pinned to " + to_hex(named->task.dataset.root) + ", " +
                                           folder.string() + " has " + to_hex(root) +
                                           ": another root makes another task; --replace writes it");
  }
  const std::string old_root = named->pinned ? to_hex(named->task.dataset.root) : std::string(daemon::kUnpinned);
  const auto pinned_text = replaced_once(*text, '"' + old_root + '"', '"' + to_hex(root) + '"');
  // Read again before it is written: the words might have stood in a comment.
  const auto pinned = pinned_text ? parse(file, *pinned_text) : Result<NamedTask>(*named);
  if (!pinned || !pinned->pinned || pinned->task.dataset.root != root) {
    return reject(RejectCode::kConfig, "cannot tell where in " + file.string() +
                                           " the root stands; write \"root\": \"" + to_hex(root) +
                                           "\" into its dataset yourself");
  }
  // The file itself, not a link to it, and with the permissions that it has.
  std::error_code unknown;
  const fs::path target = fs::canonical(file, unknown);
  const auto mode = static_cast<mode_t>(fs::status(target, unknown).permissions() & fs::perms::mask);
  if (unknown) return tl::unexpected(daemon::storage_error("find", file, unknown.value()));
  if (auto written = daemon::write_durably(target, *pinned_text, mode); !written)
    return tl::unexpected(written.error());
  return root;
}

}  // namespace freezenet::lab
