#include "bench/micro/helper.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/error.h"

namespace sockbench::micro {
namespace {

/// Ends with the pipe of demands.
[[noreturn]] void serve(int demands, int answers, const Helper::Answer& answer) {
  Helper::Demand demand;
  while (::read(demands, &demand, sizeof demand) == sizeof demand) {
    const std::int64_t result = answer(demand);
    if (::write(answers, &result, sizeof result) != sizeof result) break;
  }
  ::_exit(0);
}

}  // namespace

Helper::Helper(const Answer& answer) {
  std::array<int, 2> demands{};
  check(::pipe2(demands.data(), O_CLOEXEC), "pipe2");
  const Fd demands_out(demands[0]);
  demands_ = Fd(demands[1]);
  std::array<int, 2> answers{};
  check(::pipe2(answers.data(), O_CLOEXEC), "pipe2");
  answers_ = Fd(answers[0]);
  const Fd answers_in(answers[1]);
  if (check(::fork(), "fork") != 0) return;
  demands_.reset();
  answers_.reset();
  serve(demands_out.get(), answers_in.get(), answer);
}

std::int64_t Helper::ask(Demand demand, const char* what) const {
  std::int64_t answer = 0;
  if (::write(demands_.get(), &demand, sizeof demand) != sizeof demand ||
      ::read(answers_.get(), &answer, sizeof answer) != sizeof answer) {
    throw std::runtime_error(std::string("The helper process for this has ended: ") + what + ".");
  }
  if (answer < 0) {
    throw std::system_error(static_cast<int>(-answer), std::generic_category(), what);
  }
  return answer;
}

}  // namespace sockbench::micro
