#pragma once

#include <memory>
#include <string>

#include "loadgen/protocol/reply_parser.h"

namespace sockbench {

/// GET in HTTP/1.1, whose connections stay open unless told otherwise.
std::string http_request(const std::string& host, const std::string& path);

/// Right is status 200 with a complete body, of a known length or chunked, on a connection that
/// stays open. A reply that is not is wrong as soon as its header is there: it is not read on.
std::unique_ptr<ReplyParser> http_reply_parser();

}  // namespace sockbench
