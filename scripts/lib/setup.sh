# Sourced by the scripts: the Python environment, the front end and what only the system can give.
# Each need_* returns at once when what it makes is up to date, so every script calls what it needs.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
venv=$root/.venv

# A company's own certificate authority lives in the system's store, which neither uv nor Node reads unasked.
export UV_SYSTEM_CERTS=1 UV_NO_CONFIG=1 PIP_DISABLE_PIP_VERSION_CHECK=1
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi

say() { printf '· %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# usage NAME: the comment at the top of the script is its help.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p;}' "$0"; exit 0; }

need_python() { # need_python run|dev: .venv with what requirements/*.txt lock
  [ -x "$venv/bin/python" ] || make_venv
  stamp=$venv/.stamp
  wanted="$1 $(sha256sum <"requirements/$1.txt")"
  grep -qsxF "$wanted" "$stamp" && return
  say "Python packages ($1)"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "requirements/$1.txt" ||
    "$venv/bin/python" -m pip install --quiet --require-hashes -r "requirements/$1.txt" ||
    die "the Python packages could not be installed; the lines above say why"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --offline --no-deps --no-build-isolation --editable . ||
    die "the guanxi command could not be installed; the lines above say why"
  printf '%s\n' "$wanted" >>"$stamp"
}

make_venv() {
  python=$(find_python) || die "Python 3.11 or newer with SQLite 3.40 or newer is needed: apt-get install python3"
  say "Python environment with $("$python" --version)"
  rm -rf "$venv"
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv "$venv"
  elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$venv" && "$python" -m pip --python "$venv/bin/python" install --quiet pip
  else
    need_packages "Python's venv module" python3-venv
    python=/usr/bin/python3
    "$python" -m venv "$venv"
  fi || die "the Python environment could not be made; the lines above say why"
  "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/uv.txt ||
    { rm -rf "$venv"; die "uv could not be installed; the lines above say why"; }
}

find_python() {
  for candidate in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
    found=$(command -v "$candidate") || continue
    "$found" -c 'import sqlite3, sys; sys.exit(sys.version_info < (3, 11) or sqlite3.sqlite_version_info < (3, 40))' \
      2>/dev/null && { echo "$found"; return; }
  done
  return 1
}

need_front_end() { # guanxi/web/dist, built when its sources or the lock have changed
  dist=$root/guanxi/web/dist
  wanted=$(find guanxi/web/assets guanxi/*/templates guanxi/platform/*/templates guanxi -type f \
    \( -path '*/assets/*' -o -path '*/templates/*' -o -name '*.py' \) -not -path '*/dist/*' 2>/dev/null |
    sort -u | xargs sha256sum package-lock.json | sha256sum)
  [ "$(cat "$dist/.stamp" 2>/dev/null)" = "$wanted" ] && return
  need_node_modules
  say "front end"
  node guanxi/web/assets/build.mjs || die "the front end could not be built; the lines above say why"
  printf '%s\n' "$wanted" >"$dist/.stamp"
}

need_node_modules() {
  need_node
  wanted_modules=$(sha256sum <package-lock.json)
  [ "$(cat node_modules/.stamp 2>/dev/null)" = "$wanted_modules" ] && return
  say "front-end packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
    die "the front-end packages could not be installed; the lines above say why"
  printf '%s\n' "$wanted_modules" >node_modules/.stamp
}

need_node() { # node 20 or newer: the one in PATH, else one of our own in .venv
  major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
  [ "${major:-0}" -ge 20 ] && command -v npm >/dev/null && return
  export PATH="$venv/bin:$PATH"
  [ -x "$venv/bin/npm" ] && return
  say "Node.js, for building the front end"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements/node.txt ||
    die "Node.js could not be installed; the lines above say why"
}

need_cluster() { # the distributed engine that tests of cubes ask, in the .venv that need_python dev made
  wanted="cluster $(sha256sum <requirements/cluster.txt)"
  grep -qsxF "$wanted" "$venv/.stamp" && return
  say "a cluster for the tests of cubes"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements/cluster.txt ||
    "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/cluster.txt ||
    die "the cluster could not be installed; the lines above say why"
  printf '%s\n' "$wanted" >>"$venv/.stamp"
}

need_packages() { # need_packages WHAT PACKAGE…: installs Debian packages as root, or says in one line what root has to do
  what=$1; shift
  command -v apt-get >/dev/null || die "$what is missing: install what Debian calls $*"
  [ "$(id -u)" = 0 ] || die "$what is missing: run 'apt-get install $*' as root, then this again"
  say "$what ($*)"
  log=$(mktemp)
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2; rm -f "$log"; die "apt-get install $* failed"; }
  rm -f "$log"
}

need_translations() { # the .mo files, compiled when a .po file is newer than the stamp or a .mo file is missing
  stamp=$venv/.translations
  [ -e "$stamp" ] && [ -z "$(find guanxi -name '*.po' -newer "$stamp")" ] &&
    [ "$(find guanxi -name '*.po' | wc -l)" = "$(find guanxi -name '*.mo' | wc -l)" ] && return
  say "translations"
  "$venv/bin/python" scripts/translate --compile >&2 || die "the translations could not be compiled; the lines above say why"
  touch "$stamp"
}

need_chromium() { # need_chromium [PYTEST ARGUMENT…]: for the tests that drive a browser
  # Playwright brings a Node.js that wants a library which a small system lacks; any other does as well.
  driver=$("$venv/bin/python" -c 'import playwright, pathlib; print(pathlib.Path(playwright.__file__).parent / "driver/node")')
  if ! "$driver" --version >/dev/null 2>&1; then
    need_node
    PLAYWRIGHT_NODEJS_PATH=$(command -v node)
    export PLAYWRIGHT_NODEJS_PATH
  fi
  for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return; done
  if [ "$(id -u)" != 0 ] && [ $# -gt 0 ]; then
    say "Chromium is missing; tests that drive a browser will fail (as root: apt-get install chromium fonts-noto-cjk)"
    return
  fi
  need_packages "Chromium, for the browser tests" chromium fonts-noto-cjk
}
