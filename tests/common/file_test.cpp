#include "common/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/error.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sockbench-file-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  fs::path folder;
};

TEST_F(File, RoundTripOfEveryByte) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text.push_back(static_cast<char>(i % 256));
  write_file_atomically(folder / "file", text);
  EXPECT_EQ(read_file(folder / "file"), text);
  EXPECT_EQ(files(), 1U) << "the temporary file is gone";
}

TEST_F(File, ReplacesWhatWasThere) {
  write_file_atomically(folder / "file", "a long text that was there before");
  write_file_atomically(folder / "file", "short");
  EXPECT_EQ(read_file(folder / "file"), "short");
}

TEST_F(File, EmptyFile) {
  write_file_atomically(folder / "file", "");
  EXPECT_EQ(read_file(folder / "file"), "");
}

TEST_F(File, WriteFailureNamesThePathAndLeavesNothing) {
  const std::string in_no_folder = folder / "missing" / "file";
  fs::create_directory(folder / "taken");
  for (const std::string& path : {in_no_folder, (folder / "taken").string()}) {
    try {
      write_file_atomically(path, "text");
      ADD_FAILURE() << path << " was written";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(files(), 1U) << "only the directory that this test made";
}

TEST_F(File, WhatCannotBeReadIsAUsageError) {
  EXPECT_THROW(read_file(folder / "missing"), UsageError);
  EXPECT_THROW(read_file(folder), UsageError);
}

}  // namespace
}  // namespace sockbench
