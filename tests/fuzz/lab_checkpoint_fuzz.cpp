#include <cmath>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "daemon/lab/checkpoint.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/tiny_task.h"

namespace freezenet::fuzz {

namespace {

/// The header with the true root of the numbers in the place of the claimed one: no fuzzer finds a root.
std::string with_root(std::string header, ByteView numbers) {
  constexpr std::string_view kKey = "\"content_root\":\"";
  const auto at = header.find(kKey);
  const std::string root = to_hex(chunked_root(numbers));
  if (at != std::string::npos && header.size() - at >= kKey.size() + root.size())
    header.replace(at + kKey.size(), root.size(), root);
  return header;
}

}  // namespace

/// A checkpoint of the tiny task. The length in front is added, as in `safetensors`.
void lab_checkpoint(ByteView input) {
  static const Task task = tiny_task();
  static const Plan plan = tiny_plan(task);
  Input in(input);
  const bool rooted = in.byte() % 2 == 1;
  const ByteView text = in.sized();
  const ByteView numbers = in.rest();
  const std::string header = rooted ? with_root(std::string(as_text(text)), numbers) : std::string(as_text(text));
  Writer file;
  file.integer(std::uint64_t{header.size()}).bytes(as_view(header)).bytes(numbers);
  const auto read = lab::read_checkpoint(task, plan, file.data());
  using enum RejectCode;
  if (!read) {
    const RejectCode code = read.error().code;
    require(code == kTruncated || code == kTooLarge || code == kBadEncoding || code == kWrongModelSize ||
                code == kWrongTask || code == kWrongModelRoot,
            "a refusal has one of the names that are documented");
    return;
  }
  require(read->weights.size() == plan.parameters && read->momentum.size() == plan.parameters, "the task's numbers");
  require(read->settings.watermark_ppm <= kOneMillion, "the watermark is a part of the weights");
  require(!read->settings.rates.empty() && read->settings.rates.size() <= kMaxRates, "the rates are bounded");
  for (const float rate : read->settings.rates) require(rate > 0 && rate <= kMaxRate, "every rate is one");
  require(std::isfinite(read->seconds) && read->seconds >= 0, "time is a number");
  require(std::isfinite(read->tally.loss_sum), "the loss is a number");
  require(read->tally.correct <= read->tally.samples, "no more right answers than samples");
  require(read->steps <= std::uint64_t{1} << 50, "steps can be counted on");
}

}  // namespace freezenet::fuzz
