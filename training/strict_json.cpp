#include "training/strict_json.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace freezenet::training {

namespace {

using Json = nlohmann::json;

/// First pass. The library's tree keeps the last of two equal keys and says nothing, so equal keys, depth and other
/// values are refused before a tree is built.
class StrictCheck : public nlohmann::json_sax<Json> {
 public:
  StrictCheck(std::size_t max_depth, bool decimals) : max_depth_(max_depth), decimals_(decimals) {}

  std::string fault;

  bool null() override { return refuse("a null"); }
  bool boolean(bool) override { return refuse("a boolean"); }
  bool number_integer(number_integer_t) override { return refuse("a negative number"); }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override {
    return decimals_ || refuse("a number that is no integer");
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool start_object(std::size_t) override { return open(); }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || refuse("the key " + printable(name) + " twice");
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return refuse("no JSON at byte " + std::to_string(position));
  }

 private:
  bool refuse(std::string what) {
    fault = std::move(what);
    return false;
  }
  bool open() {
    keys_.emplace_back();
    return keys_.size() <= max_depth_ || refuse("values nested deeper than the format needs");
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  bool decimals_;
  std::vector<std::set<std::string>> keys_;  // of the objects and arrays that are open
};

}  // namespace

Result<nlohmann::json> parse_strict_object(ByteView text, std::size_t max_depth, bool decimals) {
  // The library skips a byte order mark and takes a zero byte for the end of the input; neither is JSON.
  if (text.empty() || text[0] != '{') return reject(RejectCode::kBadEncoding, "no object at its start");
  if (std::find(text.begin(), text.end(), std::uint8_t{0}) != text.end())
    return reject(RejectCode::kBadEncoding, "a zero byte");
  StrictCheck check(max_depth, decimals);
  if (!Json::sax_parse(text.begin(), text.end(), &check)) return reject(RejectCode::kBadEncoding, check.fault);
  return Json::parse(text.begin(), text.end(), nullptr, false);
}

std::string printable(const std::string& text) {
  std::string out = "'";
  for (const char c : text.substr(0, 64)) out += (c >= 0x20 && c < 0x7f) ? c : '?';
  return out + (text.size() > 64 ? "...'" : "'");
}

}  // namespace freezenet::training
