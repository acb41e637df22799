#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freezenet::lab {

/// A program and its arguments out of one text: words between white space, of which '...' and "..." keep theirs. No
/// shell reads it. Empty where there is no word, or a quote that does not end.
std::vector<std::string> command_words(std::string_view text);

}  // namespace freezenet::lab
