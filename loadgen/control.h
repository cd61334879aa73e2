#pragma once

#include "loadgen/options.h"

namespace sockbench {

/// The load generator as an engine: connects, then executes one JSON command per line of standard
/// input and answers each with one line on standard output.
///   (start)                                         ->
///   {"event":"ready","verified":N,"failure":text}
///   {"command":"slice","lead_in_ns":…,"window_ns":…,
///    "drain_limit_ns":…,"seed":…}                    -> {"event":"slice", …LoadOutcome…}
///   {"command":"discard"}                           -> {"event":"discarded"}; the last slice with
///                                                      a window leaves nothing in the report
///   {"command":"report"}                            -> {"event":"report", …blocks of a cell…}
/// The end of standard input ends the process. Between commands it sleeps in read. Returns an exit
/// code; throws UsageError for a line that is no such command.
int control_loop(const LoadOptions& options);

}  // namespace sockbench
