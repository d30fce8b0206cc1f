#!/usr/bin/env python3
"""Measures tocsin on this machine and writes bench/results/<commit>.json: medians of several runs, and beside each figure
what the machine could do at most, measured in the same run. Quick by default; --full takes larger sizes."""
import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import nodes  # noqa: E402


def timed(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def indicators(count, first=0):
    """Documentation and benchmark ranges only: none of these addresses is anybody's."""
    return "".join(f"198.{18 + (n >> 16) % 2}.{(n >> 8) & 255}.{n & 255}\n" if n < 131072 else f"host{n}.bench.example\n"
                   for n in range(first, first + count))


def people():
    return [nodes.Person("linh", "Pham Gia Linh"), nodes.Person("an", "Tran Minh An")]


def measure_import(node, folder, count, runs):
    """Objects a second through the command line, and beside each run the same rows by bare INSERTs: what SQLite could do at
    most on this machine at that time. Returns the medians of both and of their ratio."""
    raw = RawInserts(node, folder / "raw.db")
    imported, bare, ratios = [], [], []
    for run in range(runs):
        file = folder / f"list{run}.txt"
        file.write_text(indicators(count, run * count))
        imported.append(count / timed(lambda: node.run("import", file, "--tlp", "TLP:GREEN", as_user="ana")))
        bare.append(count / raw.repeat_what_is_new())
        ratios.append(imported[-1] / bare[-1])
    return {"import_objects_per_second": round(statistics.median(imported)),
            "limit_raw_insert_objects_per_second": round(statistics.median(bare)),
            "import_share_of_limit": round(statistics.median(ratios), 2),
            "rows_per_object": round(raw.rows / (count * runs), 1)}


class RawInserts:
    """A database with the node's tables and indexes that gets every row which an import has written to the node's, by one
    prepared statement a table, in one transaction."""
    TABLES = ["objects", "provenance", "postings", "found_items", "found_words"]

    def __init__(self, node, file):
        self.source = sqlite3.connect(f"file:{node.folder}/tocsin.db?mode=ro", uri=True)
        self.target = sqlite3.connect(file)
        self.target.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;")
        self.rows = 0
        for table in self.TABLES:
            for (sql,) in self.source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name = ? ORDER BY type DESC", (table,)):
                self.target.execute(sql)
        self.last_item = self.newest_item()

    def newest_item(self):
        return self.source.execute("SELECT COALESCE(MAX(item), 0) FROM objects").fetchone()[0]

    def repeat_what_is_new(self):
        """Seconds that it took."""
        rows = {table: self.source.execute(f"SELECT * FROM {table} WHERE item > ? ORDER BY item", (self.last_item,)).fetchall() for table in self.TABLES}
        self.last_item = self.newest_item()
        self.rows += sum(map(len, rows.values()))

        def insert():
            with self.target:
                for table, content in rows.items():
                    self.target.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(content[0]))})", content)

        return timed(insert)


def until_receipted(giver, digests, start, patience=60):
    """Seconds from `start` until the giver's ledger holds a signed receipt for each of the statements."""
    waiting = set(digests)
    while waiting:
        for said in giver.ask("statements", "--limit", 500, as_user="ana")["items"]:
            if any(r["state"] == "received" for r in said["recipients"]):
                waiting.discard(said["digest"])
        if time.monotonic() - start > patience:
            raise SystemExit(f"no receipt came within {patience} seconds")
        if waiting:
            time.sleep(0.02)
    return time.monotonic() - start


def import_list(giver, file):
    imported = giver.ask("import", file, "--tlp", "TLP:GREEN", as_user="ana")
    return (imported["items"][0] if "items" in imported else imported)["import_id"]


def publish(giver, number):
    return [s["digest"] for s in giver.ask("publish", "--import", number, "--yes", as_user="ana")["statements"]]


def measure_delivery(giver, folder, runs, limits):
    """From the publish command's start to the signed receipt in the giver's ledger, one object each. The limit is the sum of
    what cannot be left out: two programs start (publish, and the one that looks), three transactions become durable (the
    statement, what the taker makes of it, the receipt), and four signatures are checked (statement, envelope, checkpoint,
    receipt)."""
    seconds, starts = [], []
    for run in range(runs):
        file = folder / f"one{run}.txt"
        file.write_text(f"latency{run}.bench.example\n")
        number = import_list(giver, file)
        start = time.monotonic()
        seconds.append(until_receipted(giver, publish(giver, number), start))
        starts.append(timed(lambda: giver.run("version")))
    limit = (2 * statistics.median(starts) + 3 * limits["limit_durable_commit_seconds"] +
             4 / limits["limit_ed25519_verify_per_second"])
    return {"publish_to_receipt_seconds": round(statistics.median(seconds), 3),
            "limit_publish_to_receipt_seconds": round(limit, 3)}


def measure_exchange(giver, taker, folder, count, runs):
    """Objects a second from the publish command to the receipts of all its statements: signed, sent over TLS, verified and
    stored again at the taker. Compare with the bare INSERTs of the same rows beside the import."""
    rates = []
    for run in range(runs):
        file = folder / f"many{run}.txt"
        file.write_text("".join(f"many{run}-{n}.bench.example\n" for n in range(count)))
        number = import_list(giver, file)
        start = time.monotonic()
        rates.append(count / until_receipted(giver, publish(giver, number), start, 600))
    return {"exchange_objects_per_second": round(statistics.median(rates))}


def measure_clean_build(folder):
    """Seconds to build the program from nothing without a compiler cache; the limit is the processor time of all compilers
    spread evenly over the cores."""
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    quiet = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL, "check": True}
    subprocess.run(["cmake", "--preset", "release", "-B", folder], **quiet)
    before = os.times()
    took = timed(lambda: subprocess.run(["ninja", "-C", folder, "tocsin"], **quiet))
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return {"clean_build_seconds": round(took), "limit_clean_build_seconds": round(spent / (os.cpu_count() or 1))}


def measure_machine(programs, folder):
    said = subprocess.run([programs / "tocsin_bench_machine", folder], capture_output=True, text=True, check=True).stdout
    return json.loads(said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--full", action="store_true", help="larger sizes")
    parser.add_argument("--data", default=os.environ.get("TOCSIN_DATA", ""))
    options = parser.parse_args()
    count, runs = (200_000, 5) if options.full else (20_000, 3)
    result = {"machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "kernel": platform.release()},
              "commit": subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip(),
              "data": f"{count} made-up indicators a run", "runs": runs, "figures": {}}
    figures = result["figures"]
    programs = Path(options.binary).resolve().parent / "bench"
    figures["binary_bytes"] = os.path.getsize(options.binary)

    with tempfile.TemporaryDirectory() as scratch, nodes.Nodes(options.binary) as cast:
        scratch = Path(scratch)
        giver, taker = cast.add("giver"), cast.add("taker")
        for node in (giver, taker):
            node.found(node.key, "cert", "VN", people())
        figures["start_seconds"] = round(statistics.median([timed(giver.start), (giver.stop(), timed(giver.start))[1], (giver.stop(), timed(giver.start))[1]]), 3)
        taker.start()
        time.sleep(2)
        figures["idle_rss_mb"] = round(giver.resident_kib() / 1024, 1)
        for node in (giver, taker):
            node.add_user("ana", "Ana", ["analyst", "duty_officer"])
        nodes.invite_each_other(giver, taker)
        nodes.read_number_to(giver, taker)
        nodes.read_number_to(taker, giver)
        nodes.agree(giver, [taker], "Bench", "--tlp", "TLP:AMBER")
        figures.update(measure_machine(programs, scratch))
        figures.update(measure_delivery(giver, scratch, runs, figures))
        figures.update(measure_import(giver, scratch, count, runs))
        figures.update(measure_exchange(giver, taker, scratch, count, runs))
        figures["rss_after_exchange_mb"] = round(giver.resident_kib() / 1024, 1)

    with tempfile.TemporaryDirectory() as scratch:
        figures.update(measure_clean_build(Path(scratch) / "build"))
    arguments = [str(programs / "tocsin_bench_watch"), "--seconds", "20" if options.full else "5"] + (["--data", options.data] if options.data else [])
    result["watch"] = [json.loads(line) for line in subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines() if line]

    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    file = target / f"{result['commit']}.json"
    file.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    print(f"\nwritten to {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
