#include "training/dataset/digits.h"

#include "consensus/base/hex.h"
#include "consensus/default_task.h"

// The assembler copies the file into read-only data; a generated array of numbers would be five times its size in
// source and slow to compile. The build passes the data folder as an include folder, which both assemblers search.
asm(R"(
  .pushsection .rodata, "a"
  .balign 16
  .globl freezenet_digits_begin
  .hidden freezenet_digits_begin
freezenet_digits_begin:
  .incbin "digits.bin"
  .globl freezenet_digits_end
  .hidden freezenet_digits_end
freezenet_digits_end:
  .byte 0
  .popsection
)");

extern "C" {
extern const std::uint8_t freezenet_digits_begin[];
extern const std::uint8_t freezenet_digits_end[];
}

namespace freezenet::training {

ByteView digits_bytes() {
  const auto begin = reinterpret_cast<std::uintptr_t>(freezenet_digits_begin);
  const auto end = reinterpret_cast<std::uintptr_t>(freezenet_digits_end);
  return {freezenet_digits_begin, end - begin};
}

Result<Dataset> digits_dataset() { return Dataset::from_static(digits_task().dataset, digits_bytes()); }

Result<Dataset> embedded_dataset(const DatasetSpec& spec) {
  if (spec.root == digits_task().dataset.root) return Dataset::from_static(spec, digits_bytes());
  return reject(RejectCode::kNotFound,
                "no dataset of root " + to_hex(spec.root) + " ('" + spec.name + "') is part of this program");
}

}  // namespace freezenet::training
