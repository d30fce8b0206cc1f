#!/usr/bin/env bash
# Makes the Debian package and the tarball in build/package/ from build/release/tocsin and web/dist.
#
#   bin/tocsin          finds its libraries in ../lib/tocsin (RUNPATH) and the interface in ../share/tocsin/web
#   lib/tocsin/         the libraries that a minimal Debian 12 lacks (packaging/minimal-libraries.txt has the others)
#   share/tocsin/web/   the interface
#
# The same input gives the same bytes: times are the commit's, owners are root, names are sorted.
# TOCSIN_BINARY, TOCSIN_PACKAGE_VERSION and TOCSIN_PACKAGE_OUT replace the program, the version and the target folder.
set -eu
set -o pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

binary=${TOCSIN_BINARY:-build/release/tocsin}
out=${TOCSIN_PACKAGE_OUT:-build/package}
[ -x "$binary" ] || { echo "package: $binary is missing; ./dev build makes it" >&2; exit 1; }
binary=$(readlink -f "$binary")

release=$(sed -n 's/^project(tocsin VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
if [ -n "${TOCSIN_PACKAGE_VERSION:-}" ]; then
  version=$TOCSIN_PACKAGE_VERSION
elif [ -z "$(git tag --points-at HEAD "v$release" 2>/dev/null)" ]; then
  # Between releases: sorts after older commits and before the release it leads to.
  version=$release~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$(git rev-parse --short=8 HEAD 2>/dev/null || echo none)
else
  version=$release
fi
architecture=$(dpkg --print-architecture)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
rm -f "$out"/tocsin*.deb "$out"/tocsin*.tar.gz "$out"/SHA256SUMS

# --- the tree that both forms share: bin, lib, share ------------------------------------------------------------------

tree=$work/tree
install -D -m 755 "$binary" "$tree/bin/tocsin"
strip --strip-unneeded "$tree/bin/tocsin"
mkdir -p "$tree/lib/tocsin" "$tree/share/tocsin" "$tree/share/doc/tocsin"

grep -v '^#' packaging/minimal-libraries.txt | sort >"$work/minimal"
declare -A bundled=()
# The loader's own answer, transitive; the private libraries it names are copied, Debian's minimal ones are depended on.
while read -r soname path; do
  real=$(readlink -f "$path")
  # /lib is a link to /usr/lib, and packages name either.
  package=$(dpkg-query -S "$real" "${real#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1 || true)
  [ -n "$package" ] || { echo "package: $path belongs to no Debian package" >&2; exit 1; }
  if ! grep -qx "$package" "$work/minimal"; then
    install -m 644 "$real" "$tree/lib/tocsin/$soname"
    bundled[$package]=$(dpkg-query -W -f='${Version}' "$package")
  fi
done < <(ldd "$binary" | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }')
if ldd "$binary" | grep -q 'not found'; then
  ldd "$binary" | grep 'not found' >&2
  exit 1
fi

# RUNPATH holds only for the object that carries it, so that each bundled library needs its own.
# shellcheck disable=SC2016  # $ORIGIN is the loader's word, not the shell's
patchelf --set-rpath '$ORIGIN/../lib/tocsin' "$tree/bin/tocsin"
for library in "$tree"/lib/tocsin/*; do
  [ -e "$library" ] || continue
  strip --strip-unneeded "$library"
  # shellcheck disable=SC2016
  patchelf --set-rpath '$ORIGIN' "$library"
done

if [ -d web/dist ]; then
  cp -r web/dist "$tree/share/tocsin/web"
else
  echo "package: web/dist is missing: this package has no interface" >&2
fi
for page in README.md README.fr.md README.vi.md CHANGELOG.md SECURITY.md; do
  if [ -f "$page" ]; then install -m 644 "$page" "$tree/share/doc/tocsin/"; fi
done
install -m 644 packaging/watch-example.env "$tree/share/doc/tocsin/"
install -m 644 LICENSE "$tree/share/doc/tocsin/copyright"
{
  echo "# Debian packages whose libraries lie in lib/tocsin; security updates of them reach this program with a new package."
  for package in "${!bundled[@]}"; do echo "$package ${bundled[$package]}"; done | sort
} >"$tree/share/doc/tocsin/bundled-libraries"
for package in "${!bundled[@]}"; do
  install -D -m 644 "/usr/share/doc/$package/copyright" "$tree/share/doc/tocsin/licences/$package"
done

# --- tarball ----------------------------------------------------------------------------------------------------------

# gzip, because a minimal Debian has no xz program.
name=tocsin-$version-linux-$architecture
cp -r "$tree" "$work/$name"
mkdir -p "$work/$name/packaging"
cp packaging/*.service packaging/tocsin.sysusers packaging/tocsin.default "$work/$name/packaging/"
chmod -R u=rwX,go=rX "$work/$name"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" |
  gzip -9n >"$out/$name.tar.gz"

# --- .deb -------------------------------------------------------------------------------------------------------------

deb=$work/deb
mkdir -p "$deb/DEBIAN" "$deb/usr"
cp -r "$tree/." "$deb/usr/"
install -D -m 644 packaging/tocsin.service "$deb/lib/systemd/system/tocsin.service"
install -D -m 644 packaging/tocsin-watch@.service "$deb/lib/systemd/system/tocsin-watch@.service"
install -D -m 644 packaging/tocsin.sysusers "$deb/usr/lib/sysusers.d/tocsin.conf"
install -D -m 644 packaging/tocsin.default "$deb/etc/default/tocsin"
chmod -R u=rwX,go=rX "$deb"

# What the program and its libraries need of the system, with versions; nothing outside the minimal list may be among it.
mkdir -p "$work/shlibs/debian"
printf 'Source: tocsin\n\nPackage: tocsin\nArchitecture: any\n' >"$work/shlibs/debian/control"
depends=$(cd "$work/shlibs" && dpkg-shlibdeps -O --ignore-missing-info -S"$deb" -l"$deb/usr/lib/tocsin" \
  "$deb/usr/bin/tocsin" "$deb"/usr/lib/tocsin/* 2>warnings | sed -n 's/^shlibs:Depends=//p') || true
echo "$depends" | tr ',' '\n' | awk 'NF { print $1 }' | sort -u >"$work/depends"
strangers=$(comm -23 "$work/depends" "$work/minimal")
if [ -z "$depends" ] || [ -n "$strangers" ]; then
  cat "$work/shlibs/warnings" >&2
  echo "package: dependencies outside packaging/minimal-libraries.txt: ${strangers:-(none found at all)}" >&2
  exit 1
fi

sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@INSTALLED_SIZE@/$(du -sk --apparent-size "$deb" | cut -f1)/" packaging/debian/control.in >"$deb/DEBIAN/control"
install -m 644 packaging/debian/conffiles "$deb/DEBIAN/conffiles"
install -m 755 packaging/debian/preinst packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm "$deb/DEBIAN/"
(cd "$deb" && find . \( -path ./DEBIAN -o -path ./etc \) -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$deb/DEBIAN/md5sums"
chmod 644 "$deb/DEBIAN/md5sums"
find "$deb" -print0 | xargs -0 touch --no-dereference --date="@$SOURCE_DATE_EPOCH"
dpkg-deb --root-owner-group -Zxz --build "$deb" "$out/tocsin_${version}_$architecture.deb" >/dev/null

(cd "$out" && sha256sum tocsin* >SHA256SUMS)
echo "version ${version}; ${#bundled[@]} Debian packages bundled in lib/tocsin; needs: $(tr '\n' ' ' <"$work/depends")"
ls -lh "$out" | awk 'NR > 1 { print $5, $9 }'
