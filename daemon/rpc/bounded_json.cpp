#include "daemon/rpc/bounded_json.h"

#include <set>
#include <string>
#include <vector>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

/// The first pass: counts, and stops the parser with the first thing that is too much.
class Counter final : public nlohmann::json_sax<json> {
 public:
  explicit Counter(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second)
      return fail(RejectCode::kBadEncoding, "the key \"" + name.substr(0, 40) + "\" stands twice in one object");
    return value();
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail(RejectCode::kBadEncoding, "no JSON at byte " + std::to_string(position));
  }

  [[nodiscard]] const Reject& error() const { return error_; }

 private:
  bool fail(RejectCode code, std::string detail) {
    error_ = Reject{code, std::move(detail)};
    return false;
  }
  bool value() {
    if (++values_ > limits_.values)
      return fail(RejectCode::kTooLarge, "more than " + std::to_string(limits_.values) + " JSON values");
    return true;
  }
  bool open() {
    if (keys_.size() >= limits_.depth)
      return fail(RejectCode::kTooLarge, "JSON nested deeper than " + std::to_string(limits_.depth));
    keys_.emplace_back();
    return value();
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  std::size_t values_ = 0;
  std::vector<std::set<std::string>> keys_;  // one for each open array or object
  Reject error_{RejectCode::kBadEncoding, "no JSON"};
};

}  // namespace

Result<json> parse_bounded_json(std::string_view text, const JsonLimits& limits) {
  // The library takes a zero byte for the end of the input, whatever stands behind it.
  if (const std::size_t at = text.find('\0'); at != text.npos)
    return reject(RejectCode::kBadEncoding, "no JSON at byte " + std::to_string(at + 1));
  Counter counter(limits);
  if (!json::sax_parse(text, &counter)) return tl::unexpected(counter.error());
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return reject(RejectCode::kBadEncoding, "no JSON");
  return value;
}

}  // namespace freezenet::daemon
