// Gives every file of a folder to one target: the corpus as an ordinary test, with any compiler.
//   fuzz_replay TARGET FOLDER
// The folder must hold something: a corpus that is not found is a test that tests nothing.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/targets.h"

namespace {

using Target = void (*)(freezenet::ByteView);

Target target_of(const char* wanted) {
#define FREEZENET_FIND(name) \
  if (std::strcmp(wanted, #name) == 0) return freezenet::fuzz::name;
  FREEZENET_FUZZ_TARGETS(FREEZENET_FIND)
  FREEZENET_FUZZ_TORCH_TARGETS(FREEZENET_FIND)
#undef FREEZENET_FIND
  return nullptr;
}

std::vector<std::filesystem::path> files_of(const char* folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const Target target = argc == 3 ? target_of(argv[1]) : nullptr;
  if (target == nullptr) {
    std::fprintf(stderr, "usage: fuzz_replay TARGET FOLDER, with a target of tests/fuzz/targets.h\n");
    return 2;
  }
  const auto files = files_of(argv[2]);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    // Before the call, so that it stands above whatever ends the process.
    std::fprintf(stderr, "%s\n", file.filename().c_str());
    // Exactly as long as the file: the address sanitizer sees a read behind its end.
    const freezenet::Bytes exact(bytes.begin(), bytes.end());
    target(exact);
  }
  std::printf("%s: %zu files\n", argv[1], files.size());
  return files.empty() ? 1 : 0;
}
