#!/usr/bin/env python3
"""Compares loadgen with the load generators that people know, at the servers they are known for.

    compare_tools.py redis --bin DIR    redis-benchmark -t ping_mbulk -c 64, at redis-server
    compare_tools.py nginx --bin DIR    wrk -c 64 -t 1, at nginx

The tools take turns in random order, --pairs (8) times after one to warm up, about --seconds (1)
each; the figures are medians of the runs, latencies as the tool reports them. CPU is the client's,
set-up included. Server and client have a CPU each when there are two.

Little's product is requests/s times mean latency over connections. All 64 are always waiting, so it
is 1 for a tool that stamps when it sends and when the reply is there. Less: it stamps its sends
late, or the time between a reply and the next request is in no sample. More: its latencies hold
more than what was waited, as those of wrk do, which adds samples to make up for stalls.

Exit status: 0 fine, 2 wrong usage, 4 a program failed, 77 skipped, 130 interrupted.
"""

import argparse
import contextlib
import csv
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass

from peers import estimate, positive, text
from processes import SKIPPED, Failed, cpus, run_main, run_to_end, running

CONNECTIONS = 64

NGINX_CONFIG = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "Hello, world\\n"; }} }}
}}
"""

# wrk prints three digits; to its script it tells microseconds. It does not count on errors.
WRK_SCRIPT = """\
function done(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "us": %d, "mean_us": %f, "p50_us": %d, "p99_us": %d, "errors": %d}\\n',
    summary.requests, summary.duration, latency.mean, latency:percentile(50),
    latency:percentile(99), errors.connect + errors.read + errors.write + errors.status +
    errors.timeout))
end
"""


@dataclass
class Run:
    rate: float  # requests per second
    cpu_us: float  # of the client, per request
    p50_us: float
    p99_us: float
    mean_us: float

    def little(self) -> float:
        return self.rate * self.mean_us * 1e-6 / CONNECTIONS


@dataclass
class Place:
    """Where the tools run, and against what."""

    bin: str
    folder: str
    port: int
    cpu: set[int]
    seconds: float
    requests: int = 50_000  # of redis-benchmark, which takes no duration: what it did in a second


def program(name: str, package: str) -> str:
    """nginx lies where only root's PATH looks."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise Failed(f"skipped: install {package}", SKIPPED)
    return found


def free_port() -> int:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


@contextlib.contextmanager
def ready(command: list[str], cpu: set[int], sign: str) -> Iterator[None]:
    """A server, from when a line of its log holds `sign`."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with running(command, cpu, **pipes) as process:
        if not any(sign in line for line in process.stdout):
            raise Failed(f"{os.path.basename(command[0])} did not become ready.")
        yield


def redis_server(folder: str, port: int, cpu: set[int]):
    command = [program("redis-server", "redis-server"), "--bind", "127.0.0.1", "--port", str(port),
               "--save", "", "--appendonly", "no", "--dir", folder]  # fmt: skip
    return ready(command, cpu, "Ready to accept connections")


def nginx_server(folder: str, port: int, cpu: set[int]):
    config = os.path.join(folder, "nginx.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(NGINX_CONFIG.format(folder=folder, port=port))
    command = [program("nginx", "nginx"), "-p", folder, "-c", config, "-e", "stderr"]
    return ready(command, cpu, 'using the "epoll" event method')


def run_loadgen(place: Place, protocol: str) -> Run:
    path = os.path.join(place.folder, "loadgen.json")
    _, cpu_s = run_to_end(
        [os.path.join(place.bin, "loadgen"), "--connect", f"127.0.0.1:{place.port}", "--protocol",
         protocol, "-c", str(CONNECTIONS), "-d", f"{round(place.seconds * 1000)}ms", "--warmup",
         "0", "--quiet", "--json", path], place.cpu)  # fmt: skip
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    times = result["response_time_ns"]
    # Each connection was verified with a request before.
    requests = result["ledger"]["answered"] + result["connections"]["verified"]
    return Run(result["achieved_rps"], cpu_s * 1e6 / requests,
               *(times[key] / 1e3 for key in ("p50", "p99", "mean")))  # fmt: skip


def run_redis_benchmark(place: Place) -> Run:
    requests = place.requests
    out, cpu_s = run_to_end(
        [program("redis-benchmark", "redis-tools"), "-p", str(place.port), "-t", "ping_mbulk",
         "-c", str(CONNECTIONS), "-n", str(requests), "--precision", "3", "--csv"],
        place.cpu)  # fmt: skip
    rows = list(csv.DictReader(out.splitlines()))
    if len(rows) != 1 or "p50_latency_ms" not in rows[0]:
        raise Failed("redis-benchmark's output is not known; 7.0 is.")
    row = {key: float(value) for key, value in rows[0].items() if key != "test"}
    place.requests = max(1000, round(row["rps"] * place.seconds))
    return Run(row["rps"], cpu_s * 1e6 / requests,
               *(row[f"{key}_latency_ms"] * 1e3 for key in ("p50", "p99", "avg")))  # fmt: skip


def run_wrk(place: Place) -> Run:
    script = os.path.join(place.folder, "wrk.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write(WRK_SCRIPT)
    out, cpu_s = run_to_end(
        [program("wrk", "wrk"), "-c", str(CONNECTIONS), "-t", "1", "-d",
         f"{max(1, round(place.seconds))}s", "-s", script, f"http://127.0.0.1:{place.port}/"],
        place.cpu, stderr=subprocess.STDOUT)  # fmt: skip
    line = next((line for line in out.splitlines() if line.startswith("{")), None)
    if line is None:
        raise Failed("wrk did not call its script; 4.1 does.")
    told = json.loads(line)
    if told["errors"]:
        raise Failed(f"wrk met {told['errors']} errors.")
    return Run(told["requests"] / told["us"] * 1e6, cpu_s * 1e6 / told["requests"],
               told["p50_us"], told["p99_us"], told["mean_us"])  # fmt: skip


def measure(args: argparse.Namespace) -> dict[str, list[Run]]:
    if args.server == "redis":
        start_server, peer, run_peer = redis_server, "redis-benchmark", run_redis_benchmark
        program(peer, "redis-tools")
    else:
        start_server, peer, run_peer = nginx_server, "wrk", run_wrk
        program(peer, "wrk")
    protocol = {"redis": "redis", "nginx": "http"}[args.server]
    tools: dict[str, Callable[[Place], Run]] = {
        "loadgen": lambda place: run_loadgen(place, protocol), peer: run_peer}  # fmt: skip
    runs: dict[str, list[Run]] = {name: [] for name in tools}
    server_cpu, client_cpu = cpus()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(args.bin, folder, free_port(), client_cpu, args.seconds)
        with start_server(folder, place.port, server_cpu):
            for pair in range(-1, args.pairs):  # the first warms up
                for name in random.sample(list(tools), 2):
                    run = tools[name](place)
                    if pair >= 0:
                        runs[name].append(run)
    return runs


def show(runs: dict[str, list[Run]]) -> None:
    columns = f"{'p50 us':>9}{'p99 us':>9}{'mean us':>9}{'Little':>8}"
    print(f"{'':<16}{'requests/s':>11}{'CPU us/request':>16}{columns}")
    for name, own in runs.items():
        rate, cpu, *times = (statistics.median(column) for column in zip(*map(astuple, own)))
        columns = "".join(f"{time:>9.0f}" for time in times)
        little = statistics.median(run.little() for run in own)
        print(f"{name:<16}{rate:>11.0f}{cpu:>16.2f}{columns}{little:>8.3f}")
    (own_name, own), (peer_name, peer) = runs.items()
    for what, key in (("requests/s", "rate"), ("client CPU per request", "cpu_us")):
        ratios = [getattr(one, key) / getattr(other, key) for one, other in zip(own, peer)]
        print(f"{own_name}/{peer_name} over {len(ratios)} pairs, {what}: {text(estimate(ratios))}")


def parse() -> argparse.Namespace:
    verbatim = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=verbatim, allow_abbrev=False
    )
    parser.add_argument("server", choices=["redis", "nginx"])
    parser.add_argument("--bin", required=True, metavar="DIR", help="such as build/release/bin")
    parser.add_argument("--pairs", type=positive, default=8)
    parser.add_argument("--seconds", type=positive, default=1, help="of each run")
    return parser.parse_args()


def main() -> int:
    args = parse()
    show(measure(args))
    return 0


if __name__ == "__main__":
    sys.exit(run_main("compare_tools", main))
