"""Drives real nodes as an administrator would: the program's own commands, passwords typed, processes started and killed.

Used by tools/story.py, by tests/scenario and by bench/. Python's standard library only.
"""

import contextlib
import fcntl
import itertools
import json
import os
import pty
import random
import re
import secrets
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
# A node ends with whoever started it, even where that was killed.
WITH_PARENT = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
DONE, REFUSED, WRONG_USAGE, UNREACHABLE = 0, 1, 2, 3


class Failed(Exception):
    """Something did not happen as it should; the message is for a person."""


class CommandFailed(Failed):
    def __init__(self, command, code, error):
        super().__init__(f"`{command}` ended with {code}: {error.strip() or '(no message)'}")
        self.code, self.error = code, error


def default_binary():
    return os.environ.get("TOCSIN_BINARY") or str(SOURCE / "build/release/tocsin")


_reserved = []  # open files whose locks keep ports for this process


def reserve(port):
    """False where another of these processes has the port, or somebody listens on it."""
    folder = Path(tempfile.gettempdir()) / f"tocsin-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = open(folder / str(port), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    if not is_free(port):
        lock.close()
        return False
    _reserved.append(lock)
    return True


def free_ports(count):
    """Ports that are ours until this process ends, whether or not a node listens on them.

    A node's address is signed into its description before it first starts, so that it cannot take another port then.
    The ports are none of those that the kernel gives to outgoing connections.
    """
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    candidates = list(range(max(1024, lowest_outgoing - 12_000), lowest_outgoing))
    random.shuffle(candidates)
    found = list(itertools.islice(filter(reserve, candidates), count))
    if len(found) < count:
        raise Failed(f"no {count} free ports below {lowest_outgoing}")
    return found


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def new_folder(wanted=None):
    """A folder with a short name: a unix socket's path has hardly more than a hundred characters."""
    if wanted:
        Path(wanted).mkdir(parents=True, exist_ok=True)
        return Path(wanted).resolve()
    return Path(tempfile.mkdtemp(prefix="tocsin-", dir="/tmp"))


def wait_until(what, check, seconds=60.0, every=0.1):
    """The first true answer of `check`. Failed, with what was waited for and the last answer, after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: this did not happen within {seconds:.0f} seconds")
        time.sleep(every)


@dataclass
class Person:
    name: str
    full_name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))


class Node:
    """One party: its data folder, its process, its people."""

    def __init__(self, binary, folder, key, people_port, peers_port):
        self.binary, self.key = str(binary), key
        self.folder = Path(folder) / key
        self.people_port, self.peers_port = people_port, peers_port
        self.party_id = None
        self.root_passphrase = secrets.token_urlsafe(18)
        self.signatories = []
        self.process = None
        self.log = Path(folder) / f"{key}.log"

    # --- commands

    def _command(self, arguments, as_user):
        command = [self.binary, *map(str, arguments)]
        if "--data" not in command:
            command += ["--data", str(self.folder)]
        if as_user:
            command += ["--as", as_user]
        return command

    def run(self, *arguments, as_user=None, typed=(), check=True, timeout=600):
        """A command; what it asks for is typed as lines. Returns (exit code, standard output, standard error)."""
        command = self._command(arguments, as_user)
        done = subprocess.run(command, input="".join(f"{line}\n" for line in typed), capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != DONE:
            raise CommandFailed(" ".join(map(str, arguments)), done.returncode, done.stderr)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *arguments, as_user=None, typed=(), timeout=600):
        """A command's answer as JSON."""
        _, out, _ = self.run(*arguments, "--json", as_user=as_user, typed=typed, timeout=timeout)
        return json.loads(out)

    def refused(self, *arguments, as_user=None, typed=()):
        """A command that must be refused: its message."""
        code, out, error = self.run(*arguments, as_user=as_user, typed=typed, check=False)
        if code != REFUSED:
            raise Failed(f"`{' '.join(map(str, arguments))}` should have been refused, but ended with {code}: {out}{error}")
        return error.strip().removeprefix("tocsin: ")

    def type_into(self, *arguments, answers, as_user=None, timeout=120):
        """A command on a terminal of its own: each answer is typed when the command waits with a question.

        Returns (exit code, all that stood on the terminal). Secrets typed must not have been echoed.
        """
        command = self._command(arguments, as_user)
        master, slave = pty.openpty()
        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        seen, asked, waiting = b"", 0, list(answers)
        end = time.monotonic() + timeout
        try:
            while True:
                if time.monotonic() > end:
                    raise Failed(f"`{' '.join(map(str, arguments))}` still waits after {timeout} seconds: {seen.decode(errors='replace')}")
                ready, _, _ = select.select([master], [], [], 0.1)
                if ready:
                    try:
                        chunk = os.read(master, 4096)
                    except OSError:  # the other side has closed the terminal
                        break
                    if not chunk:
                        break
                    seen += chunk
                if waiting and seen[asked:].rstrip(b" ").endswith(b":"):
                    asked = len(seen)
                    os.write(master, waiting.pop(0).encode() + b"\n")
        finally:
            if process.poll() is None and time.monotonic() > end:
                process.kill()
            code = process.wait(timeout=30)
            os.close(master)
        return code, seen.decode(errors="replace").replace("\r\n", "\n")

    # --- birth and life

    def found(self, name, kind, country, signatories, names=None, extra=()):
        self.signatories = signatories
        arguments = ["init", "--name", name, "--kind", kind, "--country", country, "--people-listen", f"127.0.0.1:{self.people_port}",
                     "--peers-listen", f"127.0.0.1:{self.peers_port}", "--host", "127.0.0.1", "--host", "localhost",
                     "--root-file", f"{self.folder}-root.sealed", "--pull-seconds", "2", *extra]
        for language, text in (names or {}).items():
            arguments += [f"--name-{language}", text]
        for person in signatories:
            arguments += ["--signatory", f"{person.name}={person.full_name}"]
        answer = self.ask(*arguments, typed=[self.root_passphrase, *(person.password for person in signatories)])
        self.party_id = answer["party_id"]
        return answer

    def start(self, seconds=60):
        """Starts the node and waits for its READY line."""
        ours, theirs = os.pipe()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*WITH_PARENT, self.binary, "serve", "--data", str(self.folder), "--ready-fd", str(theirs)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs], start_new_session=True)
        os.close(theirs)
        try:
            ready, _, _ = select.select([ours], [], [], seconds)
            if not ready or os.read(ours, 16) != b"READY\n":
                raise Failed(f"node {self.key} did not start; its log ends with: {self.log_tail()}")
        finally:
            os.close(ours)

    def stop(self, seconds=30):
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"node {self.key} did not stop within {seconds} seconds; its log ends with: {self.log_tail()}") from None
        self.process = None
        if code != 0:
            raise Failed(f"node {self.key} ended with {code}; its log ends with: {self.log_tail()}")

    def kill(self):
        """As a power cut would: no signal handler runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def log_tail(self, lines=6):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else "(nothing)"

    def resident_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    # --- what several callers want

    def people_address(self):
        return f"https://127.0.0.1:{self.people_port}/"

    def add_user(self, name, full_name, roles, language="en"):
        arguments = ["user", "add", name, "--display-name", full_name, "--language", language]
        for role in roles:
            arguments += ["--role", role]
        return self.ask(*arguments)["link"]

    def sensor_key(self, name):
        file = f"{self.folder}-{name}.key"
        self.ask("user", "key", "add", name, "--scope", "sensor", "--out", file)
        return file

    def watch(self, files, state, key_file, *more, timeout=600):
        """One run of a sensor that reaches its node over TLS with its own key, as on another machine."""
        _, out, _ = self.run("watch", *files, "--state", f"{self.folder}-{state}", "--node", f"https://127.0.0.1:{self.people_port}",
                             "--key-file", key_file, "--ca", self.folder / "keys/authority.crt", "--json", *more, timeout=timeout)
        return json.loads(out)

    def peer(self, other, as_user=None):
        return self.ask("peer", "show", other.party_id, as_user=as_user)

    def all(self, *arguments, as_user=None, limit=100_000):
        return self.ask(*arguments, "--limit", limit, as_user=as_user)["items"]


def invite_each_other(a, b):
    """Invitations both ways. The address is a loopback one, so each administrator confirms it for that peer."""
    for giver, taker in ((a, b), (b, a)):
        file = f"{giver.folder}-for-{taker.key}.invitation"
        giver.run("peer", "invite", "--out", file)
        taker.run("peer", "accept", file, "--allow-address", "127.0.0.1")


def read_number_to(reader, listener):
    """One person reads the number of their node, the other types what they hear into theirs."""
    number = reader.peer(listener)["verification_number"]
    code, screen = listener.type_into("peer", "verify", reader.party_id, "--method", "in_person", answers=[number])
    if code != DONE:
        raise Failed(f"{listener.key} could not verify {reader.key}: {screen}")
    return number


def sign(node, agreement, person):
    """A signatory reads the terms on a terminal, says yes and types the password; it is not shown there."""
    code, screen = node.type_into("agreement", "sign", agreement, "--person", person.name, answers=["y", person.password])
    if code != DONE:
        raise Failed(f"{person.name} of {node.key} could not sign: {screen}")
    if person.password in screen:
        raise Failed(f"the password of {person.name} was shown on the terminal")


def agreement_state(node, agreement):
    for one in node.ask("agreement", "list")["items"]:
        if one["id"] == agreement:
            return one["state"]
    return None


def agree(proposer, others, title, *terms, seconds=60):
    """Proposed by one, signed by all signatories of all parties; returns its id once it is in force everywhere."""
    arguments = ["agreement", "propose", "--title", title, *terms]
    for other in others:
        arguments += ["--with", other.party_id]
    agreement = proposer.ask(*arguments, as_user=proposer.signatories[0].name)["id"]
    for node in (proposer, *others):
        wait_until(f"the proposal reaches {node.key}", lambda node=node: agreement_state(node, agreement), seconds)
        for person in node.signatories:
            sign(node, agreement, person)
    for node in (proposer, *others):
        wait_until(f"the agreement is in force at {node.key}", lambda node=node: agreement_state(node, agreement) == "in_force", seconds)
    return agreement


# --- the line between peers, as an attacker with a stolen TLS key would use it


@dataclass
class PeerAnswer:
    status: int
    body: bytes

    def error(self):
        with contextlib.suppress(ValueError):
            return json.loads(self.body)["error"]
        return None


def speak_as(sender, receiver, method, path, body=b""):
    """One request to `receiver`'s listener for peers, with the TLS key from `sender`'s own data folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # peers are pinned to keys, and here nothing is to be protected
    context.load_cert_chain(sender.folder / "keys/peer.crt", sender.folder / "keys/peer.key")
    with socket.create_connection(("127.0.0.1", receiver.peers_port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{receiver.peers_port}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            if body:
                head += "Content-Type: application/tocsin-records\r\n"
            line.sendall(head.encode() + b"\r\n" + body)
            answer = b""
            with contextlib.suppress(ssl.SSLEOFError, ConnectionResetError):
                while chunk := line.recv(65536):
                    answer += chunk
    head, _, rest = answer.partition(b"\r\n\r\n")
    return PeerAnswer(int(head.split()[1]), rest)


def read_records(body):
    """docs/protocol.md section 8: type | u16 jws length | u32 payload length | jws | payload."""
    records, at = [], 0
    while at < len(body):
        kind = chr(body[at])
        jws_size = int.from_bytes(body[at + 1:at + 3], "big")
        payload_size = int.from_bytes(body[at + 3:at + 7], "big")
        at += 7
        records.append([kind, body[at:at + jws_size], body[at + jws_size:at + jws_size + payload_size]])
        at += jws_size + payload_size
    return records


def write_records(records):
    return b"".join(kind.encode() + len(jws).to_bytes(2, "big") + len(payload).to_bytes(4, "big") + jws + payload for kind, jws, payload in records)


class Nodes:
    """Several nodes below one folder; all stop when the block ends, however it ends."""

    def __init__(self, binary=None, folder=None, keep=False):
        self.binary = os.path.abspath(binary or default_binary())
        if not os.access(self.binary, os.X_OK):
            raise Failed(f"{self.binary} is not there; ./dev build makes it")
        self.folder, self.keep = new_folder(folder), keep or folder is not None
        self.nodes = []

    def add(self, key, ports=None):
        people, peers = ports or free_ports(2)
        node = Node(self.binary, self.folder, key, people, peers)
        self.nodes.append(node)
        return node

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        troubles = []
        for node in self.nodes:
            try:
                node.stop()
            except Failed as failure:
                troubles.append(str(failure))
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if troubles and kind is None:
            raise Failed("\n".join(troubles))


def quiet_terminal():
    """Ctrl-C on the terminal shows no ^C; undone at exit. Nothing happens without a terminal."""
    if not os.isatty(0):
        return lambda: None
    before = termios.tcgetattr(0)
    after = termios.tcgetattr(0)
    after[3] &= ~termios.ECHOCTL
    termios.tcsetattr(0, termios.TCSANOW, after)
    return lambda: termios.tcsetattr(0, termios.TCSANOW, before)
