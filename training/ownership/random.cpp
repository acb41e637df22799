#include "training/ownership/random.h"

#include <cmath>

#include "training/kernels/math.h"

namespace freezenet::ownership {

at::Generator generator_of(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

torch::Tensor uniform_tensor(Stream& stream, at::IntArrayRef sizes) {
  torch::Tensor out = torch::empty(sizes, torch::kFloat32);
  stream.fill_uniform({out.data_ptr<float>(), static_cast<std::size_t>(out.numel())}, 1.0F);
  return out;
}

torch::Tensor normal_tensor(Stream& stream, at::IntArrayRef sizes) {
  torch::Tensor out = torch::empty(sizes, torch::kFloat32);
  auto* values = out.data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel();) {
    const float u = stream.uniform_float(), v = stream.uniform_float();
    const float s = u * u + v * v;
    if (s >= 1) continue;
    const float scale = std::sqrt(-2.0F * kernels::log(s) / s);
    values[i++] = u * scale;
    if (i < out.numel()) values[i++] = v * scale;
  }
  return out;
}

torch::Tensor bit_tensor(Stream& stream, std::int64_t n) {
  torch::Tensor out = torch::empty({n}, torch::kFloat32);
  auto* values = out.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) values[i] = static_cast<float>(stream.next_u32() >> 31);
  return out;
}

torch::Tensor chosen_tensor(Stream& stream, std::int64_t n, std::int64_t k) {
  const auto chosen = stream.choose(static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(k));
  torch::Tensor out = torch::empty({k}, torch::kInt64);
  std::copy(chosen.begin(), chosen.end(), out.data_ptr<std::int64_t>());
  return out;
}

}  // namespace freezenet::ownership
