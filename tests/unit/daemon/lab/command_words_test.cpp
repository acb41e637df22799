#include "daemon/lab/command_words.h"

#include <gtest/gtest.h>

namespace freezenet::lab {
namespace {

using Words = std::vector<std::string>;

TEST(CommandWords, WhiteSpaceSeparatesAndQuotesKeep) {
  EXPECT_EQ(command_words("prog a  b\t"), (Words{"prog", "a", "b"}));
  EXPECT_EQ(command_words("'my prog' --x=\"a 'b'\" ''"), (Words{"my prog", "--x=a 'b'", ""}));
  EXPECT_EQ(command_words("a$HOME;b|c"), (Words{"a$HOME;b|c"}));
}

TEST(CommandWords, NothingAndAnOpenQuoteAreNoCommand) {
  for (const char* text : {"", "  ", "prog 'a", "\""}) EXPECT_TRUE(command_words(text).empty()) << text;
}

}  // namespace
}  // namespace freezenet::lab
