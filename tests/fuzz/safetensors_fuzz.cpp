#include <nlohmann/json.hpp>

#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/tiny_task.h"
#include "training/safetensors.h"

namespace freezenet::fuzz {
namespace {

std::vector<TensorSpec> tensors_of(std::uint8_t choice) {
  switch (choice % 4) {
    case 0: return {};
    case 1: return {{"w", {2, 3}, 0, 6}};
    case 2: return {{"1.weight", {2, 4}, 0, 8}, {"1.bias", {2}, 8, 2}};
    default: return {{"a", {1}, 0, 1}, {"b", {1, 1}, 1, 1}, {"c", {2}, 2, 2}};
  }
}

/// A file of the header's text and data, under a length that is right: no fuzzer keeps a length in step with a text.
Bytes framed(Input& in) {
  const ByteView text = in.sized();
  Writer file;
  file.integer(std::uint64_t{text.size()}).bytes(text).bytes(in.rest());
  return file.take();
}

/// A header that is right but for where its tensors begin: each is moved by a byte of the input. Two numbers that must
/// change together are beyond mutation.
Bytes composed(std::span<const TensorSpec> tensors, Input& in) {
  nlohmann::json header = nlohmann::json::object();
  for (const TensorSpec& tensor : tensors) {
    const std::uint64_t begin = tensor.offset * sizeof(float) + in.byte();
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, begin + tensor.count * sizeof(float)}}};
  }
  const std::string text = header.dump();
  Writer file;
  file.integer(std::uint64_t{text.size()}).bytes(as_view(text)).bytes(in.rest());
  return file.take();
}

Bytes file_of(std::uint8_t choice, std::span<const TensorSpec> tensors, Input& in) {
  if (choice >= 192) return composed(tensors, in);
  if (choice >= 128) return framed(in);
  const ByteView whole = in.rest();
  return {whole.begin(), whole.end()};
}

}  // namespace

/// First byte: which tensors are expected, and whether the rest is a file, its parts or its offsets.
void safetensors(ByteView input) {
  Input in(input);
  const std::uint8_t choice = in.byte();
  const std::vector<TensorSpec> tensors = tensors_of(choice);
  const Bytes file = file_of(choice, tensors, in);
  const auto read = training::read_safetensors(tensors, file);
  if (!read) {
    using enum RejectCode;
    return require_refusal(read.error(), Blame::kSender, {kTruncated, kTooLarge, kBadEncoding, kWrongModelSize});
  }
  std::uint64_t count = 0;
  for (const TensorSpec& tensor : tensors) count += tensor.count;
  require(read->weights.size() == count, "as many weights as the task has");
  const auto again =
      training::read_safetensors(tensors, training::write_safetensors(tensors, read->weights, read->metadata));
  require(again && same_bits(again->weights, read->weights) && again->metadata == read->metadata,
          "decode(encode(decode(x))) == decode(x)");
}

}  // namespace freezenet::fuzz
