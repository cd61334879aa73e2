// Which figures of a cell are eligible, and verdicts and reasons as text. run.json decides.

import { metricOf } from './metrics.mjs';
import { list, object } from './json.mjs';

/// Eligibility of the cell's figures by path. A run.json of an earlier version has none: it is then
/// derived from the rankings.
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

/// Whether the figure may be compared with those of other cells. Without an entry in run.json (a
/// run of an earlier version) the status decides: a generator at its limit invalidates what the
/// client measures (rate, times), but not what a request costs the server.
export function isEligible(cell, metric) {
  if (Object.hasOwn(cell.eligibility, metric)) return cell.eligibility[metric].eligible === true;
  if (cell.status === 'valid') return true;
  return cell.status === 'generator_bound' && metricOf(metric).isOfServer;
}

/// Why a figure of the cell is not eligible.
export function ineligibleReason(cell, metric) {
  const { reason } = object(metric && cell.eligibility[metric]);
  if (cell.status === 'valid' && typeof reason === 'string') return reason;
  return [cell.status, cell.reasons.join('; ')].filter(Boolean).join(' — ');
}

const REASONS = { too_few_restarts: 'too few restarts', not_significant: 'not significant' };

/// The reason of an inconclusive result as text; null without a known reason.
export const reasonText = (reason) =>
  Object.hasOwn(REASONS, reason ?? '') ? REASONS[reason] : null;

/// The verdict of a comparison as text, or the reason why it is inconclusive.
export const verdictText = ({ verdict, reason }) => reasonText(reason) ?? verdict;

/// The reason in run.json for a null figure: its own, or that of the block that contains it.
export function absentReason(cell, path) {
  for (let key = path; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    if (typeof cell.absent[key] === 'string') return cell.absent[key];
  }
  return cell.status === 'valid' ? 'not measured' : ineligibleReason(cell);
}
