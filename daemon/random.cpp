#include "daemon/random.h"

#include <openssl/rand.h>

namespace freezenet::daemon {

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
  return value;
}

}  // namespace freezenet::daemon
