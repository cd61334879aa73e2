#pragma once

#include <string>
#include <vector>

/// What tests expect of pages.
namespace sockbench::test {

std::vector<std::string> lines_of(const std::string& text);

/// Each part must be in the text.
void expect_parts(const std::string& text, const std::vector<const char*>& parts);

/// Every row of a Markdown table must have as many cells as its first one, as GitHub splits it: a
/// bar counts unless a backslash, itself not escaped, stands before it.
void expect_tables_whole(const std::string& text);

}  // namespace sockbench::test
