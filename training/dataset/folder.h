#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "training/dataset/dataset.h"

namespace freezenet::training {

/// The formats of users' files that are read from a folder.
enum class FolderFormat {
  kIdx,     ///< train-images-idx3-ubyte and its three companions (idx.h); a dot in place of the last dash but one
  kCifar10  ///< data_batch_1.bin to data_batch_5.bin and test_batch.bin (cifar10.h)
};
/// "idx" or "cifar10".
std::string_view name(FolderFormat format);
/// kConfig for another word than those.
Result<FolderFormat> folder_format(std::string_view text);

/// What a folder may cost in memory: canonical bytes, above which it is refused before they are allocated. Both real
/// datasets are below 200 MB.
inline constexpr std::uint64_t kMaxFolderBytes = std::uint64_t{1} << 32;

struct FolderDataset {
  FolderFormat format;
  DatasetSpec spec;  ///< what the files say; no root and no name yet. IDX files do not say how many classes there are:
                     ///< one more than the largest label, where `expected` does not know it
  Bytes canonical;
};

/// Reads the files of a folder, which may hold anything: sizes and headers of all files first, then one allocation of
/// what they say. Memory: the canonical bytes, and for IDX the largest file beside them. Where `expected` is given,
/// shape, counts and classes must be its. Every reject names the file or folder and what to do about it:
///   kNotFound    no such folder, or a file of the format is missing
///   kBadDataset  no format or two are recognised, or a file is not what its format, its companions or `expected` say
///   kTooLarge    more than kMaxFolderBytes
///   kStorage     the system refuses to read
Result<FolderDataset> read_dataset_folder(const std::filesystem::path& folder, std::optional<FolderFormat> format = {},
                                          const DatasetSpec* expected = nullptr);

/// The dataset of `spec` from a folder. Beyond the rejects above kBadDataset with both roots where the content is
/// another one, and with the two files that are the same where that is why.
Result<Dataset> load_dataset_folder(const DatasetSpec& spec, const std::filesystem::path& folder);

}  // namespace freezenet::training
