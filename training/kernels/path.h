#pragma once

#include <span>
#include <string_view>

namespace freezenet::kernels {

/// The implementations of the multiply-add loops. All yield the same bits (docs/numerics.md); they differ in speed
/// alone.
enum class Path { kPortable, kAvx2, kAvx512, kNeon };

/// "portable", "avx2", "avx512", "neon".
std::string_view name(Path path);
/// What this processor and this operating system (which must save the wide registers) can run, slowest first; kPortable
/// always.
std::span<const Path> available_paths();
bool available(Path path);
/// The last of available_paths().
Path best_path();

}  // namespace freezenet::kernels
