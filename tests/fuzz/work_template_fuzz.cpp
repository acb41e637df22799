#include "daemon/rpc/base64.h"
#include "daemon/strict_json.h"
#include "daemon/worker/work_template.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

const std::vector<training::TaskContext>& tasks() {
  static const auto all = *training::load_task_contexts(regtest_params());
  return all;
}

}  // namespace

/// What a worker gets from whoever holds its node's port: one byte that says which answer, then its JSON.
void work_template(ByteView input) {
  using enum RejectCode;
  Input in(input);
  const std::uint8_t which = in.byte();
  const auto answer = daemon::parse_strict_json(as_text(in.rest()), 32);
  if (!answer) return;
  if (which % 3 == 1) {
    const auto model = worker::read_start_model(*answer, Hash256{}, tasks().front());
    return require(!model, "no model has this root");
  }
  if (which % 3 == 2) {
    const auto fate = worker::read_fate(*answer);
    return require(fate || fate.error().code == kBadEncoding, "a fate or none");
  }
  const auto read = worker::read_work_template(*answer, "regtest", tasks());
  if (!read) {
    const auto known = {kWrongNetwork, kWrongTask, kBadVersion,    kWrongBits,        kWrongBodyRoot,  kBadEncoding,
                        kTooLarge,     kTruncated, kTrailingBytes, kNonCanonicalSize, kSharesNotActive};
    return require(std::ranges::find(known, read.error().code) != known.end(), "refused by a documented name");
  }
  require(read->work.task < tasks().size(), "a task that is there");
  require(read->work.header.task_id == tasks()[read->work.task].task.id(), "the task of the header");
  require(read->work.body.digests.empty() && read->work.body.body_root() == read->work.header.body_root, "its body");
  require(read->work.height > 0 && read->longpollid.size() <= 200, "bounded");
}

}  // namespace freezenet::fuzz
