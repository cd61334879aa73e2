#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/fd.h"
#include "common/histogram.h"

namespace sockbench {

/// Writes response times as an HdrHistogram log (format 1.3, one line per second), which existing
/// viewers and plotters can read. Encoding takes about a millisecond and is done by a separate
/// thread: workers only pass the histogram of the last second.
class HdrLog final {
 public:
  /// Writes to a temporary file next to `path`. An interval consists of `workers` histograms.
  HdrLog(std::string path, int workers);
  /// The first interval starts `lead_in_ns` from now. Call once, before the first submit().
  void start(std::int64_t lead_in_ns);
  /// Without finish() the log is discarded.
  ~HdrLog();
  HdrLog(const HdrLog&) = delete;
  HdrLog& operator=(const HdrLog&) = delete;
  HdrLog(HdrLog&&) = delete;
  HdrLog& operator=(HdrLog&&) = delete;

  /// Adds one worker's samples of interval `number` (0, 1, …), which started `start_s` after the
  /// first one and took `length_s`. May be called by any thread.
  void submit(std::int64_t number, double start_s, double length_s,
              std::unique_ptr<Histogram> samples);
  /// Writes the remaining intervals, also incomplete ones, and renames the file to its path. Throws
  /// std::system_error if it could not be written.
  void finish();

 private:
  struct Interval {
    double start_s = 0;
    double length_s = 0;
    int parts = 0;
    Histogram samples;
  };

  void write_loop();
  void write_line(const Interval& interval);
  void stop_writer(bool all);

  std::string path_;
  std::string temporary_;
  int workers_;
  Fd file_;
  bool failed_ = false;
  bool finished_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool write_all_ = false;
  std::map<std::int64_t, Interval> intervals_;
  std::thread writer_;
};

}  // namespace sockbench
