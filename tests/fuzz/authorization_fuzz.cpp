#include "daemon/rpc/basic_auth.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// The value of an Authorization header, from whoever reached the port.
void authorization(ByteView input) {
  const daemon::BasicAuth auth("__cookie__:0123456789abcdef");
  const std::string_view shown = as_text(input);
  const std::string right = auth.header();
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  };
  const std::size_t scheme = std::string_view("Basic").size();
  const bool equal = shown.size() == right.size() && shown.substr(scheme) == std::string_view(right).substr(scheme) &&
                     lower(shown.substr(0, scheme)) == "basic";
  require(auth.accepts(shown) == equal, "exactly the cookie is accepted, under \"basic\" in any case");
}

}  // namespace freezenet::fuzz
