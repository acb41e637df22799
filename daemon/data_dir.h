#pragma once

#include <filesystem>
#include <string>

#include "consensus/base/result.h"
#include "consensus/crypto/schnorr.h"
#include "daemon/durable_file.h"

namespace freezenet::daemon {

/// What lies where in a data folder. Names only: nothing is opened.
class DataPaths {
 public:
  explicit DataPaths(std::filesystem::path root) : root_(std::move(root)) {}
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path config() const { return root_ / "freezenetd.json"; }
  [[nodiscard]] std::filesystem::path genesis() const { return root_ / "genesis.json"; }
  [[nodiscard]] std::filesystem::path database() const { return root_ / "chain.sqlite"; }
  [[nodiscard]] std::filesystem::path models() const { return root_ / "models"; }
  [[nodiscard]] std::filesystem::path datasets() const { return root_ / "datasets"; }  ///< NAME/ with a dataset's files
  [[nodiscard]] std::filesystem::path log_file() const { return root_ / "freezenetd.log"; }
  [[nodiscard]] std::filesystem::path lock() const { return root_ / "freezenetd.lock"; }
  [[nodiscard]] std::filesystem::path node_key() const { return root_ / "node.key"; }          ///< PEM, TLS
  [[nodiscard]] std::filesystem::path node_certificate() const { return root_ / "node.crt"; }  ///< PEM, TLS
  [[nodiscard]] std::filesystem::path miner_key() const { return root_ / "miner.key"; }        ///< hex, BIP340
  [[nodiscard]] std::filesystem::path wallet() const { return root_ / "wallet.dat"; }          ///< see wallet_file.h
  [[nodiscard]] std::filesystem::path cookie() const { return root_ / ".cookie"; }             ///< see rpc_access.h
  [[nodiscard]] std::filesystem::path rpc_address() const { return root_ / "rpc-address"; }    ///< see rpc_access.h

 private:
  std::filesystem::path root_;
};

/// A data folder in use by this process. Owns the lock, which ends with the object or with the process, however that
/// dies.
class DataDir {
 public:
  /// Makes the folder (0700) where it is missing, sees that it can be read and written, and locks it. kStorage, one
  /// line: which folder, which user, or which process holds it.
  static Result<DataDir> open(const std::filesystem::path& root);

  [[nodiscard]] const DataPaths& paths() const { return paths_; }

 private:
  DataDir(DataPaths paths, FileDescriptor lock) : paths_(std::move(paths)), lock_(std::move(lock)) {}
  DataPaths paths_;
  FileDescriptor lock_;
};

/// The key that rewards go to: 64 hexadecimal digits in a file that only its owner may read. Made where it is missing;
/// kStorage for a file that others may read, or that holds no key.
Result<SecretKey> load_or_create_miner_key(const std::filesystem::path& file);

}  // namespace freezenet::daemon
