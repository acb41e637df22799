#include "daemon/version.h"

namespace freezenet::daemon {

const char* const kVersion = FREEZENET_VERSION;

}  // namespace freezenet::daemon
