#include "tests/unit/source_dir.h"

namespace freezenet::test {

std::string source_dir() { return FREEZENET_SOURCE_DIR; }

}  // namespace freezenet::test
