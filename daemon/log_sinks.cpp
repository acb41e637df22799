#include "daemon/log_sinks.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

namespace freezenet::daemon {
namespace {

class PrintableMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = printable({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7f)
      out += c;
    else
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return out;
}

std::unique_ptr<spdlog::formatter> safe_formatter(const std::string& pattern) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern(pattern);
  return formatter;
}

LogFileSink::LogFileSink(std::filesystem::path file, const LogRotation& rotation)
    : file_(std::move(file)), rotation_(rotation), inner_(open()) {}

spdlog::sink_ptr LogFileSink::open() const {
  return std::make_shared<spdlog::sinks::rotating_file_sink_st>(file_.string(), rotation_.bytes, rotation_.past_files);
}

void LogFileSink::sink_it_(const spdlog::details::log_msg& message) {
  inner_->log(message);
  // What an operator reads is in the file before whatever comes next kills the process, and before the console, whose
  // sink stands behind this one, shows it.
  if (message.level >= spdlog::level::info) inner_->flush();
}

void LogFileSink::set_formatter_(std::unique_ptr<spdlog::formatter> formatter) {
  inner_->set_formatter(formatter->clone());
  formatter_ = std::move(formatter);
}

Result<> LogFileSink::reopen() {
  const std::lock_guard lock(mutex_);
  try {
    spdlog::sink_ptr next = open();
    next->set_formatter(formatter_->clone());
    inner_->flush();
    inner_ = std::move(next);
  } catch (const spdlog::spdlog_ex& error) {
    return reject(RejectCode::kStorage, "the log file " + file_.string() + " cannot be opened anew (" + error.what() +
                                            "); the old one is still written to");
  }
  return {};
}

}  // namespace freezenet::daemon
