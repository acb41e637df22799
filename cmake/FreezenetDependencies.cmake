# Every third-party library, found once. Rooms link the targets named here and nothing else:
#   OpenSSL::Crypto OpenSSL::SSL secp256k1::secp256k1 tl::expected nlohmann_json::nlohmann_json Boost::headers spdlog::spdlog
#   CLI11::CLI11 SQLite::SQLite3 Threads::Threads GTest::gtest_main GTest::gmock LibTorch::LibTorch
# All are imported targets, whose headers CMake passes with -isystem: our warnings do not look into them.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(tl-expected CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
# Debian 12 has 1.74 as its default, which lacks what our coroutines use; libboost1.81-dev is the one that is needed.
find_package(Boost 1.81 REQUIRED)
find_package(spdlog 1.10 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
find_package(SQLite3 3.37 REQUIRED)
if(FREEZENET_TESTS)
  find_package(GTest 1.12 CONFIG REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
# 0.2 is the first release with the modules extrakeys and schnorrsig switched on.
pkg_check_modules(SECP256K1 REQUIRED IMPORTED_TARGET libsecp256k1>=0.2)
add_library(secp256k1::secp256k1 ALIAS PkgConfig::SECP256K1)

if(FREEZENET_TORCH)
  find_package(LibTorch REQUIRED)
endif()
