#include "daemon/strict_json.h"

#include <set>
#include <string>
#include <vector>

namespace freezenet::daemon {

namespace {

/// What the callback found; the library gives it no other way to stop than to throw.
struct Refused {
  std::string why;
};

/// "[json.exception.parse_error.101] parse error at line 2, ..." without the library's own number in front.
std::string reason_of(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace

Result<nlohmann::json> parse_strict_json(std::string_view text, int max_depth) {
  using Event = nlohmann::json::parse_event_t;
  // The library takes a zero byte for the end of the input, whatever stands behind it.
  if (const std::size_t at = text.find('\0'); at != text.npos)
    return reject(RejectCode::kConfig, "a zero byte at byte " + std::to_string(at + 1));
  std::vector<std::set<std::string>> keys;  // of the objects that are open, outermost first
  const auto watch = [&](int depth, Event event, nlohmann::json& value) {
    if (depth > max_depth) throw Refused{"nested deeper than " + std::to_string(max_depth) + " levels"};
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      throw Refused{"the key " + value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + " stands twice"};
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), watch, true, true);
  } catch (const Refused& refused) {
    return reject(RejectCode::kConfig, refused.why);
  } catch (const nlohmann::json::exception& error) {
    return reject(RejectCode::kConfig, reason_of(error));
  }
}

}  // namespace freezenet::daemon
