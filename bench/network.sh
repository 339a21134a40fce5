#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The network lane against its limits and peers: bench/network.sh WORK-DIR [speed|cap|memory|all]
#
# Needs the peers beside the checkout (../shared/bench: a stub of picture host and service, a bare libcurl loop, boto3's pool),
# gcc, libcurl and jansson, /usr/bin/python3 with boto3 and requests. ENRICHKIT: the program under test. ITEMS (5000), ROUNDS (3),
# BOTO_ITEMS (1500), CAP_ITEMS (2000), PORT (8123) make it shorter or longer. All on 127.0.0.1. On a busy machine only ratios of
# the same round mean anything.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
peers=${PEERS:-$top/../shared/bench}
work=${1:?usage: bench/network.sh WORK-DIR [WHAT]}
what=${2:-all}
ENRICHKIT=${ENRICHKIT:-$top/build-quick/prefix/bin/enrichkit}
PORT=${PORT:-8123}
[ -d "$peers" ] || { echo "bench: the peers are not there: $peers" >&2; exit 2; }
[ -x "$ENRICHKIT" ] || { echo "bench: no program at $ENRICHKIT (set ENRICHKIT)" >&2; exit 2; }
mkdir -p "$work"
cd "$work"

[ -x stub ] || gcc -O2 "$peers/stub.c" -o stub 2>stub.log || { cat stub.log >&2; exit 2; }
[ -x limit_curl ] || gcc -O2 "$peers/limit_curl.c" -o limit_curl -lcurl -ljansson 2>limit.log || { cat limit.log >&2; exit 2; }
[ -f "items-$PORT.json" ] || python3 "$peers/gen.py" items --n 10000 --seed 7 --image-base "http://127.0.0.1:$PORT" --out "items-$PORT.json"
cp "$peers/m2_boto.py" .
export ENRICHKIT PORT
exec /usr/bin/python3 "$here/network.py" "$what"
