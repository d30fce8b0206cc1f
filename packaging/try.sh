#!/usr/bin/env bash
# Tries the package as a stranger would: a minimal Debian 12 without any network installs it, runs it, upgrades it, is
# refused an upgrade without a backup, goes back, and removes it. Needs root, debootstrap and a built program.
#
#   packaging/try.sh [FOLDER]   FOLDER: a debootstrap --variant=minbase system to copy; made when it is missing
#
# Ends with 77, for "skipped", where this machine does not let it: it says why.
set -eu
set -o pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
skip() {
  echo "skipped: $1"
  exit 77
}
[ "$(id -u)" = 0 ] || skip "debootstrap and chroot need root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
unshare --net true 2>/dev/null || skip "this machine permits no network name space"

base=${1:-build/minimal-debian}
if [ ! -e "$base.complete" ]; then
  echo "making a minimal Debian 12 in $base"
  rm -rf "$base"
  if ! debootstrap --variant=minbase bookworm "$base" >"$base.log" 2>&1; then
    tail -n 3 "$base.log"
    skip "no minimal Debian 12 could be made here; $base.log says more"
  fi
  touch "$base.complete"
fi
root=$(mktemp -d)
trap 'umount -R "$root/proc" 2>/dev/null || true; rm -rf "$root"' EXIT
cp -a "$base/." "$root/"
mount -t proc proc "$root/proc" 2>/dev/null || skip "this machine lets nobody mount /proc"

for version in 0.0.1 0.0.2; do
  TOCSIN_PACKAGE_VERSION=$version TOCSIN_PACKAGE_OUT=$root/root/$version tools/package.sh >/dev/null
done

failures=0
inside() { # a command in the minimal system, with an empty environment and no network but its own loopback
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 ${without_backup:+TOCSIN_SKIP_BACKUP=$without_backup} \
    unshare --net python3 -c "$raise_loopback" chroot "$root" /bin/sh -c "$1"
}
check() { # TITLE COMMAND: says whether it holds
  if inside "$2" >"$root.out" 2>&1; then
    echo "ok      $1"
  else
    echo "FAILED  $1"
    sed 's/^/        /' "$root.out"
    failures=$((failures + 1))
  fi
  rm -f "$root.out"
}
# A new network name space has a loopback that is down; minimal systems have no `ip`.
raise_loopback='
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])'
without_backup=""
as_node="setpriv --reuid tocsin --regid tocsin --init-groups"
# The log of the node before goes first: the redirection happens in the child, and what it had said is no sign of this one.
start_node="rm -f /tmp/serve.log; $as_node tocsin serve --data /var/lib/tocsin >/tmp/serve.log 2>&1 & node=\$!
  for wait in \$(seq 60); do grep -qs console /tmp/serve.log && break; sleep 1; done"

check "installs without a network" "dpkg -i /root/0.0.1/*.deb"
check "every library is found" "! ldd /usr/bin/tocsin | grep 'not found'"
check "says its version" "tocsin version"
check "brings the interface" "test -s /usr/share/tocsin/web/index.html"
check "files are what was packed" "cd / && md5sum --quiet -c /var/lib/dpkg/info/tocsin.md5sums"
check "its account owns a closed data folder" "test \"\$(stat -c '%U %a' /var/lib/tocsin)\" = 'tocsin 700'"
check "the backup passphrase is root's alone" "test \"\$(stat -c '%U %a' /etc/tocsin/backup-passphrase)\" = 'root 600'"
check "upgrades without data, without a backup" "dpkg -i /root/0.0.2/*.deb && test -z \"\$(ls /var/backups/tocsin)\""
check "a node is born" "printf '%s\\n' root-passphrase-1 signatory-password-1 signatory-password-2 |
  $as_node tocsin init --data /var/lib/tocsin --name Example --country VN --signatory linh=Linh --signatory an=An"
check "the administrator edits the configuration" "echo '# edited' >> /etc/default/tocsin"
check "goes back one version, with a backup" "dpkg -i /root/0.0.1/*.deb && ls /var/backups/tocsin/before-upgrade-from-0.0.2-*.sealed"
check "upgrades again, with a backup" "dpkg -i /root/0.0.2/*.deb && ls /var/backups/tocsin/before-upgrade-from-0.0.1-*.sealed"
check "the edited configuration stays" "grep -q '# edited' /etc/default/tocsin"
check "the node knows itself" "$as_node tocsin party show --data /var/lib/tocsin"
check "it serves, and is backed up while it does" "
  $start_node
  dpkg -i /root/0.0.1/*.deb && dpkg -i /root/0.0.2/*.deb; status=\$?
  kill \$node; wait \$node; cat /tmp/serve.log; exit \$status"
cat >"$root/root/run-unit" <<'SCRIPT'
# run-unit UNIT INSTANCE: the unit's command as systemd runs it: as somebody who owns no file but the state, and is handed
# copies of the credentials. (A system without its systemd cannot do it, and its parts are what may be wrong.)
set -eu
unit=/lib/systemd/system/$1@.service
setting() { sed -n "s/^$1=//p" "$unit" | sed "s#%i#$2#g; s#%S#/var/lib#g"; }
CREDENTIALS_DIRECTORY=$(mktemp -d)
setting LoadCredential "$2" >/tmp/credentials
while IFS=: read -r name path; do install -m 0400 -o nobody "$path" "$CREDENTIALS_DIRECTORY/$name"; done </tmp/credentials
chown nobody "$CREDENTIALS_DIRECTORY"
install -d -m 0711 "/var/lib/${1}"
install -d -m 0700 -o nobody "/var/lib/$(setting StateDirectory "$2")"
set -a
. "$(setting EnvironmentFile "$2")"
set +a
export CREDENTIALS_DIRECTORY
cd "$(setting WorkingDirectory "$2")"
exec setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all --no-new-privs \
  /bin/sh -c "umask $(setting UMask "$2"); set -f; exec $(setting ExecStart "$2")"
SCRIPT
check "the sensor's unit starts as its example says" "
  mkdir -p /var/log/zeek/current && printf '#separator \\\\x09\n#path\tdns\n#fields\tts\n#types\ttime\n1.0\n' >/var/log/zeek/current/dns.log
  sed 's#tocsin.example#127.0.0.1#; s#^TOCSIN_WATCH_OPTIONS=\"#&--once --json #' /usr/share/doc/tocsin/watch-example.env >/etc/tocsin/watch-border.env
  install -m 0600 /var/lib/tocsin/keys/authority.crt /etc/tocsin/watch-border.crt
  $start_node
  $as_node tocsin user key add border --data /var/lib/tocsin --scope sensor --out /var/lib/tocsin/border.key &&
    install -m 0600 /var/lib/tocsin/border.key /etc/tocsin/watch-border.key &&
    sh /root/run-unit tocsin-watch border >/tmp/watched && grep -q '\"lines\": *5' /tmp/watched; status=\$?
  kill \$node; wait \$node; cat /tmp/serve.log /tmp/watched; exit \$status"
check "the last backup becomes a node elsewhere" "
  backup=\$(ls -t /var/backups/tocsin/*.sealed | head -n 1)
  printf 'root-passphrase-1\\n' | tocsin restore --data /root/restored --from \"\$backup\" \\
    --root-file /var/lib/tocsin/root.sealed --passphrase-file /etc/tocsin/backup-passphrase
  tocsin party show --data /root/restored"
inside "mv /etc/tocsin/backup-passphrase /root/passphrase"
check "no upgrade where the backup fails" "! dpkg -i /root/0.0.1/*.deb && dpkg-query -W -f='\${Version}' tocsin | grep -qx 0.0.2"
check "the installed program is the same as before" "cd / && md5sum --quiet -c /var/lib/dpkg/info/tocsin.md5sums"
without_backup=yes
check "unless the administrator says so" "dpkg -i /root/0.0.1/*.deb && dpkg -i /root/0.0.2/*.deb"
without_backup=""
check "purge keeps keys and log" "dpkg --purge tocsin && test -n \"\$(ls -A /var/lib/tocsin)\" && ! test -e /usr/bin/tocsin"
check "the tarball runs where it is unpacked" "cd /root && tar xf 0.0.2/*.tar.gz && tocsin-0.0.2-*/bin/tocsin version"

if [ "$failures" = 0 ]; then echo "all checks passed"; else echo "$failures checks failed"; exit 1; fi
