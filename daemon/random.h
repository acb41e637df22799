#pragma once

#include <cstdint>

namespace freezenet::daemon {

/// From OpenSSL's generator: where two runs or machines must not begin alike. No secret is made of it.
std::uint64_t random_u64();

}  // namespace freezenet::daemon
