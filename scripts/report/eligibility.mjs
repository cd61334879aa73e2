// Which figures of a cell count, and the words for what was not decided: as run.json says.

import { metricOf } from './metrics.mjs';
import { list, object } from './json.mjs';

/// Which figures count, by their paths: what run.json says, or, in one of an earlier version, who was
/// ranked by them and why others were not.
export function eligibilityOf(run, cell) {
  if (cell.eligibility) return object(cell.eligibility);
  const answers = list(run.rankings)
    .map(object)
    .filter(({ workload }) => workload === cell.workload)
    .map(({ metric, unranked }) => {
      const out = list(unranked)
        .map(object)
        .find(({ contestant }) => contestant === cell.contestant);
      return [metric, { eligible: out === undefined, reason: out?.reason }];
    });
  return Object.fromEntries(answers);
}

/// Whether a cell's figure may be compared with others', as run.json says. Of a figure on which it
/// is silent (a run of an earlier version) the status tells: a generator at its limit spoils what
/// the client sees (rate, times), not what a request costs the server.
export function isComparable(cell, metric) {
  if (Object.hasOwn(cell.eligibility, metric)) return cell.eligibility[metric].eligible === true;
  if (cell.status === 'valid') return true;
  return cell.status === 'generator_bound' && metricOf(metric).isOfServer;
}

/// Why a figure of the cell does not count.
export function whyNot(cell, metric) {
  const { reason } = object(metric && cell.eligibility[metric]);
  if (cell.status === 'valid' && typeof reason === 'string') return reason;
  return [cell.status, cell.reasons.join('; ')].filter(Boolean).join(' — ');
}

const REASONS = { too_few_restarts: 'too few restarts', not_significant: 'not significant' };

/// Why nothing was decided, in words; null for a reason that is none or not known.
export const reasonWords = (reason) => (Object.hasOwn(REASONS, reason ?? '') ? REASONS[reason] : null);

/// What a comparison says, in words: the verdict, or why there is none.
export const verdictWords = ({ verdict, reason }) => reasonWords(reason) ?? verdict;

/// The reason run.json gives for a null figure: its own, or that of the block it stands in.
export function whyAbsent(cell, path) {
  for (let key = path; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    if (typeof cell.absent[key] === 'string') return cell.absent[key];
  }
  return cell.status === 'valid' ? 'not measured' : whyNot(cell);
}
