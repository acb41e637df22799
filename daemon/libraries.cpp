#include "daemon/libraries.h"

#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>

namespace freezenet::daemon {

std::string library_versions() {
  return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING) + ", SQLite " + sqlite3_libversion() +
         ", Boost " + BOOST_LIB_VERSION + ", spdlog " + std::to_string(SPDLOG_VER_MAJOR) + "." +
         std::to_string(SPDLOG_VER_MINOR) + "." + std::to_string(SPDLOG_VER_PATCH) + ", built by " + __VERSION__;
}

}  // namespace freezenet::daemon
