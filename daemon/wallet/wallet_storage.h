#pragma once

#include <filesystem>

#include "daemon/durable_file.h"
#include "daemon/wallet/wallet_file.h"

namespace freezenet::daemon {

/// Keeps other processes off a wallet's file for as long as the result lives. Removes what a crash left beside it: a
/// half-written file may hold secrets. kStorage.
Result<FileDescriptor> claim_wallet(const std::filesystem::path& file);

/// The file of this node, which nobody else may read. kNotFound, kStorage, WalletFile::decode()'s with the file's name.
Result<WalletFile> read_wallet(const std::filesystem::path& file);
/// A file that its user names: any mode.
Result<WalletFile> read_backup(const std::filesystem::path& file);

/// A new file, durable and read back. kWalletState where the name is taken; kConfig where it is relative, because the
/// node's folder is not the user's.
Result<> write_backup(const std::filesystem::path& file, ByteView data);

/// Zeroes the bytes of a file that is replaced, in its place: a disk that writes in place then holds them no more.
/// Nobody can promise that of file systems and disks that do not.
class ReplacedFile {
 public:
  /// Before the file is replaced.
  explicit ReplacedFile(const std::filesystem::path& file);
  /// After it was.
  void erase();

 private:
  FileDescriptor old_;
};

}  // namespace freezenet::daemon
