#include "consensus/crypto/merkle.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"
#include "training/dataset/cifar10.h"
#include "training/dataset/folder.h"

namespace freezenet::fuzz {

namespace {

constexpr const char* kIdxNames[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                     "t10k-labels.idx1-ubyte"};

/// CIFAR-10's files, each of some records with a label from the input and one byte more or less where it says so: the
/// fuzzer does not have to write 3,073 bytes a record.
void write_cifar10(Input& in, const Scratch& scratch) {
  for (const std::string_view name : training::kCifarFiles) {
    const std::uint8_t shape = in.byte();
    Bytes file;
    for (unsigned i = 0; i < shape % 4U; ++i) {
      const std::size_t at = file.size();
      file.resize(at + training::kCifarRecord, in.byte());
      file[at] = in.byte();
    }
    if (shape >= 0xf0) file.push_back(0);
    if (shape < 0xfe) scratch.write(std::string(name), file);
  }
}

}  // namespace

/// The folder of a dataset, whose files may be anything.
void dataset_folder(ByteView input) {
  Input in(input);
  const Scratch scratch;
  const std::uint8_t choice = in.byte();
  if (choice % 2 == 0) {
    for (const char* name : kIdxNames) scratch.write(name, in.sized());
  } else {
    write_cifar10(in, scratch);
  }
  const auto found = training::read_dataset_folder(scratch.path());
  if (!found) {
    return require_refusal(found.error(),
                           found.error().code == RejectCode::kNotFound || found.error().code == RejectCode::kTooLarge
                               ? blame(found.error().code)
                               : Blame::kOurselves,
                           {RejectCode::kNotFound, RejectCode::kBadDataset, RejectCode::kTooLarge});
  }
  DatasetSpec spec = found->spec;
  spec.name = "fuzz";
  spec.root = chunked_root(found->canonical);
  const auto dataset = training::load_dataset_folder(spec, scratch.path());
  require(dataset.has_value(), "what was read is a dataset under what it says of itself");
  require(same(dataset->canonical_bytes(), found->canonical), "the same folder gives the same bytes");
  spec.root.bytes[0] ^= 1;
  require(!training::load_dataset_folder(spec, scratch.path()), "another root is refused");
}

}  // namespace freezenet::fuzz
