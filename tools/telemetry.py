#!/usr/bin/env python3
"""A day of made-up telemetry from a seed: Zeek conn and dns logs of an organisation, with some indicators planted, and
the lists of indicators to import. Everything lies in ranges and names that are reserved for documentation.

  tools/telemetry.py FOLDER [--seed N] [--lines N]     writes what `./dev run` plays with, to look at or to feed elsewhere
"""

import argparse
import gzip
import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

DAY = datetime(2026, 3, 2, tzinfo=timezone.utc)
NAMESPACE = uuid.UUID("6f1f0e2a-6f0d-4b8e-9a57-0d5a6c9a2d11")
WORDS = "alder birch cedar elm fir hazel larch linden maple oak pine rowan spruce willow yew ash beech aspen holly ivy".split()

CONN = {"ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr", "id.resp_p": "port",
        "proto": "enum", "service": "string", "duration": "interval", "orig_bytes": "count", "resp_bytes": "count", "conn_state": "string"}
DNS = {"ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr", "id.resp_p": "port",
       "proto": "enum", "query": "string", "qtype_name": "string", "rcode_name": "string", "answers": "vector[string]"}


@dataclass
class Planted:
    """What an attacker left behind, and one value that only looks as if."""

    control: str = "update-sync.example"  # names the malware asks for
    control_address: str = "203.0.113.66"
    staging: str = "files.northwind-docs.example"
    mistaken: str = "img.cdn-metrics.example"  # a harmless service that somebody took for the attacker's
    quiet: list = field(default_factory=list)  # values of the lists that no log holds


@dataclass
class Organisation:
    name: str
    network: str  # "10.20"
    victims: list  # hosts with the attacker's traffic
    address: str = "192.0.2.10"  # of its resolver


def stix_time(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def indicator(pattern, name, confidence=80):
    made = stix_time(DAY)
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(NAMESPACE, pattern)}", "created": made, "modified": made,
            "name": name, "indicator_types": ["malicious-activity"], "pattern": pattern, "pattern_type": "stix", "valid_from": made,
            "confidence": confidence, "object_marking_refs": ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}


def write_intelligence(folder, seed, quiet=400):
    """report.json (STIX 2.1, marked TLP:GREEN), blocklist.intel (Zeek intel) and sources.csv, which should stay closer."""
    chance, planted = random.Random(seed), Planted()
    made = stix_time(DAY)
    malware = {"type": "malware", "spec_version": "2.1", "id": f"malware--{uuid.uuid5(NAMESPACE, 'malware')}", "created": made, "modified": made,
               "name": "Bellringer", "is_family": True, "malware_types": ["ransomware"],
               "object_marking_refs": ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}
    # TLP:GREEN of TLP 1.0, whose marking every producer knows.
    objects = [
        {"type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
         "created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp", "name": "TLP:GREEN", "definition": {"tlp": "green"}},
        malware,
        indicator(f"[domain-name:value = '{planted.control}']", "Bellringer control name"),
        indicator(f"[ipv4-addr:value = '{planted.control_address}']", "Bellringer control address"),
        indicator(f"[domain-name:value = '{planted.staging}']", "Bellringer staging"),
        indicator(f"[domain-name:value = '{planted.mistaken}']", "Suspected beacon", 30),
    ]
    for indicates in [one for one in objects if one["type"] == "indicator"]:
        objects.append({"type": "relationship", "spec_version": "2.1", "id": f"relationship--{uuid.uuid5(NAMESPACE, indicates['id'])}", "created": made,
                        "modified": made, "relationship_type": "indicates", "source_ref": indicates["id"], "target_ref": malware["id"],
                        "object_marking_refs": ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]})
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid5(NAMESPACE, 'bundle')}", "objects": objects}
    (folder / "report.json").write_text(json.dumps(bundle, indent=1))

    rows = []
    while len(rows) < quiet:
        name = f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{chance.randrange(10_000)}.example"
        planted.quiet.append(name)
        rows.append(f"{name}\tIntel::DOMAIN\tblocklist\tseen in phishing")
    (folder / "blocklist.intel").write_text("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n" + "\n".join(rows) + "\n")
    (folder / "sources.csv").write_text("value,type,description\n" + "\n".join(f"198.51.100.{n},ip,relay named by a source" for n in range(20, 32)) + "\n")
    return planted


def write_zeek(path, log, columns, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt") as out:
        out.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n")
        out.write(f"#path\t{log}\n#open\t2026-03-02-00-00-00\n")
        out.write("#fields\t" + "\t".join(columns) + "\n#types\t" + "\t".join(columns.values()) + "\n")
        for row in rows:
            out.write("\t".join(map(str, row)) + "\n")
        out.write("#close\t2026-03-03-00-00-00\n")


def write_logs(folder, organisation, planted, seed, lines=20_000, infected=True):
    """conn.log.gz and dns.log; the victims' traffic with the attacker is scattered over the day."""
    chance = random.Random(f"{seed}:{organisation.name}")
    folder.mkdir(parents=True, exist_ok=True)
    hosts = [f"{organisation.network}.{chance.randrange(1, 12)}.{chance.randrange(10, 250)}" for _ in range(200)]
    conn, dns = [], []

    def moment():
        return f"{(DAY + timedelta(seconds=chance.random() * 86_400)).timestamp():.6f}"

    def uid():
        return "C" + "".join(chance.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(17))

    def connection(host, address, port=443, at=None):
        conn.append((at or moment(), uid(), host, chance.randrange(32_768, 61_000), address, port, "tcp", "ssl" if port == 443 else "http",
                     f"{chance.random() * 20:.6f}", chance.randrange(200, 9_000), chance.randrange(200, 90_000), "SF"))

    def question(host, name, address, at=None):
        dns.append((at or moment(), uid(), host, chance.randrange(32_768, 61_000), organisation.address, 53, "udp", name, "A", "NOERROR", address))

    names = [f"{chance.choice(WORDS)}.{chance.choice(WORDS)}{chance.randrange(100)}.example" for _ in range(800)]
    for _ in range(lines):
        host = chance.choice(hosts)
        address = f"198.51.100.{chance.randrange(100, 250)}"
        connection(host, address, chance.choice((80, 443, 443, 443)))
        if chance.random() < 0.4:
            question(host, chance.choice(names), address)
    for host in chance.sample(hosts, 5):  # the harmless service, used by whoever comes along
        for _ in range(chance.randrange(3, 9)):
            question(host, planted.mistaken, "198.51.100.77")
    if infected:
        for host in organisation.victims:
            for _ in range(24):  # a beacon an hour
                at = moment()
                question(host, planted.control, planted.control_address, at)
                connection(host, planted.control_address, 443, at)
            question(host, f"cab1.{planted.staging}", "203.0.113.67")
        for _ in range(6):
            question(organisation.victims[0], planted.mistaken, "198.51.100.77")
    conn.sort()
    dns.sort()
    write_zeek(folder / "conn.log.gz", "conn", CONN, conn)
    write_zeek(folder / "dns.log", "dns", DNS, dns)
    return [folder / "conn.log.gz", folder / "dns.log"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=20_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    planted = write_intelligence(options.folder, options.seed)
    for organisation in (Organisation("hospital", "10.20", ["10.20.4.20", "10.20.7.31"]), Organisation("neighbour", "10.60", ["10.60.2.15"])):
        write_logs(options.folder / organisation.name, organisation, planted, options.seed, options.lines)
    print(f"written to {options.folder}")


if __name__ == "__main__":
    main()
