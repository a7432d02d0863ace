#!/usr/bin/env bash
# Starts a private server with each file of this folder, asks it what it took, and stops it.
# A server that is not installed is skipped and said so. Usage: deploy/servers/check.sh
# Only loopback, free ports, a temporary folder; only what was started here is stopped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
stops=()
finish() {
  for stop in "${stops[@]}"; do $stop >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() { echo "deploy/servers: $*" >&2; exit 1; }
skip() { echo "skipped: $1 is not installed (apt-get install $2)"; }
# Finds a port below those that the kernel hands out, where nobody listens.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}
# Runs as somebody who is not root where a server refuses to be root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u "$1" -- "${@:2}"; else "${@:2}"; fi; }
is() { [ "$2" = "$3" ] || fail "$1 is “$2”, not “$3”"; }

redis() {
  command -v redis-server >/dev/null || { skip Redis redis-server; return; }
  local socket="$work/redis.sock"
  redis-server "$here/redis.conf" --port 0 --unixsocket "$socket" --dir "$work" --requirepass x >"$work/redis.log" 2>&1 &
  local pid=$!
  stops+=("kill $pid")
  redis_cli() { REDISCLI_AUTH=x redis-cli -s "$socket" --raw "$@"; }
  for _ in $(seq 100); do [ -S "$socket" ] && redis_cli ping 2>/dev/null | grep -q PONG && break; sleep 0.05; done
  is "maxmemory-policy" "$(redis_cli config get maxmemory-policy | tail -1)" noeviction
  is "save" "$(redis_cli config get save | tail -1)" ""
  redis_cli config get client-output-buffer-limit | grep -q 'pubsub 16777216 4194304 10' || fail "Redis took another output limit"
  echo "redis.conf: taken by Redis $(redis_cli info server | tr -d '\r' | sed -n 's/^redis_version://p')"
}

postgresql() {
  local bin
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$bin" ] || { skip PostgreSQL postgresql; return; }
  local owner=postgres data="$work/pg/data"
  mkdir "$work/pg"
  [ "$(id -u)" != 0 ] || chown "$owner" "$work/pg"
  cp "$here/postgresql.conf" "$work/pg/shouwen.conf"
  as "$owner" "$bin/initdb" -A trust -E UTF8 -N -D "$data" >"$work/pg.log" 2>&1 || fail "initdb: $(tail -3 "$work/pg.log")"
  as "$owner" "$bin/pg_ctl" -D "$data" -w -s -l "$data/log" -o "-c config_file=$work/pg/shouwen.conf \
    -c listen_addresses= -c unix_socket_directories=$work/pg -c shared_buffers=32MB" start ||
    fail "PostgreSQL did not start: $(tail -5 "$data/log")"
  stops+=("as $owner $bin/pg_ctl -D $data -m immediate stop")
  pg() { as "$owner" psql -XAt -h "$work/pg" -d postgres -c "$1"; }
  # One value is overlaid, so that the check needs no 2 GiB; that is told as a fault, too.
  is "faults of postgresql.conf" "$(pg "SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL AND name <> 'shared_buffers'")" ""
  is "wal_compression" "$(pg 'SHOW wal_compression')" pglz
  is "idle_in_transaction_session_timeout" "$(pg 'SHOW idle_in_transaction_session_timeout')" 5s
  echo "postgresql.conf: taken by PostgreSQL $(pg 'SHOW server_version' | cut -d' ' -f1)"
}

rabbitmq() {
  local bin=/usr/lib/rabbitmq/bin
  [ -x "$bin/rabbitmq-server" ] || { skip RabbitMQ rabbitmq-server; return; }
  local home="$work/rabbit" node="check$$@localhost" version
  version=$(ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-* | sed 's/.*-//')
  mkdir -p "$home/conf.d"
  echo "$RANDOM$RANDOM$RANDOM" >"$home/.erlang.cookie"
  chmod 400 "$home/.erlang.cookie"
  cp "$here/rabbitmq.conf" "$home/conf.d/10-shouwen.conf"
  case "$version" in 4.*) cp "$here/rabbitmq-4.conf" "$home/conf.d/11-shouwen-4.conf" ;; esac
  printf 'default_vhost = shouwen\ndefault_user = shouwen\ndefault_pass = x\n' >"$home/conf.d/20-user.conf"
  echo '[].' >"$home/plugins"
  local env=(env -i "PATH=$PATH" "HOME=$home" LANG=C.UTF-8
    "ERL_EPMD_PORT=$(free_port)" ERL_EPMD_ADDRESS=127.0.0.1 "RABBITMQ_NODENAME=$node"
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 "RABBITMQ_NODE_PORT=$(free_port)" "RABBITMQ_DIST_PORT=$(free_port)"
    "RABBITMQ_MNESIA_BASE=$home/db" "RABBITMQ_LOG_BASE=$home/log" "RABBITMQ_PID_FILE=$home/pid"
    "RABBITMQ_CONFIG_FILES=$home/conf.d/*.conf" "RABBITMQ_ADVANCED_CONFIG_FILE=$home/none"
    RABBITMQ_CONF_ENV_FILE=/dev/null "RABBITMQ_ENABLED_PLUGINS_FILE=$home/plugins" RABBITMQ_LOGS=-
    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}")
  "${env[@]}" "$bin/rabbitmq-server" >"$home/out" 2>&1 &
  local pid=$!
  stops+=("kill $pid" "wait $pid" "${env[*]:0:1} ${env[*]:1:5} epmd -kill")
  rabbit() { "${env[@]}" "$bin/$1" -q "${@:2}"; }
  for _ in $(seq 300); do
    grep -q 'Server startup complete' "$home/out" && break
    kill -0 "$pid" 2>/dev/null || fail "RabbitMQ did not start: $(grep -iE 'error|invalid|conf' "$home/out" | head -5)"
    sleep 0.2
  done
  rabbit rabbitmqctl environment >"$home/environment"
  for taken in '{cluster_partition_handling,pause_minority}' '{consumer_timeout,1800000}' '{heartbeat,10}' \
    '{queue_leader_locator,<<"balanced">>}' '{wal_max_size_bytes,134217728}' '{net_ticktime,15}'; do
    tr -d ' \n' <"$home/environment" | grep -qF "$taken" || fail "RabbitMQ did not take $taken"
  done
  echo "rabbitmq.conf: taken by RabbitMQ $version"
}

redis
postgresql
rabbitmq
