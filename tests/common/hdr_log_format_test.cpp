// The lines of a histogram log. Another library reads whole ones in tests/loadgen/.

#include "common/hdr_log_format.h"

#include <gtest/gtest.h>

namespace sockbench {
namespace {

TEST(HdrLogFormat, Head) {
  EXPECT_EQ(hdr_log_head(1'714'564'800'007),
            "#[Histogram log format version 1.3]\n"
            "#[StartTime: 1714564800.007 (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            "\"Interval_Compressed_Histogram\"\n");
}

TEST(HdrLogFormat, LineWithAndWithoutATag) {
  HdrLogInterval interval{
      .start_s = 1, .length_s = 2.5, .max_ns = 1'234'567, .histogram = "HISTFAAA"};
  EXPECT_EQ(hdr_log_line(interval), "1.000,2.500,1.235,HISTFAAA\n");
  interval.tag = "epoll/busy";
  EXPECT_EQ(hdr_log_line(interval), "Tag=epoll/busy,1.000,2.500,1.235,HISTFAAA\n");
}

TEST(HdrLogFormat, TagsThatDifferStayDifferent) {
  const auto tag_of = [](std::string_view tag) {
    const std::string line = hdr_log_line({.histogram = "H", .tag = tag});
    return line.substr(0, line.find(','));
  };
  EXPECT_EQ(tag_of("epoll --reply echo"), "Tag=epoll%20--reply%20echo");
  EXPECT_EQ(tag_of("epoll%20--reply%20echo"), "Tag=epoll%2520--reply%2520echo");
  EXPECT_EQ(tag_of("a,b\r\nc"), "Tag=a%2Cb%0D%0Ac");
  EXPECT_EQ(tag_of("größe#2"), "Tag=größe#2");
}

}  // namespace
}  // namespace sockbench
