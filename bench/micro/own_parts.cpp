// What the project's own code adds to every request.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

#include "bench/micro/catalogue.h"
#include "common/error.h"
#include "common/histogram.h"
#include "servers/session.h"

namespace sockbench::micro {
namespace {

/// Timed: Histogram::record of one value; the values have log-normal times around 20 µs in a random
/// order, as response times have. Not timed: drawing them.
void histogram_record(benchmark::State& state) {
  constexpr std::size_t kValues = 4096;
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> times(std::log(20'000.0), 0.5);
  std::array<std::int64_t, kValues> values{};
  std::generate(values.begin(), values.end(),
                [&] { return static_cast<std::int64_t>(times(random)); });
  Histogram histogram;
  std::size_t next = 0;
  repeat(state, 1000, [&] {
    histogram.record(values[next++ % kValues]);
    benchmark::ClobberMemory();
  });
  SOCKBENCH_ASSERT(histogram.count() == static_cast<std::uint64_t>(state.iterations()));
}

/// Timed: Session::received, which makes `bytes` bytes upper case, and Session::sent. Not timed:
/// any system call; the bytes are upper case after the first time, which changes nothing for code
/// without branches.
void session_step(benchmark::State& state, std::size_t bytes) {
  const Protocol protocol{.reply = Reply::kUpper, .handler = {}, .message_bytes = bytes};
  ReceiveBuffer buffer;
  buffer.fill('x');
  Session session(protocol, buffer);
  repeat(state, 1000, [&] {
    session.received(bytes);
    benchmark::DoNotOptimize(session.reply().data());
    benchmark::ClobberMemory();
    session.sent(bytes);
  });
  SOCKBENCH_ASSERT(!session.pending() && buffer[bytes - 1] == 'X');
}

}  // namespace

void add_own_parts(Catalogue& catalogue) {
  catalogue.add("own/histogram_record", histogram_record);
  for (const std::size_t bytes : {std::size_t{64}, ReceiveBuffer().size()}) {
    catalogue.add("own/session_step/" + std::to_string(bytes),
                  [=](benchmark::State& state) { session_step(state, bytes); });
  }
}

}  // namespace sockbench::micro
