#include "common/text.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace sockbench {
namespace {

std::vector<std::string> wrapped(const std::string& label, const std::string& text) {
  std::ostringstream out;
  write_wrapped(out, label, text);
  std::istringstream in(out.str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Wrapped, CountsCharacters) {
  EXPECT_EQ(text_width(""), 0U);
  EXPECT_EQ(text_width("5 µs – …"), 8U);
  EXPECT_EQ(padded("µs", 4), "µs  ");
  EXPECT_EQ(padded("long", 2), "long");
}

TEST(Wrapped, ClipsBetweenCharacters) {
  EXPECT_EQ(clipped("epoll", 5), "epoll");
  EXPECT_EQ(clipped("epolls", 5), "epol…");
  EXPECT_EQ(clipped("µµµ", 2), "µ…");
  EXPECT_EQ(clipped("ab", 1), "…");
  EXPECT_EQ(clipped("ab", 0), "");
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
  EXPECT_EQ(wrapped("label  ", "one  two"), (std::vector<std::string>{"label  one two"}));
  EXPECT_EQ(wrapped("label  ", ""), (std::vector<std::string>{"label  "}));
  const std::string word(50, 'w');
  EXPECT_EQ(wrapped("a: ", word + " " + word),
            (std::vector<std::string>{"a: " + word, "   " + word}));
}

TEST(Wrapped, NothingIsWiderThanTheTerminal) {
  std::string text = "some words before " + std::string(350, 'x') + " and after ";
  for (int i = 0; i < 150; ++i) text += "µ";
  for (const std::string& label : {std::string(), std::string("label "), std::string(99, 'l')}) {
    std::string joined;
    for (const std::string& line : wrapped(label, text)) {
      EXPECT_LE(text_width(line), kColumns) << line;
      for (const char c : line) {
        if (c != ' ') joined += c;
      }
    }
    std::string expected = label + text;
    std::erase(expected, ' ');
    EXPECT_EQ(joined, expected) << "nothing is lost";
  }
}

}  // namespace
}  // namespace sockbench
