#include "training/experiments/whole_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include <unistd.h>

namespace freezenet::experiments {

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

bool write_parts(const std::string& name, std::initializer_list<ByteView> parts) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(name.c_str(), "wbe"));
  if (!file) return false;
  for (const ByteView part : parts) {
    if (std::fwrite(part.data(), 1, part.size(), file.get()) != part.size()) return false;
  }
  return std::fflush(file.get()) == 0 && ::fsync(::fileno(file.get())) == 0;
}

}  // namespace

tl::unexpected<Reject> system_reject(const char* what, const std::filesystem::path& file) {
  const int error = errno;
  const auto code = error == ENOSPC || error == EDQUOT ? RejectCode::kDiskFull : RejectCode::kStorage;
  return reject(code,
                std::string("cannot ") + what + " " + file.string() + ": " + std::generic_category().message(error));
}

Result<> write_whole(const std::filesystem::path& file, std::initializer_list<ByteView> parts) {
  const std::string temporary = file.string() + ".tmp";
  if (write_parts(temporary, parts) && std::rename(temporary.c_str(), file.c_str()) == 0) return {};
  auto why = system_reject("write", file);
  ::unlink(temporary.c_str());
  return why;
}

}  // namespace freezenet::experiments
