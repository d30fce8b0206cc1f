#!/usr/bin/env python3
"""The sensor: it follows growing files, through rotation and its own death, and through that of its node. Every hit counts
exactly once."""

import contextlib
import gzip
import json
import os
import signal
import socketserver
import ssl
import subprocess
import threading
import time
import unittest

from support import Scenario, nodes, wait_until

HEAD = "#separator \\x09\n#set_separator\t,\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\n" \
       "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n"


def line(number, query):
    return f"{1_772_409_600 + number}.000000\tC{number:08d}\t10.20.0.{number % 50 + 1}\t40000\t192.0.2.10\t53\tudp\t{query}\n"


class Sensor(Scenario):
    def setUp(self):
        super().setUp()
        self.home = self.node("home", "operator")
        self.import_values(self.home, "watch.txt", ["evil.example", "later-wrong.example"])
        self.key = self.home.sensor_key("border")
        self.log = self.nodes.folder / "dns.log"
        self.log.write_text(HEAD)
        self.written = 0
        self.process = None
        self.addCleanup(self.end)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def arguments(self, *more):
        return [self.home.binary, "watch", "--follow", str(self.log), "--state", str(self.nodes.folder / "state"), "--node", f"https://127.0.0.1:{self.home.people_port}",
                "--key-file", self.key, "--ca", str(self.home.folder / "keys/authority.crt"), "--refetch", "1", *more]

    def follow(self):
        with open(self.nodes.folder / "sensor.log", "ab") as log:
            self.process = subprocess.Popen(self.arguments(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def write(self, count, query="a.evil.example"):
        """Lines of which every third is a hit; returns how many hits."""
        hits = 0
        with open(self.log, "a") as out:
            for _ in range(count):
                self.written += 1
                hit = self.written % 3 == 0
                hits += hit
                out.write(line(self.written, query if hit else f"fine{self.written}.example"))
        return hits

    def counted(self, value="evil.example"):
        """Hits as the node has them."""
        return sum(one["count"] for one in self.home.ask("show", self.item(value), as_user="analyst")["sightings"])

    def item(self, value):
        return next(one["item"] for one in self.home.all("search", as_user="analyst") if one.get("value") == value)

    def expect(self, hits, value="evil.example", seconds=60):
        wait_until(f"the node has counted {hits} hits", lambda: self.counted(value) >= hits, seconds)
        self.assertEqual(self.counted(value), hits)

    def test_a_node_that_is_not_trusted_is_not_waited_for(self):
        other = self.node("other")
        log = self.nodes.folder / "trouble.log"
        log.write_text(HEAD + line(1, "a.evil.example"))
        state = self.nodes.folder / "trusting"
        watch = [self.home.binary, "watch", log, "--state", state, "--node", f"https://127.0.0.1:{self.home.people_port}", "--key-file", self.key, "--patience", "3600", "--ca"]

        def refused(authority, *more):
            done = subprocess.run([*map(str, watch), str(authority), *more], capture_output=True, text=True, timeout=60)  # its patience is longer
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(str(authority), done.stderr)
            return done.stderr

        no_certificate = self.key
        for more in ((), ("--follow", "--once")):
            self.assertIn("no certificate", refused(no_certificate, *more))
            said = refused(other.folder / "keys/authority.crt", *more)
            self.assertIn("issued by", said)
        subprocess.run([*map(str, watch), str(self.home.folder / "keys/authority.crt")], check=True, timeout=60)
        log.write_text(HEAD + line(2, "a.evil.example"))
        self.assertIn("issued by", refused(other.folder / "keys/authority.crt"), "nor where a set from before is at hand")

    @contextlib.contextmanager
    def somebody_else_in_the_place_of_the_node(self):
        """At its port, with a certificate of another authority; gives how many have knocked."""
        other = self.node("other")
        self.home.kill()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(other.folder / "keys/people.crt", other.folder / "keys/people.key")
        knocks = []

        class Knock(socketserver.BaseRequestHandler):
            def handle(self):
                knocks.append(self.client_address)
                with contextlib.suppress(OSError):
                    with tls.wrap_socket(self.request, server_side=True) as connection:
                        connection.recv(1)

        class Door(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        with Door(("127.0.0.1", self.home.people_port), Knock) as door:
            threading.Thread(target=door.serve_forever, daemon=True).start()
            try:
                yield knocks
            finally:
                door.shutdown()
        self.home.start()

    def test_goes_on_watching_while_somebody_else_answers_in_the_place_of_its_node(self):
        self.follow()
        hits = self.write(30)
        self.expect(hits)
        with self.somebody_else_in_the_place_of_the_node() as knocks:
            hits += self.write(30)
            wait_until("what is found meanwhile waits", lambda: list((self.nodes.folder / "state/spool").glob("*.json")), 60)
            before = len(knocks)
            wait_until("it asks for the set and offers the hits again and again", lambda: len(knocks) > before + 4, 60)
        hits += self.write(30)
        self.expect(hits, seconds=120)
        said = (self.nodes.folder / "sensor.log").read_text()
        self.assertEqual(said.count("the last one serves"), 1, said)
        self.assertEqual(said.count("cli.node_replaced"), 2, "for the set, and for the hits\n" + said)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(30), 0)

    def test_a_run_whose_node_is_replaced_before_it_tells_waits_for_it(self):
        slow = self.nodes.folder / "slow.log"
        os.mkfifo(slow)
        self.watch_once(slow)  # fetches the set, then waits in the file
        with open(slow, "w") as out, self.somebody_else_in_the_place_of_the_node() as knocks:
            out.write(HEAD + line(1, "a.evil.example"))
            out.close()
            wait_until("it tries again and again", lambda: len(knocks) > 2, 60)
        self.assertEqual(self.process.wait(60), 0, (self.nodes.folder / "sensor.log").read_text())
        self.expect(1)

    def test_follows_what_is_appended_and_rotated(self):
        self.follow()
        hits = self.write(300)
        self.expect(hits)
        os.rename(self.log, self.nodes.folder / "dns.log.1")
        with open(self.nodes.folder / "dns.log.1", "a") as out:  # the writer has not noticed yet
            out.write(line(3, "b.evil.example"))
        hits += 1
        self.expect(hits)
        with open(self.nodes.folder / "dns.log.1", "a") as out:
            out.write(line(3, "c.evil.example").rstrip("\n"))  # it has not come to the end of the line
        self.log.write_text(HEAD)
        hits += 1 + self.write(90)
        self.expect(hits)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(30), 0)

    def test_counts_once_what_is_rotated_to_a_name_that_the_pattern_fits(self):
        arguments = self.arguments("--once")
        arguments[3] = str(self.nodes.folder / "dns*.log")

        def watch():
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)

        hits = self.write(30)
        watch()
        hits += self.write(30)
        os.rename(self.log, self.nodes.folder / "dns-26-11-22_13.00.00.log")
        self.log.write_text(HEAD)
        hits += self.write(30)
        watch()
        watch()
        self.expect(hits)

    def test_says_that_a_log_was_cut_or_is_gone_while_it_was_away(self):
        hits = self.write(30)
        once = self.arguments("--once")
        subprocess.run(once, check=True, timeout=120)
        self.log.write_text(HEAD)
        hits += self.write(300)  # past the old position
        done = subprocess.run(once, capture_output=True, text=True, timeout=120)
        self.assertIn("is another file since", done.stderr)
        self.expect(hits)
        (self.nodes.folder / "elsewhere").mkdir()
        os.rename(self.log, self.nodes.folder / "elsewhere/dns.log")
        self.log.write_text(HEAD)
        hits += self.write(3)
        done = subprocess.run(once, capture_output=True, text=True, timeout=120)
        self.assertIn("is gone; what came after that is not known", done.stderr)
        self.expect(hits)

    def test_names_the_line_of_a_hit_after_it_was_killed(self):
        self.log.write_text(HEAD + line(1, "fine.example") * 11)
        subprocess.run(self.arguments("--once"), check=True, timeout=120)
        with open(self.log, "a") as out:
            out.write(line(2, "a.evil.example"))
        self.home.kill()
        subprocess.run(self.arguments("--once", "--patience", "0"), capture_output=True, timeout=120)
        rounds = [json.loads(file.read_text()) for file in (self.nodes.folder / "state/spool").glob("*.json")]
        self.assertEqual([hit["line"] for one in rounds for batch in one["batches"] for hit in batch["hits"]], [HEAD.count("\n") + 12])

    def test_counts_once_when_it_is_killed_again_and_again(self):
        hits = 0
        for _ in range(10):
            self.follow()
            for _ in range(self.random.randrange(1, 4)):
                hits += self.write(self.random.randrange(10, 400))
                time.sleep(self.random.uniform(0, 0.8))
            self.process.kill()
            self.process.wait()
        self.follow()
        hits += self.write(3)
        self.expect(hits, seconds=90)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(30), 0)
        done = subprocess.run(self.arguments("--once", "--json"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect(hits)

    def test_counts_once_when_its_node_is_killed_again_and_again(self):
        self.follow()
        hits = 0
        for _ in range(6):
            hits += self.write(self.random.randrange(10, 400))
            time.sleep(self.random.uniform(0, 1.2))
            self.home.kill()
            hits += self.write(self.random.randrange(10, 400))
            time.sleep(self.random.uniform(0, 1.0))
            self.home.start()
        self.expect(hits, seconds=120)

    def test_a_dry_run_says_what_it_finds_and_tells_nobody(self):
        hits = self.write(90)
        arguments = self.arguments("--dry-run", "--json")
        arguments.remove("--follow")
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["hits"], sum(row["count"] for row in found["rows"]), found["accepted"]), (hits, hits, 0))
        self.assertFalse((self.nodes.folder / "state").exists())
        self.assertEqual(self.counted(), 0)
        again = subprocess.run([*arguments, "--follow"], capture_output=True, text=True, timeout=120)
        self.assertEqual(again.returncode, 2, "a dry run ends by itself")

    def test_says_what_became_of_every_hit(self):
        def watch(*more, code=0):
            arguments = self.arguments(*more)
            arguments.remove("--follow")
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout

        self.assertNotIn("reported", watch(), "there was nothing to report")
        with open(self.log, "a") as out:
            for number, query in enumerate(("a.evil.example", "a.evil.example", "later-wrong.example")):
                out.write(line(number * 50, query))  # one host
        wrong = self.item("later-wrong.example")
        self.home.kill()
        watch("--patience", "0", code=3)  # with the set of before; what was found is kept
        self.home.start()
        self.home.ask("retract", "--yes", "--item", wrong, "--reason", "wrong", as_user="analyst")
        self.log.write_text(HEAD)
        said = watch()
        self.assertIn("2 rows reported (hits of one value, host and log are one row), 1 accepted", said)
        self.assertIn("1 left out: their indicators were retracted", said)
        self.assertEqual(self.counted(), 2)

    def test_waits_for_a_node_that_starts_after_it(self):
        self.home.kill()
        self.follow()
        hits = self.write(90)
        wait_until("the sensor says that it waits", lambda: "waiting for the node" in (self.nodes.folder / "sensor.log").read_text(), 60)
        self.home.start()
        self.expect(hits)

    def watch_once(self, *files):
        """A run over whole files, to be killed or waited for."""
        with open(self.nodes.folder / "sensor.log", "ab") as log:
            self.process = subprocess.Popen([self.home.binary, "watch", *map(str, files), *self.arguments()[4:]], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def kill_when_a_round_is_written(self):
        wait_until("hits lie in the spool", lambda: list((self.nodes.folder / "state/spool").glob("*.json")), 60)
        self.process.kill()
        self.process.wait()

    def test_a_run_that_is_killed_between_two_files_counts_once(self):
        hosts = 20_000  # so many rows end a round
        first, second = self.nodes.folder / "first.log", self.nodes.folder / "second.log"
        first.write_text(HEAD + "".join(line(n, "a.evil.example").replace(f"10.20.0.{n % 50 + 1}", f"10.21.{n >> 8}.{n & 255}") for n in range(hosts)))
        os.mkfifo(second)  # the run waits in it
        self.watch_once(first, second)
        self.kill_when_a_round_is_written()
        second.unlink()
        second.write_text(HEAD + line(1, "b.evil.example"))
        self.watch_once(first, second)
        self.assertEqual(self.process.wait(300), 0)
        self.expect(hosts + 1)

    def test_a_file_that_was_searched_is_searched_again_only_for_what_is_new(self):
        def watch(*more, file=self.log):
            done = subprocess.run([self.home.binary, "watch", str(file), *self.arguments()[4:], *more], capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        hits = self.write(30)
        watch()
        self.assertIn("1 files left out: already searched", watch())
        self.expect(hits)
        hits += self.write(30)
        self.assertIn("gone on with", watch())
        self.expect(hits)
        watch("--again")
        self.expect(2 * hits)
        packed = self.nodes.folder / "packed.log.gz"
        packed.write_bytes(gzip.compress(self.log.read_bytes()))
        watch(file=packed)
        self.assertIn("1 files left out", watch(file=packed))
        self.expect(3 * hits)

    def test_a_run_that_is_killed_within_a_file_counts_once(self):
        watch = self.watch_once
        watch(self.log)  # knows the set from now on
        self.assertEqual(self.process.wait(60), 0)
        self.home.stop()
        hosts = 130_000
        great = self.nodes.folder / "great.log.gz"
        with gzip.open(great, "wt", compresslevel=1) as out:
            out.write(HEAD)
            for n in range(hosts):
                out.write(line(n, "a.evil.example").replace(f"10.20.0.{n % 50 + 1}", f"10.{21 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"))
        watch(great, "--patience", "600")
        self.kill_when_a_round_is_written()
        rounds = list((self.nodes.folder / "state/spool").glob("*.json"))
        self.assertLess(max(file.stat().st_size for file in rounds), 32 << 20)
        told = sum(len(batch["hits"]) for file in rounds for batch in json.loads(file.read_text())["batches"])
        self.assertLess(told, hosts, "it was killed within the file")
        self.home.start()
        watch(great)
        self.assertEqual(self.process.wait(300), 0, (self.nodes.folder / "sensor.log").read_text())
        self.expect(hosts, seconds=120)

    def test_a_run_that_is_killed_while_its_node_is_away_counts_once(self):
        self.watch_once(self.log)  # knows the set from now on
        self.assertEqual(self.process.wait(60), 0)
        self.home.stop()
        hits = self.write(30)
        self.watch_once(self.log)
        self.kill_when_a_round_is_written()
        self.home.start()
        self.watch_once(self.log)
        self.assertEqual(self.process.wait(60), 0)
        self.expect(hits)

    def test_watches_with_the_last_set_while_its_node_is_away(self):
        self.follow()
        hits = self.write(30)
        self.expect(hits)
        self.process.kill()
        self.process.wait()
        self.home.stop()
        hits += self.write(30)
        done = subprocess.run(self.arguments("--once", "--patience", "1"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, nodes.UNREACHABLE, done.stderr)
        self.assertIn("goes with the next run", done.stderr)
        self.home.start()
        done = subprocess.run(self.arguments("--once"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect(hits)

    def test_takes_up_a_new_set_while_it_runs(self):
        self.follow()
        self.expect(self.write(30))
        self.import_values(self.home, "more.txt", ["brand-new.example"])
        wait_until("the new set is there", lambda: b"3 values" in (self.nodes.folder / "sensor.log").read_bytes(), 60)
        hits = self.write(30, "brand-new.example")
        self.expect(hits, "brand-new.example")
        self.home.ask("retract", "--yes", "--item", self.item("brand-new.example"), "--reason", "wrong", as_user="analyst")
        wait_until("the smaller set is there", lambda: (self.nodes.folder / "sensor.log").read_bytes().count(b"2 values") >= 2, 60)
        self.write(30, "brand-new.example")
        self.expect(self.counted() + self.write(30))
        self.assertEqual(self.counted("brand-new.example"), hits)

    def test_two_sensors_cannot_share_a_state_folder(self):
        self.follow()
        self.expect(self.write(3))
        done = subprocess.run(self.arguments("--once"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, nodes.UNREACHABLE)
        self.assertIn("state", done.stderr)

    def test_a_damaged_state_is_said_and_not_guessed(self):
        self.follow()
        self.expect(self.write(30))
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        (self.nodes.folder / "state/positions.json").write_text('{"round": 1, "posit')
        done = subprocess.run(self.arguments("--once"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, nodes.REFUSED)
        self.assertIn("positions.json", done.stderr)

    def test_a_key_of_another_kind_gets_no_set(self):
        other = f"{self.home.folder}-reader.key"
        self.home.ask("user", "key", "add", "reader", "--scope", "read", "--out", other)
        self.key = other
        done = subprocess.run(self.arguments("--once"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, nodes.REFUSED, done.stderr)

    def test_reads_standard_input_and_patterns(self):
        self.write(30)
        text = self.log.read_text()
        remote = self.arguments()[4:]  # without the program, the verb, --follow and the file
        done = subprocess.run([self.home.binary, "watch", "-", *remote], input=text, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("evil.example", done.stdout)
        self.expect(10)
        done = subprocess.run([self.home.binary, "watch", str(self.nodes.folder / "d*s.log"), *remote], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
