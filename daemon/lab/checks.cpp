#include "daemon/lab/checks.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace freezenet::lab {

namespace {

std::string fault_of_number(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  const bool octal = text.size() > 1 && text.front() == '0';
  if (read.ec == std::errc() && read.ptr == end && !octal) return {};
  return "\"" + text + "\" is no whole number from 0 to 18446744073709551615";
}

}  // namespace

const CLI::Validator kWholeNumber(fault_of_number, "");
const CLI::Validator kNotEmpty([](const std::string& text) { return std::string(text.empty() ? "it is empty" : ""); },
                               "");

}  // namespace freezenet::lab
