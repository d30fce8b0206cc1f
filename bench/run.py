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


def measure_delivery(giver, taker, folder, runs):
    """From the publish command's start to the signed receipt in the giver's ledger, one object each."""
    seconds = []
    for run in range(runs):
        file = folder / f"one{run}.txt"
        file.write_text(f"latency{run}.bench.example\n")
        imported = giver.ask("import", file, "--tlp", "TLP:GREEN", as_user="ana")
        number = (imported["items"][0] if "items" in imported else imported)["import_id"]
        start = time.monotonic()
        digest = giver.ask("publish", "--import", number, "--yes", as_user="ana")["statements"][0]["digest"]
        while True:
            sent = [s for s in giver.ask("statements", as_user="ana")["items"] if s["digest"] == digest]
            if sent and any(r["state"] == "received" for r in sent[0]["recipients"]):
                break
            if time.monotonic() - start > 60:
                raise SystemExit("no receipt came within a minute")
            time.sleep(0.02)
        seconds.append(time.monotonic() - start)
    return statistics.median(seconds)


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
        figures["publish_to_receipt_seconds"] = round(measure_delivery(giver, taker, scratch, runs), 3)
        figures.update(measure_import(giver, scratch, count, runs))
        figures["rss_after_import_mb"] = round(giver.resident_kib() / 1024, 1)

    watch = Path(options.binary).parent / "bench" / "tocsin_bench_watch"
    arguments = [str(watch), "--seconds", "20" if options.full else "5"] + (["--data", options.data] if options.data else [])
    result["watch"] = [json.loads(line) for line in subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines() if line]

    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    file = target / f"{result['commit']}.json"
    file.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    print(f"\nwritten to {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
