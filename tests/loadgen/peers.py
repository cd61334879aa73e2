#!/usr/bin/env python3
"""Compares loadgen with other clients of the same server: throughput and client CPU per request.

    peers.py bare  --bin DIR --connections 64,1000 --slices 200 --slice-ms 20 --restarts 5
    peers.py redis --bin DIR --pairs 12

bare:  against bare_client, which only sends and receives. Both are connected to one server-epoll
       and take turns in short slices, in random order; a ratio is the median over a restart's
       slice pairs, then mean and 95 % interval over restarts. With 1,000 connections 20 ms are
       only a few rounds of requests: --slice-ms 100 tells more.
redis: against `redis-benchmark -t ping_mbulk -P 1`, whole processes in turns, connection set-up
       included in both; mean and 95 % interval over pairs. The server echoes, and an array PING
       is a valid reply to itself.

--at-most X bounds loadgen's client CPU per request as a ratio to the peer's, --at-least X its
throughput (bare only); a bound is missed when the mean is beyond it. Server and clients have a CPU
each when there are two. Exit status: 0 fine, 1 a bound is missed, 2 wrong usage, 4 a program
failed, 77 skipped, 130 interrupted.
"""

import argparse
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from processes import FAILED_CHECK, SKIPPED, Failed, cpus, run_main, run_to_end, running, server

# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; beyond, 1.96 + 2.4/df is within 0.01.
T_95 = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
]  # fmt: skip
MESSAGE_BYTES = 64
LEAD_IN_MS = 5  # until all of 1,000 connections have their first request under way
PING = b"*1\r\n$4\r\nPING\r\n"


def estimate(ratios: list[float]) -> dict:
    """Mean and 95 % interval of independent ratios (restarts or pairs)."""
    count = len(ratios)
    result = {"mean": statistics.mean(ratios), "half_width": None, "ratios": ratios}
    if count > 1:
        t = T_95[count - 2] if count <= len(T_95) + 1 else 1.96 + 2.4 / (count - 1)
        result["half_width"] = t * statistics.stdev(ratios) / math.sqrt(count)
    return result


def text(ratio: dict) -> str:
    if ratio["half_width"] is None:
        return f"{ratio['mean']:.3f} (no interval from one)"
    return f"{ratio['mean']:.3f} ± {ratio['half_width']:.3f}"


def process_cpu_ns(pid: int) -> int:
    """CPU time of all threads of another process, to the nanosecond: its CPU-time clock, as
    clock_getcpuclockid(3) numbers it."""
    return time.clock_gettime_ns((~pid << 3) | 2)


@dataclass
class Slice:
    rate: float  # requests per second
    cpu_ns: float  # of the client, per request


class Client:
    """A client that obeys slices; between them it is blocked reading its next command."""

    def __init__(self, process: subprocess.Popen):
        self.process = process

    def ask(self, line: str) -> dict:
        if line:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"{os.path.basename(self.process.args[0])} ended in mid-run.")
        return json.loads(answer)

    def run(self, slice_ms: int) -> Slice:
        before = process_cpu_ns(self.process.pid)
        answered, in_window, seconds = self.load(slice_ms)
        cpu = process_cpu_ns(self.process.pid) - before
        return Slice(in_window / seconds, cpu / answered)


class Bare(Client):
    def load(self, slice_ms: int) -> tuple[int, int, float]:
        answer = self.ask(f"run {slice_ms} {LEAD_IN_MS}")
        return answer["answered"], answer["requests"], answer["seconds"]


class Loadgen(Client):
    def load(self, slice_ms: int) -> tuple[int, int, float]:
        command = {"command": "slice", "lead_in_ns": LEAD_IN_MS * 1_000_000,
                   "window_ns": slice_ms * 1_000_000,
                   "drain_limit_ns": 5_000_000_000, "seed": 1}  # fmt: skip
        answer = self.ask(json.dumps(command))
        if not answer["drained"]:
            raise Failed("loadgen's requests were not all answered.")
        return answer["answered"], answer["answered_in_window"], answer["window_ns"] * 1e-9


def one_restart(args: argparse.Namespace, connections: int) -> tuple[list[Slice], list[Slice]]:
    """New processes; the slices of loadgen and of the bare client, pairwise."""
    server_cpu, client_cpu = cpus()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    loadgen, bare = (os.path.join(args.bin, name) for name in ("loadgen", "bare_client"))
    count, size = str(connections), str(MESSAGE_BYTES)
    with server(args.bin, server_cpu) as address, running(
        [bare, "--slices", address, count, size], client_cpu, **pipes
    ) as bare_process, running(
        [loadgen, "--control", "--connect", address, "-c", count, "--message-bytes", size],
        client_cpu, **pipes,
    ) as loadgen_process:  # fmt: skip
        clients = [Loadgen(loadgen_process), Bare(bare_process)]
        for client in clients:
            client.ask("")  # ready
        slices: tuple[list[Slice], list[Slice]] = ([], [])
        for pair in range(-2, args.slices):  # the first two warm up
            for i in random.sample([0, 1], 2):
                measured = clients[i].run(args.slice_ms)
                if pair >= 0:
                    slices[i].append(measured)
        return slices


def undisturbed(slices: tuple[list[Slice], list[Slice]]) -> list[tuple[Slice, Slice]]:
    """Pairs without those in which a whole window passed elsewhere, which other programs can do."""
    pairs = [(own, bare) for own, bare in zip(*slices) if own.rate > 0 and bare.rate > 0]
    if len(pairs) < 0.9 * len(slices[0]):
        raise Failed("many slices saw no reply; use a longer --slice-ms or a quieter machine.")
    return pairs


def compare_bare(args: argparse.Namespace) -> dict:
    results = []
    for connections in args.connections:
        throughput, cpu, median_cpu = [], [], ([], [])
        for _ in range(args.restarts):
            slices = one_restart(args, connections)
            pairs = undisturbed(slices)
            throughput.append(statistics.median(own.rate / bare.rate for own, bare in pairs))
            cpu.append(statistics.median(own.cpu_ns / bare.cpu_ns for own, bare in pairs))
            for all_of, some in zip(median_cpu, slices):
                all_of.append(statistics.median(s.cpu_ns for s in some))
        own_ns, bare_ns = map(statistics.median, median_cpu)
        results.append({"connections": connections, "throughput": estimate(throughput),
                        "cpu_per_request": estimate(cpu), "loadgen_cpu_ns": own_ns,
                        "peer_cpu_ns": bare_ns})  # fmt: skip
        print(
            f"{connections} connections, loadgen/bare over {args.restarts} restarts: throughput "
            f"{text(results[-1]['throughput'])}, client CPU per request "
            f"{text(results[-1]['cpu_per_request'])} ({own_ns:.0f} against {bare_ns:.0f} ns)",
            flush=True,
        )
    return {"peer": "bare", "slices": args.slices, "slice_ms": args.slice_ms,
            "restarts": args.restarts, "results": results}  # fmt: skip


def redis_cpu_ns(args: argparse.Namespace, address: str, cpu: set[int]) -> float:
    host, port = address.rsplit(":", 1)
    _, used = run_to_end(["redis-benchmark", "-h", host, "-p", port, "-t", "ping_mbulk", "-c", "64",
                          "-n", str(args.requests), "-P", "1", "--csv"], cpu)  # fmt: skip
    return used * 1e9 / args.requests  # it ends with status 0 when all are answered


def loadgen_cpu_ns(args: argparse.Namespace, address: str, cpu: set[int]) -> float:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        _, used = run_to_end([os.path.join(args.bin, "loadgen"), "--connect", address, "-c", "64",
                              "-d", "1s", "--warmup", "0s", "--reply", "echo",
                              "--message-bytes", str(len(PING)), "--quiet",
                              "--json", file.name], cpu)  # fmt: skip
        with open(file.name, encoding="utf-8") as written:
            result = json.load(written)
    # The few answered after the window are not counted: below 0.1 %, to loadgen's disadvantage.
    return used * 1e9 / (result["ledger"]["answered"] + result["connections"]["verified"])


def compare_redis(args: argparse.Namespace) -> dict:
    if shutil.which("redis-benchmark") is None:
        raise Failed("skipped: install redis-tools", SKIPPED)
    server_cpu, client_cpu = cpus()
    pairs = []
    with server(args.bin, server_cpu, "--reply", "echo") as address:
        measure = [loadgen_cpu_ns, redis_cpu_ns]
        for pair in range(-1, args.pairs):  # the first warms up
            ns = [0.0, 0.0]
            for i in random.sample([0, 1], 2):
                ns[i] = measure[i](args, address, client_cpu)
            if pair >= 0:
                pairs.append(ns)
    own_ns, redis_ns = (statistics.median(column) for column in zip(*pairs))
    result = {"connections": 64, "cpu_per_request": estimate([own / peer for own, peer in pairs]),
              "loadgen_cpu_ns": own_ns, "peer_cpu_ns": redis_ns}  # fmt: skip
    print(
        f"64 connections, loadgen/redis-benchmark over {args.pairs} pairs: client CPU per request "
        f"{text(result['cpu_per_request'])} ({own_ns:.0f} against {redis_ns:.0f} ns)"
    )
    return {"peer": "redis-benchmark", "pairs": args.pairs, "requests": args.requests,
            "results": [result]}  # fmt: skip


def missed_bounds(args: argparse.Namespace, results: list[dict]) -> list[str]:
    missed = []
    for result in results:
        cpu = result["cpu_per_request"]["mean"]
        if args.at_most is not None and cpu > args.at_most:
            missed.append(f"client CPU per request at {result['connections']} connections is "
                          f"{cpu:.3f}, above {args.at_most}")  # fmt: skip
        throughput = result.get("throughput", {}).get("mean")
        if args.at_least is not None and throughput < args.at_least:
            missed.append(f"throughput at {result['connections']} connections is "
                          f"{throughput:.3f}, below {args.at_least}")  # fmt: skip
    return missed


def positive(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"'{word}' is not an integer above 0")
    return int(word)


def parse() -> argparse.Namespace:
    verbatim = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=verbatim)
    peers = parser.add_subparsers(dest="peer", required=True, metavar="bare|redis")
    bare = peers.add_parser("bare", allow_abbrev=False)
    bare.add_argument("--connections", default=[64, 1000],
                      type=lambda words: [positive(word) for word in words.split(",")])  # fmt: skip
    bare.add_argument("--slices", type=positive, default=200, help="per client and restart")
    bare.add_argument("--slice-ms", type=positive, default=20)
    bare.add_argument("--restarts", type=positive, default=5)
    bare.add_argument("--at-least", type=float, help="bound of the throughput ratio")
    redis = peers.add_parser("redis", allow_abbrev=False)
    redis.add_argument("--pairs", type=positive, default=12)
    redis.add_argument("--requests", type=positive, default=100_000, help="of redis-benchmark")
    redis.set_defaults(at_least=None)
    for peer in (bare, redis):
        peer.add_argument("--bin", required=True, metavar="DIR", help="such as build/release/bin")
        peer.add_argument("--at-most", type=float, help="bound of the client CPU ratio")
        peer.add_argument("--json", metavar="FILE", help="write the result to this file")
    return parser.parse_args()


def main() -> int:
    args = parse()
    result = compare_bare(args) if args.peer == "bare" else compare_redis(args)
    result["missed"] = missed_bounds(args, result["results"])
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    for sentence in result["missed"]:
        print(f"missed: {sentence}")
    return FAILED_CHECK if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(run_main("peers", main))
