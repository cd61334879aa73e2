#include "bench/judge/change_point.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "bench/judge/significance.h"
#include "common/error.h"
#include "common/random.h"

namespace sockbench {
namespace {

using Values = std::vector<double>;

/// No duel knows its ratio better; keeps the arithmetic finite where ratios do not scatter at all.
constexpr double kSmallestError = 1e-6;

double normal(Random& random) {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

bool is_error(double value) { return std::isfinite(value) && value > 0; }

/// A chain's noise but for a common factor.
struct Errors {
  Values standard;     ///< one for each duel, all positive
  bool known = false;  ///< from the duels' intervals, and not just all alike
};

/// A duel without a standard error gets the usual one.
Errors errors_of(std::span<const DuelEffect> duels) {
  Values known;
  for (const DuelEffect& duel : duels) {
    if (is_error(duel.standard_error)) known.push_back(duel.standard_error);
  }
  const double usual = known.empty() ? 1 : median(known);
  Errors errors{{}, !known.empty()};
  for (const DuelEffect& duel : duels) {
    errors.standard.push_back(is_error(duel.standard_error) ? duel.standard_error : usual);
  }
  return errors;
}

struct Run {
  std::size_t first = 0;
  std::size_t last = 0;
  double sum = 0;
  double variance = 1;
  double square() const { return sum * sum / variance; }
};

/// The run in [begin, end) that moves furthest for its error; begin < end.
Run largest_run(std::span<const double> log_ratios, std::span<const double> variances,
                std::size_t begin, std::size_t end) {
  Run best{begin, begin, 0, 1};
  double largest = -1;
  for (std::size_t first = begin; first < end; ++first) {
    const std::size_t limit = std::min(end, first + kLongestCreep);
    double sum = 0;
    double variance = 0;
    for (std::size_t last = first; last < limit; ++last) {
      sum += log_ratios[last];
      variance += variances[last];
      if (sum * sum > largest * variance) {
        largest = sum * sum / variance;
        best = {first, last, sum, variance};
      }
    }
  }
  return best;
}

Values squares(std::span<const double> values) {
  Values result;
  for (const double value : values) result.push_back(value * value);
  return result;
}

/// What a chain shows, in units of the standard errors.
struct Shown {
  double largest = 0;  ///< its largest run
  double scatter = 0;  ///< of what is left without its few largest runs, which may be changes
};

/// So many runs are set aside of a chain of so many duels.
std::size_t runs_set_aside(std::size_t duels) { return std::min<std::size_t>(1 + duels / 16, 4); }

Shown shown_by(std::span<const double> log_ratios, std::span<const double> variances) {
  const std::size_t size = log_ratios.size();
  double rest = 0;
  for (std::size_t i = 0; i < size; ++i) rest += log_ratios[i] * log_ratios[i] / variances[i];
  struct Piece {
    std::size_t begin, end;
    Run run;
  };
  std::vector<Piece> pieces;
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (begin < end) {
      pieces.push_back({begin, end, largest_run(log_ratios, variances, begin, end)});
    }
  };
  add(0, size);
  Shown shown{std::sqrt(pieces.front().run.square()), 0};
  for (std::size_t i = 0; i < runs_set_aside(size) && !pieces.empty(); ++i) {
    const auto next = std::max_element(
        pieces.begin(), pieces.end(),
        [](const Piece& a, const Piece& b) { return a.run.square() < b.run.square(); });
    const Piece piece = *next;
    pieces.erase(next);
    rest -= piece.run.square();
    add(piece.begin, piece.run.first);
    add(piece.run.last + 1, piece.end);
  }
  shown.scatter = std::sqrt(std::max(rest, 0.0) / static_cast<double>(size));
  return shown;
}

/// What chains without a change show whose errors are as stated.
std::vector<Shown> shown_by_chance(const Errors& errors, std::span<const double> variances,
                                   const ChangePointOptions& options) {
  Random random(options.seed);
  std::vector<Shown> all;
  Values log_ratios(errors.standard.size());
  for (int i = 0; i < options.simulations; ++i) {
    for (std::size_t j = 0; j < log_ratios.size(); ++j) {
      log_ratios[j] = errors.standard[j] * normal(random);
    }
    all.push_back(shown_by(log_ratios, variances));
  }
  return all;
}

double usual_scatter(const std::vector<Shown>& by_chance) {
  Values scatters;
  for (const Shown& shown : by_chance) scatters.push_back(shown.scatter);
  return median(scatters);
}

/// A chain and what chance makes of one like it.
class Search final {
 public:
  Search(Values log_ratios, const Errors& errors, const ChangePointOptions& options)
      : log_ratios_(std::move(log_ratios)),
        variances_(squares(errors.standard)),
        significance_(options.significance) {
    const std::vector<Shown> by_chance = shown_by_chance(errors, variances_, options);
    const double smallest = errors.known ? 1 : kSmallestError;
    const double usual = usual_scatter(by_chance);
    scale_ = std::max(smallest, shown_by(log_ratios_, variances_).scatter / usual);
    // Everything is proportional to the errors: these are chains with errors of `scale_`.
    for (const Shown& shown : by_chance) {
      const double scale = std::max(smallest, scale_ * shown.scatter / usual);
      by_chance_.push_back(scale_ * shown.largest / scale);
    }
    std::sort(by_chance_.begin(), by_chance_.end());
  }

  /// By how much the chain scatters more than its errors say.
  double scale() const { return scale_; }

  /// How many standard errors a run must reach.
  double threshold() const { return quantile(by_chance_, 1 - significance_); }

  /// Adds the changes in [begin, end), in order.
  void collect(std::size_t begin, std::size_t end, std::vector<ChangePoint>& changes) const {
    if (begin >= end) return;
    const Run run = largest_run(log_ratios_, variances_, begin, end);
    const double p = p_value(std::sqrt(run.square()) / scale_);
    if (p > significance_) return;
    collect(begin, run.first, changes);
    changes.push_back({run.first, run.last, run.sum, scale_ * std::sqrt(run.variance), p});
    collect(run.last + 1, end, changes);
  }

 private:
  /// Counting the chain itself keeps the test valid (Phipson and Smyth 2010).
  double p_value(double largest) const {
    const auto at_least =
        by_chance_.end() - std::lower_bound(by_chance_.begin(), by_chance_.end(), largest);
    return (static_cast<double>(at_least) + 1) / (static_cast<double>(by_chance_.size()) + 1);
  }

  Values log_ratios_;
  Values variances_;
  double significance_;
  double scale_ = 1;
  Values by_chance_;  ///< the largest runs, in standard errors, of chains without a change; sorted
};

}  // namespace

double standard_error_of(const Interval& ci, double level, std::size_t restarts) {
  if (!(ci.lo > 0 && ci.hi > ci.lo && level > 0 && level < 1)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double upper = (1 + level) / 2;
  const double half_widths =
      restarts < 2 ? boost::math::quantile(boost::math::normal(), upper)
                   : boost::math::quantile(
                         boost::math::students_t(static_cast<double>(restarts - 1)), upper);
  return std::log(ci.hi / ci.lo) / 2 / half_widths;
}

std::optional<ChangePoints> find_change_points(std::span<const DuelEffect> duels,
                                               const ChangePointOptions& options) {
  SOCKBENCH_ASSERT(options.simulations > 0);
  if (duels.size() < kMinDuels) return std::nullopt;
  Values log_ratios;
  for (const DuelEffect& duel : duels) {
    SOCKBENCH_ASSERT(std::isfinite(duel.log_ratio));
    log_ratios.push_back(duel.log_ratio);
  }
  const Errors errors = errors_of(duels);
  const Search search(std::move(log_ratios), errors, options);
  ChangePoints result;
  search.collect(0, duels.size(), result.changes);
  result.noise = search.scale() * median(errors.standard);
  result.detectable =
      result.noise * (search.threshold() + boost::math::quantile(boost::math::normal(), kPower));
  return result;
}

}  // namespace sockbench
