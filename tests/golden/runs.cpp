#include "tests/golden/runs.h"

#include <charconv>
#include <cstdio>
#include <string_view>

namespace freezenet::golden {

namespace {

constexpr unsigned kMostThreads = 64;

/// 0 for what is no number of threads.
unsigned threads_of(std::string_view text) {
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  return error == std::errc{} && end == text.data() + text.size() && threads <= kMostThreads ? threads : 0;
}

}  // namespace

std::string Run::label() const { return std::string(kernels::name(path)) + "/" + std::to_string(threads); }

std::optional<std::vector<Run>> runs_of(int argc, char** argv) {
  std::vector<std::string_view> wanted(argv + 1, argv + argc);
  if (wanted.empty()) wanted = {"1", "2"};
  std::vector<Run> runs;
  for (const std::string_view text : wanted) {
    const std::size_t slash = text.find('/');
    const bool every_path = slash == std::string_view::npos;
    const unsigned threads = threads_of(every_path ? text : text.substr(slash + 1));
    const std::size_t before = runs.size();
    for (const kernels::Path path : kernels::available_paths()) {
      if (threads > 0 && (every_path || text.substr(0, slash) == kernels::name(path))) runs.push_back({path, threads});
    }
    if (runs.size() == before) {
      std::fprintf(stderr, "%.*s: no run of this machine\n", static_cast<int>(text.size()), text.data());
      return std::nullopt;
    }
  }
  return runs;
}

}  // namespace freezenet::golden
