#include "training/dataset/idx.h"

#include <algorithm>
#include <string>

#include "consensus/task.h"

namespace freezenet::training {

namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;

tl::unexpected<Reject> bad(const std::string& what) { return reject(RejectCode::kBadDataset, what); }

std::uint32_t big_endian(ByteView four) {
  return std::uint32_t{four[0]} << 24 | std::uint32_t{four[1]} << 16 | std::uint32_t{four[2]} << 8 | four[3];
}

Result<> check_magic(ByteView head, unsigned dimensions) {
  if (head.size() >= 2 && head[0] == 0x1f && head[1] == 0x8b) return bad("is compressed: run gunzip on it");
  if (head.size() < 4 || head[0] != 0 || head[1] != 0) return bad("is not an IDX file: fetch it again");
  if (head[2] != kUnsignedByte) return bad("holds values of another type than bytes (0x08), which are not read");
  if (head[3] == dimensions) return {};
  if (head[3] == 1 && dimensions == 3) return bad("holds labels where images are expected: are two files exchanged?");
  if (head[3] == 3 && dimensions == 1) return bad("holds images where labels are expected: are two files exchanged?");
  return bad("has " + std::to_string(head[3]) + " dimensions, expected " + std::to_string(dimensions));
}

}  // namespace

Result<IdxHeader> read_idx_header(ByteView head, std::uint64_t file_size, unsigned dimensions) {
  if (auto magic = check_magic(head, dimensions); !magic) return tl::unexpected(magic.error());
  IdxHeader header;
  header.dimensions = dimensions;
  header.data_offset = 4 + std::uint64_t{4} * dimensions;
  if (head.size() < header.data_offset) return bad("ends within its header: fetch it again");
  header.sizes.fill(1);
  for (unsigned i = 0; i < dimensions; ++i) header.sizes[i] = big_endian(head.subspan(4 + 4 * i, 4));
  if (header.count() == 0 || header.count() > kMaxSamples) {
    return bad("says that it holds " + std::to_string(header.count()) + " samples; 1 to " +
               std::to_string(kMaxSamples) + " are read");
  }
  for (unsigned i = 1; i < dimensions; ++i) {
    if (header.sizes[i] == 0 || header.sizes[i] > kMaxSide) {
      return bad("says that a side of its images is " + std::to_string(header.sizes[i]) + "; 1 to " +
                 std::to_string(kMaxSide) + " are read");
    }
  }
  // Below 2^26 * 2^20: no product of what passed leaves 64 bits.
  const std::uint64_t expected = header.data_offset + header.count() * header.value_size();
  if (file_size != expected) {
    return bad("has " + std::to_string(file_size) + " bytes where its header says " + std::to_string(expected) +
               ": fetch it again");
  }
  return header;
}

void idx_to_canonical(ByteView labels, ByteView pixels, std::span<std::uint8_t> to) {
  const std::size_t size = labels.empty() ? 0 : pixels.size() / labels.size();
  auto out = to.begin();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    *out++ = labels[i];
    out = std::ranges::copy(pixels.subspan(i * size, size), out).out;
  }
}

}  // namespace freezenet::training
