#pragma once

#include <memory>
#include <string>

#include "loadgen/protocol/reply_parser.h"

namespace sockbench {

/// PING as redis-benchmark's PING_MBULK sends it: an array of one bulk string.
std::string redis_request();

/// A correct reply is the status PONG, or the request itself, so that Redis clients and this
/// generator can measure the same echo server. Errors and all other values are wrong.
std::unique_ptr<ReplyParser> redis_reply_parser();

}  // namespace sockbench
