#include "training/dataset/folder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "training/dataset/cifar10.h"
#include "training/dataset/data_file.h"
#include "training/dataset/idx.h"

namespace freezenet::training {

namespace {

namespace fs = std::filesystem;

constexpr const char* kIdxFiles[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                     "t10k-labels-idx1-ubyte"};

tl::unexpected<Reject> bad(const fs::path& path, const std::string& what) {
  return reject(RejectCode::kBadDataset, path.string() + " " + what);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  // A link that leads nowhere is there too: opening it says what is wrong with it.
  return fs::exists(fs::symlink_status(path, ignored));
}

/// The file in the spelling that is in the folder: with "-idx" as the files were published, or with ".idx" as some
/// programs that unpack them write it.
fs::path idx_path(const fs::path& folder, std::string name) {
  if (is_there(folder / name)) return folder / name;
  std::string dotted = name;
  dotted[dotted.find("-idx")] = '.';
  return folder / (is_there(folder / dotted) ? dotted : name);
}

bool holds_any_idx(const fs::path& folder) {
  return std::any_of(std::begin(kIdxFiles), std::end(kIdxFiles),
                     [&](const char* name) { return is_there(idx_path(folder, name)); });
}

bool holds_any_cifar10(const fs::path& folder) {
  return std::any_of(kCifarFiles.begin(), kCifarFiles.end(),
                     [&](std::string_view name) { return is_there(folder / name); });
}

/// What else may lie there: the sentence that helps most where no file has a name that is looked for.
std::string hint(const fs::path& folder) {
  for (const char* name : kIdxFiles) {
    const fs::path packed = idx_path(folder, name).string() + ".gz";
    if (is_there(packed)) return "; " + packed.string() + " is compressed: run gunzip on the .gz files";
  }
  if (is_there(folder / "cifar-10-batches-bin"))
    return "; name the folder " + (folder / "cifar-10-batches-bin").string() + ", or move its files up";
  if (is_there(folder / "data_batch_1"))
    return "; these are the files of CIFAR-10's Python version: fetch the binary version";
  return "; put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte "
         "there, or data_batch_1.bin to data_batch_5.bin and test_batch.bin";
}

Result<FolderFormat> recognise(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return reject(RejectCode::kNotFound, "there is no folder " + folder.string() + hint(folder));
  const bool idx = holds_any_idx(folder);
  const bool cifar10 = holds_any_cifar10(folder);
  if (idx && cifar10)
    return bad(folder, "holds files of two datasets (IDX and CIFAR-10): give each a folder of its own");
  if (!idx && !cifar10) return bad(folder, "holds no dataset" + hint(folder));
  return idx ? FolderFormat::kIdx : FolderFormat::kCifar10;
}

Result<DataFile> open_part(const fs::path& path) {
  auto file = DataFile::open(path);
  if (file || file.error().code != RejectCode::kNotFound) return file;
  const fs::path packed = path.string() + ".gz";
  return reject(RejectCode::kNotFound, file.error().detail + (is_there(packed) ? "; run gunzip on " + packed.string()
                                                                               : ", which belongs to the dataset"));
}

std::string shape_text(const DatasetSpec& spec) {
  return std::to_string(spec.channels) + "x" + std::to_string(spec.height) + "x" + std::to_string(spec.width);
}

/// Before anything is allocated: what the files say against what the task says.
Result<> check_expected(const fs::path& folder, const DatasetSpec& found, const DatasetSpec* expected) {
  if (expected != nullptr && shape_text(found) != shape_text(*expected))
    return bad(folder, "holds samples of " + shape_text(found) + ", the task has " + shape_text(*expected));
  const auto count = [&](const char* split, std::uint32_t is, std::uint32_t wanted) -> Result<> {
    if (is == wanted) return {};
    return bad(folder,
               "holds " + std::to_string(is) + " samples to " + split + ", the task has " + std::to_string(wanted));
  };
  if (expected != nullptr) {
    if (auto train = count("train on", found.train_count, expected->train_count); !train) return train;
    if (auto rest = count("evaluate on", found.evaluation_count, expected->evaluation_count); !rest) return rest;
  }
  const std::uint64_t samples = std::uint64_t{found.train_count} + found.evaluation_count;
  if (samples > kMaxSamples || samples * canonical_sample_size(found) > kMaxFolderBytes)
    return reject(RejectCode::kTooLarge, folder.string() + " holds more than " + std::to_string(kMaxFolderBytes) +
                                             " bytes of samples, which is the most that is read");
  return {};
}

// --- IDX ---

struct IdxPart {
  DataFile file;
  IdxHeader header;
};

Result<IdxPart> open_idx(const fs::path& folder, const char* name, unsigned dimensions) {
  auto file = open_part(idx_path(folder, name));
  if (!file) return tl::unexpected(file.error());
  std::array<std::uint8_t, kIdxHeaderBytes> buffer{};
  const std::span<std::uint8_t> head = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), file->size()));
  if (auto read = file->read(0, head); !read) return tl::unexpected(read.error());
  auto header = read_idx_header(head, file->size(), dimensions);
  if (!header) return bad(file->path(), header.error().detail);
  return IdxPart{std::move(*file), *header};
}

struct IdxSplit {
  IdxPart images, labels;
};

Result<IdxSplit> open_split(const fs::path& folder, const char* images_name, const char* labels_name) {
  auto images = open_idx(folder, images_name, 3);
  if (!images) return tl::unexpected(images.error());
  auto labels = open_idx(folder, labels_name, 1);
  if (!labels) return tl::unexpected(labels.error());
  if (images->header.count() != labels->header.count()) {
    return bad(labels->file.path(), "holds " + std::to_string(labels->header.count()) + " labels for the " +
                                        std::to_string(images->header.count()) + " images of " +
                                        images->file.path().filename().string() +
                                        ": they do not belong together, fetch both again");
  }
  return IdxSplit{std::move(*images), std::move(*labels)};
}

Result<> check_labels(const fs::path& path, ByteView labels, std::uint32_t classes) {
  const auto wrong = std::find_if(labels.begin(), labels.end(), [&](std::uint8_t label) { return label >= classes; });
  if (wrong == labels.end()) return {};
  return bad(path, "has label " + std::to_string(*wrong) + " at sample " + std::to_string(wrong - labels.begin()) +
                       " where there are " + std::to_string(classes) + " classes: fetch it again");
}

/// Returns the number of classes that the labels need.
Result<std::uint32_t> read_split(const IdxSplit& split, std::uint32_t classes, std::span<std::uint8_t> to) {
  Bytes labels(split.labels.header.count());
  if (auto read = split.labels.file.read(split.labels.header.data_offset, labels); !read)
    return tl::unexpected(read.error());
  if (auto checked = check_labels(split.labels.file.path(), labels, classes); !checked)
    return tl::unexpected(checked.error());
  Bytes pixels(labels.size() * split.images.header.value_size());
  if (auto read = split.images.file.read(split.images.header.data_offset, pixels); !read)
    return tl::unexpected(read.error());
  idx_to_canonical(labels, pixels, to);
  return std::uint32_t{*std::max_element(labels.begin(), labels.end())} + 1;
}

Result<FolderDataset> read_idx_folder(const fs::path& folder, const DatasetSpec* expected) {
  const auto train = open_split(folder, kIdxFiles[0], kIdxFiles[1]);
  if (!train) return tl::unexpected(train.error());
  const auto evaluation = open_split(folder, kIdxFiles[2], kIdxFiles[3]);
  if (!evaluation) return tl::unexpected(evaluation.error());
  const IdxHeader& header = train->images.header;
  const IdxHeader& other = evaluation->images.header;
  if (header.sizes[1] != other.sizes[1] || header.sizes[2] != other.sizes[2])
    return bad(evaluation->images.file.path(), "has images of another size than " +
                                                   train->images.file.path().filename().string() +
                                                   ": they do not belong together");
  FolderDataset found{FolderFormat::kIdx, {}, {}};
  found.spec = {.name = {},
                .channels = 1,
                .height = header.sizes[1],
                .width = header.sizes[2],
                .classes = expected != nullptr ? expected->classes : kMaxClasses,
                .train_count = header.count(),
                .evaluation_count = other.count(),
                .root = {}};
  if (auto checked = check_expected(folder, found.spec, expected); !checked) return tl::unexpected(checked.error());
  const std::uint64_t sample = canonical_sample_size(found.spec);
  found.canonical.resize(sample * (std::uint64_t{header.count()} + other.count()));
  const std::span<std::uint8_t> all(found.canonical);
  const auto first = read_split(*train, found.spec.classes, all.first(sample * header.count()));
  if (!first) return tl::unexpected(first.error());
  const auto second = read_split(*evaluation, found.spec.classes, all.subspan(sample * header.count()));
  if (!second) return tl::unexpected(second.error());
  if (expected == nullptr) found.spec.classes = std::max(*first, *second);
  return found;
}

// --- CIFAR-10 ---

Result<FolderDataset> read_cifar10_folder(const fs::path& folder, const DatasetSpec* expected) {
  std::vector<DataFile> files;
  FolderDataset found{FolderFormat::kCifar10, {}, {}};
  found.spec.channels = kCifarChannels;
  found.spec.height = found.spec.width = kCifarSide;
  found.spec.classes = kCifarClasses;
  for (const std::string_view name : kCifarFiles) {
    auto file = open_part(folder / name);
    if (!file) return tl::unexpected(file.error());
    const auto count = cifar10_count(file->size());
    if (!count) return bad(file->path(), count.error().detail);
    (name == kCifarFiles.back() ? found.spec.evaluation_count : found.spec.train_count) += *count;
    files.push_back(std::move(*file));
  }
  if (auto checked = check_expected(folder, found.spec, expected); !checked) return tl::unexpected(checked.error());
  std::uint64_t size = 0;
  for (const DataFile& file : files) size += file.size();
  found.canonical.resize(size);
  std::span<std::uint8_t> to(found.canonical);
  for (const DataFile& file : files) {
    const auto part = to.first(file.size());
    if (auto read = file.read(0, part); !read) return tl::unexpected(read.error());
    Bytes labels;
    for (std::size_t at = 0; at < part.size(); at += kCifarRecord) labels.push_back(part[at]);
    if (auto checked = check_labels(file.path(), labels, kCifarClasses); !checked)
      return tl::unexpected(checked.error());
    to = to.subspan(part.size());
  }
  return found;
}

/// Two files with the same content, which is what a mistake in copying leaves; empty where there are none.
std::string twins(const fs::path& folder, FolderFormat format) {
  std::vector<std::pair<Hash256, std::string>> seen;
  if (format == FolderFormat::kIdx) return {};  // headers and counts tell its files apart already
  for (const std::string_view name : kCifarFiles) {
    const auto file = DataFile::open(folder / name);
    if (!file || file->size() > kMaxFolderBytes) return {};
    Bytes bytes(file->size());
    if (!file->read(0, bytes)) return {};
    const Hash256 hash = chunked_root(bytes);
    for (const auto& [other, first] : seen) {
      if (other == hash) return "; " + first + " and " + std::string(name) + " are the same file";
    }
    seen.emplace_back(hash, name);
  }
  return {};
}

}  // namespace

std::string_view name(FolderFormat format) { return format == FolderFormat::kIdx ? "idx" : "cifar10"; }

Result<FolderFormat> folder_format(std::string_view text) {
  for (const FolderFormat format : {FolderFormat::kIdx, FolderFormat::kCifar10}) {
    if (text == name(format)) return format;
  }
  return reject(RejectCode::kConfig, "a format is idx or cifar10");
}

Result<FolderDataset> read_dataset_folder(const fs::path& folder, std::optional<FolderFormat> format,
                                          const DatasetSpec* expected) {
  if (!format) {
    const auto recognised = recognise(folder);
    if (!recognised) return tl::unexpected(recognised.error());
    format = *recognised;
  }
  return *format == FolderFormat::kIdx ? read_idx_folder(folder, expected) : read_cifar10_folder(folder, expected);
}

Result<Dataset> load_dataset_folder(const DatasetSpec& spec, const fs::path& folder) {
  auto found = read_dataset_folder(folder, {}, &spec);
  if (!found) return tl::unexpected(found.error());
  const FolderFormat format = found->format;
  auto dataset = Dataset::from_canonical(spec, std::move(found->canonical));
  if (!dataset) {
    return bad(folder, "holds " + std::string(name(format)) + " files of the right sizes with another content: " +
                           dataset.error().detail + twins(folder, format) + "; fetch the files again");
  }
  return dataset;
}

}  // namespace freezenet::training
