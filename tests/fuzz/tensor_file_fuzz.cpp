#include <nlohmann/json.hpp>

#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "training/tensor_file.h"
#include "training/trainable_tensors.h"

namespace freezenet::fuzz {
namespace {

/// A file under a length that is right: no fuzzer keeps a length in step with a text.
Bytes framed(Input& in) {
  const ByteView text = in.sized();
  Writer file;
  file.integer(std::uint64_t{text.size()}).bytes(text).bytes(in.rest());
  return file.take();
}

void require_layout(const training::TensorFile& layout, std::size_t file_bytes) {
  std::uint64_t at = 0;
  for (const training::TensorEntry& tensor : layout.tensors) {
    require(tensor.begin == at && tensor.end >= at, "tensors lie side by side");
    std::uint64_t count = 1;
    for (const std::uint64_t size : tensor.shape) count *= size;
    require(tensor.end - tensor.begin == count * training::dtype_bytes(tensor.dtype).value(), "a tensor has its bytes");
    at = tensor.end;
  }
  require(layout.data_at + at == file_bytes, "the tensors are the file");
}

/// A watermark of the file, stamped into it: found there, and nothing else was touched.
void require_watermark(const training::TensorFile& layout, const Bytes& file, std::uint8_t how) {
  const auto model = training::trainable_tensors(layout);
  if (!model) return require_refusal(model.error(), Blame::kOurselves, {RejectCode::kConfig});
  training::FlatWatermarkOptions options{.ppm = 70'000U * (how & 15U)};
  if ((how & 16U) != 0) options.values = training::WatermarkValues::kFanIn;
  if ((how & 32U) != 0) options.placement = training::Placement::kPerTensor;
  if ((how & 64U) != 0) options.size = how & 15U;
  const auto watermark = training::derive_flat_watermark(model->tensors, options, {});
  if (!watermark) return require_refusal(watermark.error(), Blame::kOurselves, {RejectCode::kConfig});
  std::vector<float> weights = training::read_weights(*model, file);
  training::apply_flat_watermark(*watermark, weights);
  Bytes stamped = file;
  training::write_weights(*model, weights, stamped);
  const auto again = training::read_weights(*model, stamped);
  require(training::check_flat_watermark(*watermark, again, 0).passed(), "what is stamped is there");
  std::size_t differing = 0;
  for (std::size_t i = 0; i < file.size(); ++i) differing += file[i] != stamped[i] ? 1U : 0U;
  require(differing <= sizeof(float) * watermark->positions.size(), "nothing else is touched");
}

}  // namespace

/// First byte: the file's parts or the file itself, and which watermark is put into what was accepted.
void tensor_file(ByteView input) {
  Input in(input);
  const std::uint8_t choice = in.byte();
  const ByteView whole = choice < 128 ? ByteView{} : in.rest();
  const Bytes file = choice < 128 ? framed(in) : Bytes(whole.begin(), whole.end());
  const auto layout = training::read_tensor_file(file);
  if (!layout) {
    using enum RejectCode;
    return require_refusal(layout.error(), Blame::kSender, {kTruncated, kTooLarge, kBadEncoding, kWrongModelSize});
  }
  require_layout(*layout, file.size());
  require_watermark(*layout, file, choice);
}

}  // namespace freezenet::fuzz
