"""What the story is played on: made-up intelligence and telemetry, or what a folder holds."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import telemetry
from nodes import Failed

UNPACK = {".xz": "xz", ".gz": "gzip", ".zst": "zstd"}
# A large collection of test cases and data; its bundles and logs that are what an organisation would have.
KNOWN_COLLECTION = ("stix-real/talos", "attack", "ioc/zeek-intel", "zeek/c2-beacon-2024-04-19")
ONE_VALUE = re.compile(r"^(https?://\S+|[0-9a-fA-F]{32,128}|(\d{1,3}\.){3}\d{1,3}(/\d+)?|([\w-]+\.)+[a-zA-Z][\w-]+|\S+@\S+\.\w+)$")


@dataclass
class Material:
    """What is imported and what is watched."""

    shared: list  # (file, TLP for what carries none): for everybody
    close: Path  # only for the hospital: above the neighbour's ceiling
    hospital_logs: list
    neighbour_logs: list
    words: str
    critical_host: str = ""  # empty: the one on which most is found
    mistaken: str = ""  # the value that turns out to be harmless; empty: one that both have seen


def made_up(folder, seed, lines):
    planted = telemetry.write_intelligence(folder, seed)
    hospital = telemetry.Organisation("hospital", "10.20", ["10.20.4.20", "10.20.7.31"])
    neighbour = telemetry.Organisation("neighbour", "10.60", ["10.60.2.15"])
    return Material(
        shared=[(folder / "report.json", "TLP:GREEN"), (folder / "blocklist.intel", "TLP:GREEN")], close=folder / "sources.csv",
        hospital_logs=telemetry.write_logs(folder / "hospital-logs", hospital, planted, seed, lines),
        neighbour_logs=telemetry.write_logs(folder / "neighbour-logs", neighbour, planted, seed, lines),
        critical_host=hospital.victims[0], mistaken=planted.mistaken, words=f"made-up intelligence and two days of Zeek logs (seed {seed})")


def lines_of(file):
    """Its lines as bytes, unpacked where it is packed."""
    if file.suffix not in UNPACK:
        with open(file, "rb") as source:
            yield from source
        return
    with subprocess.Popen([UNPACK[file.suffix], "-dc", file], stdout=subprocess.PIPE) as unpacking:
        try:
            yield from unpacking.stdout
        finally:
            unpacking.stdout.close()


def recognise(file):
    """"bundle", "list", "log", or nothing: by what stands at its beginning, whatever its name."""
    head = []
    for line in lines_of(file):
        head.append(line[:4096].decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n"))
        if len(head) == 50:
            break
    text = "\n".join(head).lstrip()
    if text.startswith("#"):
        fields = next((line.split()[1:] for line in head if line.startswith("#fields")), None)
        if fields:
            return "list" if fields[0] == "indicator" else "log"
    if text.startswith("{"):
        try:
            first = json.loads(head[0])
        except ValueError:
            first = {}
        if "event_type" in first or ("ts" in first and ("uid" in first or "_path" in first)):
            return "log"
        return "bundle" if re.search(r'"type"\s*:\s*"bundle"|"spec_version"\s*:', text) else None
    said = [line.strip() for line in head if line.strip() and not line.startswith("#")]
    if file.name.removesuffix(file.suffix if file.suffix in UNPACK else "").endswith(".csv") and said and re.match(r'"?type"?,"?value"?', said[0]):
        return "list"
    if said and all(ONE_VALUE.match(line) for line in said):
        return "list"
    return None


def half_of(log, folder, parity):
    """Every second line of a log, with all its headings: two organisations that have seen the same day."""
    name = log.name.removesuffix(log.suffix) if log.suffix in UNPACK else log.name
    target = folder / f"{len(list(folder.iterdir()))}-{name}"
    with open(target, "wb") as out:
        out.writelines(line for number, line in enumerate(lines_of(log)) if line.startswith(b"#") or number % 2 == parity)
    return target


def found_in(data, folder):
    """STIX bundles, lists of indicators, Zeek and Suricata logs, wherever they lie in the folder. Of the logs the hospital has the even lines and the neighbour the odd."""
    parts = [data / part for part in KNOWN_COLLECTION if (data / part).is_dir()]
    files = sorted(file for part in (parts if len(parts) == len(KNOWN_COLLECTION) else [data]) for file in part.rglob("*") if file.is_file())
    kinds = {"bundle": [], "list": [], "log": []}
    for file in files:
        kind = recognise(file)
        if kind:
            kinds[kind].append(file)
    bundles, lists, logs = kinds["bundle"], kinds["list"], kinds["log"]
    if not bundles and not lists:
        raise Failed(f"{data} holds neither a STIX bundle nor a list of indicators; looked at {len(files)} files")
    if not logs:
        raise Failed(f"{data} holds no Zeek or Suricata log; looked at {len(files)} files")
    halves = {}
    for name, parity in (("hospital", 0), ("neighbour", 1)):
        (folder / f"{name}-logs").mkdir()
        halves[name] = [half_of(log, folder / f"{name}-logs", parity) for log in logs]
    if lists and len(bundles) + len(lists) > 1:
        close = min(lists, key=lambda file: file.stat().st_size)
    else:  # none to spare
        telemetry.write_intelligence(folder, 1)
        close = folder / "sources.csv"
    return Material(
        shared=[(file, "TLP:GREEN") for file in (*bundles, *lists) if file != close], close=close, hospital_logs=halves["hospital"], neighbour_logs=halves["neighbour"],
        words=f"{len(bundles)} STIX bundles, {len(lists)} lists of indicators and {len(logs)} logs of {data}")
