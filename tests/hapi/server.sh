#!/usr/bin/env bash
# A real HAPI FHIR JPA server (R4, in memory) on the loopback.
#   server.sh fetch   its jars, into Maven's own cache (~/.m2)
#   server.sh start   fetch where needed, start, wait until it answers
#   server.sh stop
# HAPI_PORT (8090) is where it listens. State and log: .cart-cds/hapi.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/hapi
state=.cart-cds/hapi
port=${HAPI_PORT:-8090}
base=http://127.0.0.1:$port/fhir

fetch() {
  mkdir -p "$state"
  if [ "$state/classpath" -nt "$here/pom.xml" ] && ls $(tr : ' ' <"$state/classpath") >/dev/null 2>&1; then
    return
  fi
  for tool in java javac mvn; do
    command -v $tool >/dev/null || { echo "HAPI needs Java 17 (a JDK) and Maven; $tool is missing." >&2; return 1; }
  done
  echo "Fetching HAPI FHIR from Maven Central (about 300 MB the first time)."
  rm -f "$state/classpath"
  timeout 900 mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
    -Dmdep.outputFile="$PWD/$state/resolved" >"$state/fetch.log" 2>&1 || {
    echo "HAPI could not be fetched from Maven Central:" >&2
    tail -n 5 "$state/fetch.log" | cut -c1-300 >&2
    return 1
  }
  mv "$state/resolved" "$state/classpath"
}

running() {
  [ -f "$state/pid" ] && kill -0 "$(cat "$state/pid")" 2>/dev/null
}

start() {
  if running; then
    echo "HAPI is running on $base"
    return
  fi
  fetch
  local classpath
  classpath=$state/classes:$here:$(cat "$state/classpath")
  mkdir -p "$state/classes"
  javac -nowarn -cp "$classpath" -d "$state/classes" "$here/src/Hapi.java"
  local begun=$SECONDS
  nohup java -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$classpath" Hapi "$port" >"$state/hapi.log" 2>&1 &
  echo $! >"$state/pid"
  for _ in $(seq 360); do
    sleep 0.5
    running || { echo "HAPI did not start:" >&2; tail -n 20 "$state/hapi.log" | cut -c1-300 >&2; return 1; }
    if curl -sf -o /dev/null --max-time 5 "$base/metadata"; then
      echo "HAPI is running on $base after $((SECONDS - begun)) s (log: $state/hapi.log)"
      return
    fi
  done
  echo "HAPI did not answer within 3 minutes (log: $state/hapi.log)" >&2
  stop
  return 1
}

stop() {
  if running; then
    kill "$(cat "$state/pid")"
    for _ in $(seq 40); do running || break; sleep 0.25; done
    if running; then kill -9 "$(cat "$state/pid")"; fi
  fi
  rm -f "$state/pid"
}

case ${1:-} in
  fetch | start | stop) "$1" ;;
  *) echo "usage: $0 fetch|start|stop" >&2; exit 2 ;;
esac
