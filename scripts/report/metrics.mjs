// Labels of the metrics in comparisons and rankings, and which direction is better.

const KNOWN = {
  achieved_rps: { label: 'Throughput', better: 'higher' },
  'server.cpu_ns_per_request': { label: 'Server CPU per request', better: 'lower' },
  'server.cpu_utilisation': { label: 'Server CPU use', better: 'lower' },
  'server.memory_bytes_per_connection': { label: 'Memory per connection', better: 'lower' },
  burst_ns: { label: 'Time until a burst is answered', better: 'lower' },
};

const BLOCKS = {
  response_time_ns: 'Response time',
  service_time_ns: 'Service time',
  connect_time_ns: 'Connect time',
  first_reply_time_ns: 'Time from connect to first reply',
};

/// A metric by its path in a cell. The label of an unknown metric is its path.
export function metricOf(path) {
  const isOfServer = path.startsWith('server.');
  if (Object.hasOwn(KNOWN, path)) return { ...KNOWN[path], isOfServer };
  const [block, statistic] = path.split('.');
  if (statistic && Object.hasOwn(BLOCKS, block)) {
    return {
      label: `${BLOCKS[block]} ${statistic.replace('_', '.')}`,
      better: 'lower',
      isOfServer,
    };
  }
  return { label: path, better: null, isOfServer };
}
