#!/usr/bin/env python3
"""Compares loadgen's kernel-stamped response times with a packet capture of the same run.

    capture_agreement.py --bin DIR [--connections 8,64] [--duration-ms 1000] [--keep FILE.pcap]

The capture knows nothing of the generator: a response time is the time between the two packets that
carry a request and its reply on the loopback device. The generator stamps a request just before
send(), the capture sees it inside send(): so the generator's times are longer by a few µs.

Bounds: p50 at most --p50-us (5) apart; p99 at most --p99-percent (5), or --p99-us (0) if that is
more: where p99 is short, the few µs of the send() weigh much. The capture itself runs in time that
nobody else wants, on the same CPUs. Exit status: 0 within bounds, 1 not,
2 wrong usage, 3 the capture is not complete (nothing is judged), 4 a program failed, 77 skipped (no
tcpdump, or no permission to capture), 130 interrupted.
"""

import argparse
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from processes import (
    FAILED_CHECK, INCONCLUSIVE, SKIPPED, Failed, cpus, run_main, running, server,
)  # fmt: skip

MESSAGE_BYTES = 64
NANOSECOND_PCAP = 0xA1B23C4D  # pcap-savefile(5)
ETHERNET = 1  # LINKTYPE_ETHERNET, which the loopback device has
SNAP_BYTES = 96  # Ethernet, IP and TCP headers with time stamps are 66
CAPTURE_KIB = 64 * 1024


@dataclass
class Capture:
    """Response times in a capture, by the time of the request."""

    times: list[tuple[int, int]] = field(default_factory=list)  # (request seen, time), ns
    segments: int = 0  # that carry data
    repeated: int = 0  # seen before: the device shows both ends, or TCP sent it again


def segments_of(path: str):
    """(time, source port, destination port, sequence, payload bytes) of every TCP segment."""
    with open(path, "rb") as file:
        data = file.read()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHIIII", data)
    if magic != NANOSECOND_PCAP or link != ETHERNET:
        raise Failed(f"{path} is no capture in nanoseconds of an Ethernet-like device.")
    at = 24
    while at + 16 <= len(data):
        seconds, nanoseconds, stored, _ = struct.unpack_from("<IIII", data, at)
        ip = at + 16 + 14
        at += 16 + stored
        if at > len(data):
            break  # tcpdump was stopped while writing; the reply is missed and noticed
        total = struct.unpack_from("!H", data, ip + 2)[0]
        tcp = ip + (data[ip] & 0xF) * 4
        source, destination, sequence = struct.unpack_from("!HHI", data, tcp)
        payload = total - (tcp - ip) - (data[tcp + 12] >> 4) * 4
        yield seconds * 10**9 + nanoseconds, source, destination, sequence, payload


def read_capture(path: str, port: int) -> Capture:
    """Pairs requests with replies. With one message of a connection under way at a time, they
    alternate; a connection's first pair only verifies it and is left out."""
    capture = Capture()
    last: dict[tuple[int, bool], int] = {}  # sequence number of each direction's last segment
    asked: dict[int, int] = {}  # when each connection's open request was seen
    verified: set[int] = set()
    for seen, source, destination, sequence, payload in segments_of(path):
        if payload <= 0:
            continue
        is_request = destination == port
        client = source if is_request else destination
        if last.get((client, is_request)) == sequence:
            capture.repeated += 1
            continue
        last[client, is_request] = sequence
        capture.segments += 1
        if payload != MESSAGE_BYTES or is_request == (client in asked):
            raise Failed("the capture has no whole requests and replies in turns.", INCONCLUSIVE)
        if is_request:
            asked[client] = seen
            continue
        request_seen = asked.pop(client)
        if client in verified:
            capture.times.append((request_seen, seen - request_seen))
        verified.add(client)
    capture.times.sort()
    return capture


def percentile(values: list[int], percent: float) -> int:
    """Nearest rank, as in loadgen's histograms."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(percent * 10) // 1000) - 1)]


def counts(tcpdump: subprocess.Popen) -> tuple[int, int, int]:
    """Packets written, let through by the kernel's filter, and dropped, so far (tcpdump(8))."""
    tcpdump.send_signal(signal.SIGUSR1)
    line = tcpdump.stderr.readline()
    found = re.search(r"(\d+) packets? captured, (\d+) .* by filter, (\d+) .* dropped", line)
    if found is None:
        raise Failed(f"tcpdump does not say what it captured: {line.strip()}")
    return int(found[1]), int(found[2]), int(found[3])


def stop_capture(tcpdump: subprocess.Popen) -> int:
    """Ends the capture once it is written; the number of packets that the kernel dropped. What is
    still in tcpdump's ring when it is interrupted would be lost. The filter counts both ends of the
    loopback device, of which one is written."""
    for _ in range(100):
        written, passed, dropped = counts(tcpdump)
        if dropped > 0 or passed in (written, 2 * written):
            break
        time.sleep(0.1)
    tcpdump.send_signal(signal.SIGINT)
    tcpdump.stderr.read()
    tcpdump.wait()
    return dropped


def wait_until_capturing(tcpdump: subprocess.Popen) -> None:
    said = []
    for line in tcpdump.stderr:
        if line.startswith("tcpdump: listening on"):
            return
        said.append(line.strip())
    sentence = said[-1].strip("().") if said else "tcpdump ended at once"
    if "permi" in sentence.lower():  # "Operation not permitted", "don't have permission"
        raise Failed(f"skipped: capturing is not permitted ({sentence}).", SKIPPED)
    raise Failed(f"tcpdump did not start: {sentence}")


def measure(args: argparse.Namespace, connections: int, path: str) -> tuple[dict, int]:
    """One run under capture: loadgen's result, and how many packets the capture lacks."""
    server_cpu, client_cpu = cpus()
    with server(args.bin, server_cpu) as address:
        port = address.rsplit(":", 1)[1]
        capture = ["tcpdump", "-i", "lo", "-Q", "in", "-n", "-j", "host",
                   "--time-stamp-precision=nano", "-s", str(SNAP_BYTES),
                   "-B", str(CAPTURE_KIB), "-w", path]  # fmt: skip
        if os.geteuid() == 0:
            capture += ["-Z", "root"]  # otherwise it becomes a user who may not write here
        capture.append(f"tcp and port {port}")
        command = [os.path.join(args.bin, "loadgen"), "--connect", address,
                   "-c", str(connections), "-d", f"{args.duration_ms}ms", "--warmup", "0s",
                   "--message-bytes", str(MESSAGE_BYTES), "--timestamps", "kernel",
                   "--quiet", "--json", "-"]  # fmt: skip
        options = {"stderr": subprocess.PIPE, "when_idle": True}  # its ring holds what waits
        with running(capture, server_cpu | client_cpu, **options) as tcpdump:
            wait_until_capturing(tcpdump)
            with running(command, client_cpu, stdout=subprocess.PIPE) as loadgen:
                said = loadgen.stdout.read()
                if loadgen.wait() != 0:
                    raise Failed("loadgen did not get all replies right.")
            return json.loads(said), stop_capture(tcpdump)


def within(args: argparse.Namespace, name: str, own: float, captured: float) -> bool:
    apart = own - captured
    if name == "p50":
        return abs(apart) <= args.p50_us * 1000
    return abs(apart) <= max(captured * args.p99_percent / 100, args.p99_us * 1000)


def compare(args: argparse.Namespace, connections: int, path: str) -> bool:
    result, dropped = measure(args, connections, path)
    own = result["response_time_ns"]
    if dropped > 0:
        raise Failed(f"the kernel dropped {dropped} packets of the capture at {connections} "
                     "connections; nothing is judged.", INCONCLUSIVE)  # fmt: skip
    capture = read_capture(path, result_port(result))
    if len(capture.times) < own["count"]:
        raise Failed(f"the capture has {len(capture.times)} requests, loadgen {own['count']}; "
                     "nothing is judged.", INCONCLUSIVE)  # fmt: skip
    # Behind the window requests go on until its last one is answered; loadgen counts none of those.
    times = [taken for _, taken in capture.times[: own["count"]]]
    print(f"{connections} connections, {len(times)} requests; {capture.segments} segments with "
          f"data, {capture.repeated} seen twice, 0 packets dropped")  # fmt: skip
    good = True
    for name, percent in (("p50", 50), ("p99", 99)):
        captured = percentile(times, percent)
        if own[name] is None:
            raise Failed(f"loadgen has too few requests for {name}.", INCONCLUSIVE)
        fine = within(args, name, own[name], captured)
        good = good and fine
        print(f"  {name}: loadgen {own[name] / 1000:.1f} µs, capture {captured / 1000:.1f} µs, "
              f"{(own[name] - captured) / 1000:+.1f} µs ({own[name] / captured - 1:+.1%})"
              f"{'' if fine else ', missed'}", flush=True)  # fmt: skip
    return good


def result_port(result: dict) -> int:
    return int(result["options"]["connect"].rsplit(":", 1)[1])


def parse() -> argparse.Namespace:
    verbatim = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=verbatim)
    parser.add_argument("--bin", required=True, metavar="DIR", help="such as build/release/bin")
    parser.add_argument("--connections", default=[8, 64],
                        type=lambda words: [int(word) for word in words.split(",")])  # fmt: skip
    parser.add_argument("--duration-ms", type=int, default=1000)
    parser.add_argument("--p50-us", type=float, default=5)
    parser.add_argument("--p99-percent", type=float, default=5)
    parser.add_argument("--p99-us", type=float, default=0, help="p99 may be apart so much anyway")
    parser.add_argument("--keep", metavar="FILE", help="keep the last capture")
    return parser.parse_args()


def main() -> int:
    args = parse()
    if shutil.which("tcpdump") is None:
        raise Failed("skipped: install tcpdump", SKIPPED)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for connections in args.connections:
            path = args.keep or os.path.join(folder, "lo.pcap")
            good = compare(args, connections, path) and good
    return 0 if good else FAILED_CHECK


if __name__ == "__main__":
    sys.exit(run_main("capture_agreement", main))
