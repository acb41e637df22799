#include "training/ownership/experiments/model_shelf.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <system_error>
#include <vector>

#include "consensus/crypto/sha256.h"
#include "training/experiments/whole_file.h"

namespace freezenet::experiments {

namespace {

std::size_t elements_of(const ownership::Classifier& model) {
  std::size_t total = 0;
  for (const ownership::NamedTensor& item : model.state()) total += static_cast<std::size_t>(item.tensor.numel());
  return total;
}

ByteView bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace

bool ModelShelf::load(const std::string& name, ownership::Classifier& model) const {
  std::ifstream file(file_of(name), std::ios::binary);
  Hash256 claimed;
  std::vector<float> values(elements_of(model));
  const auto size = static_cast<std::streamsize>(values.size() * sizeof(float));
  if (!file.read(reinterpret_cast<char*>(claimed.bytes.data()), 32) ||
      !file.read(reinterpret_cast<char*>(values.data()), size) || file.peek() != std::ifstream::traits_type::eof() ||
      sha256(bytes_of(values)) != claimed) {
    return false;
  }
  const torch::NoGradGuard guard;
  const float* from = values.data();
  for (const ownership::NamedTensor& item : model.state()) {
    std::copy_n(from, item.tensor.numel(), item.tensor.data_ptr<float>());
    from += item.tensor.numel();
  }
  return true;
}

Result<> ModelShelf::save(const std::string& name, const ownership::Classifier& model) const {
  std::vector<float> values;
  values.reserve(elements_of(model));
  for (const ownership::NamedTensor& item : model.state()) {
    const torch::Tensor tensor = item.tensor.detach().contiguous();
    values.insert(values.end(), tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel());
  }
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return reject(RejectCode::kStorage, "cannot make " + folder_.string() + ": " + error.message());
  const Hash256 hash = sha256(bytes_of(values));
  return write_whole(file_of(name), {hash.bytes, bytes_of(values)});
}

}  // namespace freezenet::experiments
