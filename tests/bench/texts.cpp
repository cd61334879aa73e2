#include "tests/bench/texts.h"

#include <gtest/gtest.h>

#include <sstream>

namespace sockbench::test {
namespace {

std::size_t columns_of(const std::string& row) {
  std::size_t bars = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\') {
      ++i;
    } else if (row[i] == '|') {
      ++bars;
    }
  }
  return bars - 1;
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void expect_parts(const std::string& text, const std::vector<const char*>& parts) {
  for (const char* part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

void expect_tables_whole(const std::string& text) {
  std::size_t columns = 0;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with('|')) {
      columns = 0;
      continue;
    }
    if (columns == 0) columns = columns_of(line);
    EXPECT_EQ(columns_of(line), columns) << line;
  }
}

}  // namespace sockbench::test
