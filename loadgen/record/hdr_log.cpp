#include "loadgen/record/hdr_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/hdr_log_format.h"

namespace sockbench {

HdrLog::HdrLog(std::string path, int workers)
    : path_(std::move(path)),
      temporary_(path_ + "." + std::to_string(::getpid()) + ".tmp"),
      workers_(workers),
      file_(check(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666),
                  "write " + path_)) {}

void HdrLog::start(std::int64_t lead_in_ns) {
  const std::int64_t start_ms = (now_ns() + realtime_offset_ns() + lead_in_ns) / kNsPerMs;
  write_all(file_.get(), hdr_log_head(start_ms), "write " + path_);
  writer_ = std::thread([this] { write_loop(); });
}

HdrLog::~HdrLog() {
  if (finished_) return;
  if (writer_.joinable()) stop_writer(false);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void HdrLog::submit(std::int64_t number, double start_s, double length_s,
                    std::unique_ptr<Histogram> samples) {
  const std::lock_guard lock(mutex_);
  Interval& interval = intervals_[number];
  interval.start_s = start_s;
  interval.length_s = std::max(interval.length_s, length_s);
  interval.samples.merge(*samples);
  if (++interval.parts == workers_) changed_.notify_one();
}

void HdrLog::finish() {
  if (!writer_.joinable()) start(0);  // without measurements the log is empty
  stop_writer(true);
  if (failed_) throw std::system_error(EIO, std::generic_category(), "write " + path_);
  check(::rename(temporary_.c_str(), path_.c_str()), "write " + path_);
  finished_ = true;
}

void HdrLog::stop_writer(bool all) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    write_all_ = all;
  }
  changed_.notify_one();
  writer_.join();
}

void HdrLog::write_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto complete = [&] {
      return !intervals_.empty() && intervals_.begin()->second.parts >= workers_;
    };
    changed_.wait(lock, [&] { return stopping_ || complete(); });
    if (!complete() && !(write_all_ && !intervals_.empty())) return;
    const auto node = intervals_.extract(intervals_.begin());
    lock.unlock();
    write_line(node.mapped());
    lock.lock();
  }
}

void HdrLog::write_line(const Interval& interval) {
  if (interval.samples.count() == 0) return;
  const std::string histogram = interval.samples.encode();
  try {
    write_all(file_.get(),
              hdr_log_line({.start_s = interval.start_s,
                            .length_s = interval.length_s,
                            .max_ns = interval.samples.max(),
                            .histogram = histogram}),
              "write " + path_);
  } catch (const std::system_error&) {
    failed_ = true;
  }
}

}  // namespace sockbench
