#include "bench/faults/fault.h"

#include <array>
#include <charconv>
#include <system_error>

namespace sockbench::faults {
namespace {

using Kind = Fault::Kind;

/// A fault's name, and how many numbers follow it.
struct Form {
  std::string_view name;
  Kind kind;
  int numbers;
};

constexpr std::array<Form, 9> kForms = {{{"none", Kind::kNone, 0},
                                         {"spin", Kind::kSpin, 1},
                                         {"syscall", Kind::kSyscall, 0},
                                         {"tail", Kind::kTail, 2},
                                         {"memory", Kind::kMemory, 1},
                                         {"lost_wakeup", Kind::kLostWakeup, 1},
                                         {"crash", Kind::kCrash, 1},
                                         {"wrong_byte", Kind::kWrongByte, 1},
                                         {"neighbour", Kind::kNeighbour, 0}}};

/// Takes ":123" off the front of `text`; nullopt when there is no number from 1 to `most`.
std::optional<std::int64_t> take_number(std::string_view& text, std::int64_t most) {
  if (!text.starts_with(':')) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc() || number < 1 || number > most) return std::nullopt;
  text = {rest, static_cast<std::size_t>(end - rest)};
  return number;
}

}  // namespace

std::optional<Fault> parse_fault(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  std::string_view numbers = text.substr(name.size());
  for (const Form& form : kForms) {
    if (form.name != name) continue;
    Fault fault{.kind = form.kind};
    if (form.numbers >= 1) {
      const auto amount = take_number(numbers, kMaxAmount);
      if (!amount) return std::nullopt;
      fault.amount = *amount;
    }
    if (form.numbers >= 2) {
      const auto delay_ms = take_number(numbers, kMaxDelayMs);
      if (!delay_ms) return std::nullopt;
      fault.delay_ms = *delay_ms;
    }
    return numbers.empty() ? std::optional(fault) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace sockbench::faults
